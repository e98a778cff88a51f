// Writes an ONNX ModelProto: the few messages and fields of onnx.proto (ir_version 10) that the lowering needs.
// Leaves out: reading models, external data, functions, subgraphs.
import type { DType, Shape } from '../graph.ts';

/** Values from this size on are not copied until the whole is put together. */
const LARGE = 2 ** 14;

class Writer {
  /** What is complete, in order. */
  private readonly parts: Uint8Array[] = [];
  private buffer = new Uint8Array(256);
  private length = 0;

  private reserve(n: number) {
    if (this.length + n <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(this.buffer.length * 2, this.length + n));
    grown.set(this.buffer.subarray(0, this.length));
    this.buffer = grown;
  }
  private append(part: Uint8Array) {
    if (part.length < LARGE) {
      this.reserve(part.length);
      this.buffer.set(part, this.length);
      this.length += part.length;
      return;
    }
    this.parts.push(this.buffer.subarray(0, this.length), part);
    this.buffer = new Uint8Array(256);
    this.length = 0;
  }
  private all(): Uint8Array[] {
    return [...this.parts, this.buffer.subarray(0, this.length)];
  }
  varint(value: number | bigint) {
    let v = BigInt.asUintN(64, BigInt(value));
    this.reserve(10);
    while (v > 127n) {
      this.buffer[this.length++] = Number(v & 127n) | 128;
      v >>= 7n;
    }
    this.buffer[this.length++] = Number(v);
  }
  int(field: number, value: number | bigint) {
    this.varint(field * 8);
    this.varint(value);
  }
  float(field: number, value: number) {
    this.varint(field * 8 + 5);
    this.reserve(4);
    new DataView(this.buffer.buffer).setFloat32(this.length, value, true);
    this.length += 4;
  }
  bytes(field: number, value: Uint8Array) {
    this.varint(field * 8 + 2);
    this.varint(value.length);
    this.append(value);
  }
  string(field: number, value: string) {
    this.bytes(field, new TextEncoder().encode(value));
  }
  message(field: number, build: (w: Writer) => void) {
    const inner = new Writer();
    build(inner);
    const parts = inner.all();
    this.varint(field * 8 + 2);
    this.varint(parts.reduce((n, part) => n + part.length, 0));
    for (const part of parts) this.append(part);
  }
  finish(): Uint8Array {
    const parts = this.all();
    const whole = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }
}

/** TensorProto.DataType of each of our types, and of bytes, which only initializers hold. bf16 goes in as 16-bit integers. */
export const onnxType: Record<DType | 'u8', number> = { f32: 1, u8: 2, bf16: 4, f16: 10, i32: 6, i64: 7, bool: 9 };

export type Attribute = number | { float: number } | string | readonly number[];

export interface OnnxNode {
  readonly op: string;
  readonly domain?: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attrs?: Readonly<Record<string, Attribute>>;
}
export interface OnnxTensor {
  readonly name: string;
  readonly dtype: DType | 'u8';
  readonly shape: Shape;
  readonly raw: Uint8Array;
}
export interface OnnxValue {
  readonly name: string;
  readonly dtype: DType;
  /** A name stands for a size that may differ from run to run. */
  readonly shape: readonly (number | string)[];
}
/** Of an unknown shape where it has none. */
type AnyValue = Omit<OnnxValue, 'shape'> & Partial<OnnxValue>;
export interface OnnxGraph<V extends AnyValue = OnnxValue> {
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  readonly inputs: readonly V[];
  readonly outputs: readonly V[];
}

function writeAttribute(w: Writer, name: string, value: Attribute) {
  w.string(1, name);
  if (typeof value === 'number') {
    w.int(3, value);
    w.int(20, 2);
  } else if (typeof value === 'string') {
    w.string(4, value);
    w.int(20, 3);
  } else if ('float' in value) {
    w.float(2, value.float);
    w.int(20, 1);
  } else {
    for (const v of value) w.int(8, v);
    w.int(20, 7);
  }
}

function writeNode(w: Writer, n: OnnxNode) {
  for (const i of n.inputs) w.string(1, i);
  for (const out of n.outputs) w.string(2, out);
  w.string(3, n.outputs[0]);
  w.string(4, n.op);
  for (const [name, value] of Object.entries(n.attrs ?? {})) w.message(5, (a) => writeAttribute(a, name, value));
  if (n.domain) w.string(7, n.domain);
}

function writeTensor(w: Writer, t: OnnxTensor) {
  for (const d of t.shape) w.int(1, d);
  w.int(2, onnxType[t.dtype]);
  w.string(8, t.name);
  w.bytes(9, t.raw);
}

function writeValue(w: Writer, v: AnyValue) {
  w.string(1, v.name);
  w.message(2, (type) =>
    type.message(1, (tensor) => {
      tensor.int(1, onnxType[v.dtype]);
      if (!v.shape) return;
      const dims = v.shape;
      tensor.message(2, (shape) => {
        for (const d of dims) shape.message(1, (dim) => (typeof d === 'string' ? dim.string(2, d) : dim.int(1, d)));
      });
    }),
  );
}

/** Operations that came after opset 21; a model without them stays there, for whose operations the runtime knows its rewrites. */
const newer: Readonly<Record<string, number>> = { BitCast: 26 };

/** The bytes of a model of opset 21, or the first that has all its operations, plus com.microsoft 1. */
export function encodeModel(graph: OnnxGraph<AnyValue>): Uint8Array {
  const w = new Writer();
  w.int(1, 10);
  w.string(2, 'videorft');
  w.message(7, (g) => {
    for (const n of graph.nodes) g.message(1, (m) => writeNode(m, n));
    g.string(2, 'videorft');
    for (const t of graph.initializers) g.message(5, (m) => writeTensor(m, t));
    for (const v of graph.inputs) g.message(11, (m) => writeValue(m, v));
    for (const v of graph.outputs) g.message(12, (m) => writeValue(m, v));
  });
  for (const [domain, version] of [
    ['', graph.nodes.reduce((version, { op }) => Math.max(version, newer[op] ?? 0), 21)],
    ['com.microsoft', 1],
  ] as const) {
    w.message(8, (m) => {
      m.string(1, domain);
      m.int(2, version);
    });
  }
  return w.finish();
}
