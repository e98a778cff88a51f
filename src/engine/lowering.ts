// What lowering rules write into: the nodes of an ONNX model under construction, names of what nodes give, constants.
// Leaves out: the rules (lower.ts, lower-products.ts).
import { isOp, type Node, type OpName } from './graph.ts';
import type { Attribute, OnnxNode, OnnxTensor, OnnxValue } from './onnx/proto.ts';
import type { Device } from './runtime/ort.ts';

/** Products of matrices whose only reader adds a row of biases: product → that sum. On the cpu both become one Gemm. */
function biasedProducts(order: readonly Node[], outputs: readonly Node[]): Map<Node, Node> {
  const readers = new Map<Node, number>();
  for (const n of [...order.flatMap((n) => n.inputs), ...outputs]) readers.set(n, (readers.get(n) ?? 0) + 1);
  const pairs = order.flatMap((n): [Node, Node][] => {
    const [product, bias] = n.inputs;
    const fits = isOp(n, 'add') && isOp(product, 'matmul') && n.rank === 2 && bias.rank === 1;
    return fits && bias.size === n.shape[1] && product.shape.join() === n.shape.join() ? [[product, n]] : [];
  });
  return new Map(pairs.filter(([product]) => readers.get(product) === 1));
}

export class Lowering {
  readonly nodes: OnnxNode[] = [];
  readonly initializers: OnnxTensor[] = [];
  readonly inputs: OnnxValue[] = [];
  private readonly names = new Map<Node, string[]>();
  private readonly constants = new Map<string, string>();
  readonly wantsParts: Set<Node>;
  readonly biased: ReadonlyMap<Node, Node>;
  readonly device: Device;

  constructor(order: readonly Node[], outputs: readonly Node[], device: Device) {
    this.device = device;
    this.wantsParts = new Set(order.filter((n) => n.op === 'part').map((n) => n.inputs[0]));
    this.biased = device === 'cpu' ? biasedProducts(order, outputs) : new Map();
  }
  has(n: Node): boolean {
    return this.names.has(n);
  }
  name(n: Node, output = 0): string {
    return (this.names.get(n) as string[])[output];
  }
  args(n: Node): string[] {
    return n.inputs.map((i) => this.name(i));
  }
  bind(n: Node, names: string[]) {
    this.names.set(n, names);
  }
  emit(n: Node, op: string, inputs: string[], attrs?: Record<string, Attribute>, domain?: string, outputs = 1) {
    const names = Array.from({ length: outputs }, (_, i) => `%t${n.id}${i === 0 ? '' : `.${i}`}`);
    this.nodes.push({ op, domain, inputs, outputs: names, attrs });
    this.bind(n, names);
  }
  /** A helper node whose output is not a node of ours. */
  helper(
    n: Node,
    suffix: string,
    op: string,
    inputs: string[],
    attrs?: Record<string, Attribute>,
    domain?: string,
  ): string {
    const name = `%t${n.id}_${suffix}`;
    this.nodes.push({ op, domain, inputs, outputs: [name], attrs });
    return name;
  }
  initializer(dtype: OnnxTensor['dtype'], shape: readonly number[], raw: Uint8Array): string {
    const key = `${dtype}[${shape}]${raw.length <= 8192 ? Buffer.from(raw).toString('latin1') : `#${this.initializers.length}`}`;
    const known = this.constants.get(key);
    if (known) return known;
    const name = `%c${this.initializers.length}`;
    this.initializers.push({ name, dtype, shape, raw });
    this.constants.set(key, name);
    return name;
  }
  int64s(values: readonly number[], shape: readonly number[] = [values.length]): string {
    const data = BigInt64Array.from(values, BigInt);
    return this.initializer('i64', shape, new Uint8Array(data.buffer));
  }
}

export type Rule<K extends OpName> = (n: Node & Node<K>, c: Lowering) => void;

export const scalar = (c: Lowering, value: number) =>
  c.initializer('f32', [], new Uint8Array(Float32Array.of(value).buffer));
