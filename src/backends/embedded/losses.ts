// The training losses as graphs over log-probabilities, their per-token inputs, and what is read back per token. The same formulas in plain f64 arithmetic are in
// train/objective.ts; a test compares the two, gradients included.
import {
  add,
  type Buffer,
  clamp,
  exp,
  f32,
  input,
  maximum,
  minimum,
  mul,
  type Node,
  neg,
  sub,
  sum,
} from '../../engine/index.ts';
import type { Batch } from '../../models/port.ts';
import { tokenAdvantage } from '../objective.ts';
import type { LossInput, Sequence } from '../port.ts';

/** −Σ w · log π. Input `weights`[N]. */
function crossEntropy(logprobs: Node): Node {
  return neg(sum(mul(input('weights', logprobs.shape), logprobs)));
}

/** METHOD Eq. 4 negated. Inputs [N]: weights, advantages (times importance: both scale the surrogate), oldLogprobs, refLogprobs; scalars: clipLow, clipHigh, beta. */
function grpo(logprobs: Node): Node {
  const at = (name: string) => input(name, logprobs.shape);
  const knob = (name: string) => input(name, []);
  const ratio = exp(sub(logprobs, at('oldLogprobs')));
  const advantages = at('advantages');
  const clipped = minimum(maximum(ratio, sub(1, knob('clipLow'))), add(knob('clipHigh'), 1));
  const surrogate = minimum(mul(ratio, advantages), mul(clipped, advantages));
  const x = clamp(sub(at('refLogprobs'), logprobs), -10, 10);
  const kl = sub(sub(exp(x), x), 1);
  return neg(sum(mul(at('weights'), sub(surrogate, mul(knob('beta'), kl)))));
}

export const lossGraphs: { [K in LossInput['kind']]: (logprobs: Node) => Node } = { cross_entropy: crossEntropy, grpo };

/** Spreads per-sequence arrays over the batch's target positions; padding stays 0. */
function spread(batch: Batch, rows: readonly ArrayLike<number>[]): Buffer {
  const data = new Float32Array(batch.targets);
  rows.forEach((row, i) => {
    data.set(row, batch.offsets[i]);
  });
  return f32(data, [batch.targets]);
}

/** The loss's feeds for the sequences `chosen` (indices into the arrays of `loss`) that make up `batch`. */
export function lossFeeds(batch: Batch, loss: LossInput, chosen: readonly number[]): Record<string, Buffer> {
  const rows = (values: readonly ArrayLike<number>[]) =>
    spread(
      batch,
      chosen.map((i) => values[i]),
    );
  const weights = rows(loss.weights);
  if (loss.kind === 'cross_entropy') return { weights };
  const scalar = (value: number) => f32(Float32Array.of(value), []);
  return {
    weights,
    advantages: rows(loss.weights.map((w, i) => w.map((_, t) => tokenAdvantage(loss, i, t)))),
    oldLogprobs: rows(loss.oldLogprobs),
    refLogprobs: rows(loss.refLogprobs),
    clipLow: scalar(loss.clipLow),
    clipHigh: scalar(loss.clipHigh),
    beta: scalar(loss.beta),
  };
}

/** Copies each row's target values out of a batch output, [targets]. */
export function collect(
  out: Float32Array[],
  values: Buffer,
  offsets: readonly number[],
  batch: readonly Sequence[],
  chosen: readonly number[],
) {
  chosen.forEach((i, r) => {
    out[i] = (values.data as Float32Array).slice(offsets[r], offsets[r] + batch[i].tokens.length);
  });
}
