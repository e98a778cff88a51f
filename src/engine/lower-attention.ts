// GroupQueryAttention in plain operations, for devices whose kernel is not to be trusted: WebGPU's gives other values for prompts
// (onnxruntime-node 1.30.0; test/parity/qwen2_5_vl.test.ts sees it). Leaves out: the kernel (lower.ts).
import type { Node } from './graph.ts';
import * as o from './ops.ts';

/** Added to scores of what a token must not see: exp of it is 0. */
const HIDDEN = -1e9;

const count = (n: number, shape: readonly number[]): Node =>
  o.constant(
    Float32Array.from({ length: n }, (_, i) => i),
    shape,
  );

/** x[B,S,heads·D] → [B,heads,S,D]. */
function byHead(x: Node, heads: number): Node {
  const [batch, tokens, width] = x.shape;
  return o.transpose(o.reshape(x, [batch, tokens, heads, width / heads]), [0, 2, 1, 3]);
}

/** y, presentK and presentV of a `gqa` node. New tokens go behind what a row holds already, which is none where its padding is cut off. */
export function composedGqa({ inputs, attrs }: Node & Node<'gqa'>): readonly [Node, Node, Node] {
  const [q, k, v, pastK, pastV, seqlens] = inputs;
  const { heads, kvHeads, scale } = attrs;
  const [batch, tokens] = q.shape;
  const [capacity, D] = pastK.shape.slice(2);
  const share = heads / kvHeads;
  const start = o.maximum(o.add(o.cast(seqlens, 'f32'), 1 - tokens), 0);
  const places = count(capacity, [1, capacity]);
  /** [B, capacity]: which new token goes there. */
  const which = o.sub(places, o.reshape(start, [batch, 1]));
  const taken = o.cast(o.equal(o.reshape(which, [batch, 1, capacity, 1]), count(tokens, [tokens])), 'f32');
  const fresh = o.reshape(o.less(o.abs(o.sub(which, (tokens - 1) / 2)), tokens / 2), [batch, 1, capacity, 1]);
  const present = (x: Node, past: Node) => o.where(fresh, o.matmul(taken, byHead(x, kvHeads)), past);
  const [keys, values] = [present(k, pastK), present(v, pastV)];
  const queries = o.reshape(byHead(q, heads), [batch, kvHeads, share * tokens, D]);
  const scores = o.matmul(queries, keys, { transB: true, alpha: scale });
  const later = o.less(count(tokens, [1, tokens, 1]), o.reshape(which, [batch, 1, capacity]));
  const mask = o.reshape(o.where(later, HIDDEN, 0), [batch, 1, 1, tokens, capacity]);
  const weights = o.softmax(o.add(o.reshape(scores, [batch, kvHeads, share, tokens, capacity]), mask));
  const mixed = o.matmul(o.reshape(weights, [batch, kvHeads, share * tokens, capacity]), values);
  const y = o.transpose(o.reshape(mixed, [batch, heads, tokens, D]), [0, 2, 1, 3]);
  return [o.reshape(y, q.shape), keys, values];
}
