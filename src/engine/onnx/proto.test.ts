// Our ONNX bytes read back by an independent protobuf walker that knows the wire format and the field numbers of onnx.proto.
import { describe, expect, test } from 'vitest';
import { lower } from '../lower.ts';
import * as o from '../ops.ts';
import { encodeModel } from './proto.ts';

type Value = bigint | Uint8Array | number;
type Message = Map<number, Value[]>;

/** Field number → values; varints as bigint, fixed32 as the float it holds, length-delimited as bytes. */
function walk(bytes: Uint8Array): Message {
  const fields: Message = new Map();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let position = 0;
  const varint = () => {
    let [value, shift] = [0n, 0n];
    for (;;) {
      if (position >= bytes.length) throw new Error('a number runs over the end');
      const byte = BigInt(bytes[position++]);
      value |= (byte & 127n) << shift;
      if (byte < 128n) return value;
      shift += 7n;
    }
  };
  const read = (wire: number): Value => {
    if (wire === 0) return varint();
    if (wire === 5) {
      position += 4;
      return view.getFloat32(position - 4, true);
    }
    if (wire !== 2) throw new Error(`wire type ${wire}`);
    const length = Number(varint());
    if (position + length > bytes.length) throw new Error('a field runs over the end');
    position += length;
    return bytes.subarray(position - length, position);
  };
  while (position < bytes.length) {
    const key = Number(varint());
    fields.set(key >> 3, [...(fields.get(key >> 3) ?? []), read(key & 7)]);
  }
  return fields;
}

const all = (m: Message, field: number) => (m.get(field) ?? []) as Uint8Array[];
const messages = (m: Message, field: number) => all(m, field).map(walk);
const texts = (m: Message, field: number) => all(m, field).map((b) => new TextDecoder().decode(b));
const text = (m: Message, field: number) => texts(m, field)[0];
const ints = (m: Message, field: number) => (m.get(field) ?? []).map((v) => Number(BigInt.asIntN(64, v as bigint)));

/** name, element type and dims of a ValueInfoProto. */
function valueInfo(m: Message) {
  const tensor = messages(messages(m, 2)[0], 1)[0];
  const dims = messages(messages(tensor, 2)[0], 1).map((d) => ints(d, 1)[0]);
  return { name: text(m, 1), type: ints(tensor, 1)[0], dims };
}
function nodeOf(m: Message) {
  const attributes = messages(m, 5).map((a) => [
    text(a, 1),
    ints(a, 20)[0],
    a.get(2)?.[0] ?? ints(a, 3)[0] ?? ints(a, 8),
  ]);
  return { inputs: texts(m, 1), outputs: texts(m, 2), op: text(m, 4), domain: text(m, 7), attributes };
}
const tensorOf = (m: Message) => ({ dims: ints(m, 1), type: ints(m, 2)[0], name: text(m, 8), raw: all(m, 9)[0] });

describe('a lowered graph', () => {
  const x = o.input('größe', [2, 300]); // more than 127 takes two bytes, and names are UTF-8
  const w = o.param('w', [3, 300]);
  const y = o.matmul(o.neg(x), w, { transB: true, alpha: 0.5 });
  const big = o.constant(
    Float32Array.from({ length: 5000 }, (_, i) => i),
    [5000],
  );
  const biasFirst = o.add(o.constant(Float32Array.of(1.5, -2, 3), [3]), y); // the other way around is one Gemm
  const z = o.transpose(biasFirst, [1, 0]);
  const model = encodeModel(lower({ z, again: z, x, total: o.add(o.sum(big), o.sum(z)) }));
  const root = walk(model);
  const graph = messages(root, 7)[0];
  const nodes = messages(graph, 1).map(nodeOf);

  test('header: ir_version 10, opset 21 and com.microsoft 1', () => {
    expect(ints(root, 1)).toEqual([10]);
    expect(messages(root, 8).map((m) => [text(m, 1), ints(m, 2)[0]])).toEqual([
      ['', 21],
      ['com.microsoft', 1],
    ]);
  });
  test('inputs and outputs with types and shapes, scalars too', () => {
    expect(messages(graph, 11).map(valueInfo)).toEqual([
      { name: 'größe', type: 1, dims: [2, 300] },
      { name: 'w', type: 1, dims: [3, 300] },
    ]);
    expect(messages(graph, 12).map(valueInfo)).toEqual([
      { name: 'z', type: 1, dims: [3, 2] },
      { name: 'again', type: 1, dims: [3, 2] },
      { name: 'x', type: 1, dims: [2, 300] },
      { name: 'total', type: 1, dims: [] },
    ]);
  });
  test('nodes in an order where every operand exists, each output once', () => {
    const known = new Set(['größe', 'w', ...messages(graph, 5).map((t) => tensorOf(t).name)]);
    for (const n of nodes) {
      for (const i of n.inputs) expect(known, i).toContain(i);
      for (const out of n.outputs) {
        expect(known).not.toContain(out);
        known.add(out);
      }
    }
    for (const name of ['z', 'again', 'x', 'total']) expect(known).toContain(name);
  });
  test('operations, domains and attributes of each type', () => {
    expect(nodes.map((n) => n.op)).toEqual([
      'Neg',
      'FusedMatMul',
      'Add',
      'Transpose',
      'ReduceSum',
      'ReduceSum',
      'Add',
      'Identity',
      'Identity',
    ]);
    const fused = nodes[1];
    expect(fused.domain).toBe('com.microsoft');
    expect(fused.attributes).toEqual([
      ['transA', 2, 0],
      ['transB', 2, 1],
      ['alpha', 1, 0.5],
    ]);
    expect(nodes[3].attributes).toEqual([['perm', 7, [1, 0]]]);
    expect(nodes[3].outputs).toEqual(['z']);
  });
  test('initializers carry their bytes', () => {
    const tensors = messages(graph, 5).map(tensorOf);
    const floats = (raw: Uint8Array) => Array.from(new Float32Array(raw.slice().buffer));
    const by = (dims: string) => tensors.find((t) => t.dims.join() === dims && t.type === 1);
    expect(floats(by('3')?.raw as Uint8Array)).toEqual([1.5, -2, 3]);
    expect(floats(by('5000')?.raw as Uint8Array)[4999]).toBe(4999);
    const axes = tensors.filter((t) => t.type === 7).map((t) => Array.from(new BigInt64Array(t.raw.slice().buffer)));
    expect(axes).toEqual([[0n], [0n, 1n]]);
  });
});

test('negative integers take ten bytes, empty strings and tensors survive', () => {
  const bytes = encodeModel({
    nodes: [{ op: 'X', inputs: ['', 'a'], outputs: ['y'], attrs: { axis: -1, mode: 'linear', list: [-2, 300] } }],
    initializers: [{ name: 'a', dtype: 'i64', shape: [0], raw: new Uint8Array(0) }],
    inputs: [],
    outputs: [],
  });
  const graph = messages(walk(bytes), 7)[0];
  const n = messages(graph, 1)[0];
  expect(texts(n, 1)).toEqual(['', 'a']);
  const [axis, mode, list] = messages(n, 5);
  expect([ints(axis, 3), ints(axis, 20)]).toEqual([[-1], [2]]);
  expect([text(mode, 4), ints(mode, 20)]).toEqual(['linear', [3]]);
  expect([ints(list, 8), ints(list, 20)]).toEqual([[-2, 300], [7]]);
  expect(tensorOf(messages(graph, 5)[0])).toEqual({ dims: [0], type: 7, name: 'a', raw: new Uint8Array(0) });
});
