// The loss graphs of the embedded backend against plain f64 arithmetic: values and derivatives over a grid of ratios inside and outside
// the clip, advantages of both signs, with and without a KL term, and beyond the KL's clamp.
import { describe, expect, test } from 'vitest';
import { lossFeeds, lossGraphs } from '../src/backends/embedded/losses.ts';
import { klTerm, type TokenInput, tokenObjective, tokenObjectiveGradient } from '../src/backends/objective.ts';
import type { LossInput } from '../src/backends/port.ts';
import { createRng } from '../src/base/rng.ts';
import { compile, f32, gradients, param } from '../src/engine/index.ts';
import type { Batch } from '../src/models/port.ts';

/** Loss and d loss / d log-probability of the graph, one sequence per row of tokens, with padding behind. */
async function evaluate(loss: LossInput, logprobs: readonly Float32Array[]) {
  const offsets = logprobs.map((_, i) => logprobs.slice(0, i).reduce((n, row) => n + row.length, 0));
  const targets = logprobs.reduce((n, row) => n + row.length, 0) + 3;
  const batch: Batch = { key: 'test', targets, offsets, feeds: {} };
  const data = new Float32Array(targets).fill(-2);
  for (const [i, row] of logprobs.entries()) data.set(row, offsets[i]);
  const x = param('logprobs', [targets]);
  const value = lossGraphs[loss.kind](x);
  const [gradient] = gradients(value, [x]);
  const program = await compile({ value, gradient }, [], { threads: 1 });
  const chosen = logprobs.map((_, i) => i);
  const out = await program.run({ logprobs: f32(data, [targets]), ...lossFeeds(batch, loss, chosen) });
  await program.dispose();
  const gradients_PT = logprobs.map((row, i) =>
    (out.gradient.data as Float32Array).slice(offsets[i], offsets[i] + row.length),
  );
  const padding = (out.gradient.data as Float32Array).slice(targets - 3);
  return { value: (out.value.data as Float32Array)[0], gradients: gradients_PT, padding };
}

/** Relative to the larger of |want| and 1: f32 arithmetic on values of that size. */
const close = (got: number, want: number, bar: number) =>
  expect(Math.abs(got - want) / Math.max(1, Math.abs(want)), `${got} against ${want}`).toBeLessThan(bar);

const [clipLow, clipHigh] = [0.2, 0.28];
const f = Math.fround;
/** Log ratios well inside, just inside, just outside and far outside the clip, on both sides; exactly 0. */
const edges = [Math.log(1 - clipLow), Math.log(1 + clipHigh)];
const logRatios = [-3, -0.5, edges[0] - 1e-3, edges[0] + 1e-3, -0.1, 0, 0.1, edges[1] - 1e-3, edges[1] + 1e-3, 0.6, 2];
const advantages = [-2.3, -0.4, 0, 0.7, 1.9];
/** log π_ref − log π: none, small of both signs, large, and beyond the clamp at 10 on both sides. */
const refGaps = [0, 0.02, -0.3, 1.5, -4, 11, -12];

function grid(beta: number): TokenInput[] {
  return advantages.flatMap((advantage) =>
    logRatios.flatMap((r) =>
      refGaps.map((gap) => {
        const logprob = f(-2.5);
        return {
          logprob,
          oldLogprob: f(logprob - r),
          refLogprob: f(logprob + gap),
          advantage: f(advantage),
          clipLow,
          clipHigh,
          beta,
        };
      }),
    ),
  );
}

/** One sequence per advantage, each token with a weight of its own. */
function asLoss(tokens: readonly TokenInput[], beta: number) {
  const rng = createRng(3);
  const rows = advantages.map((a) => tokens.filter((t) => t.advantage === f(a)));
  const pick = (key: 'logprob' | 'oldLogprob' | 'refLogprob') =>
    rows.map((row) => Float32Array.from(row, (t) => t[key]));
  const weights = rows.map((row) => Float32Array.from(row, () => rng.uniform(0.1, 1)));
  const loss: LossInput = {
    kind: 'grpo',
    weights,
    advantages: rows.map((row) => row[0].advantage),
    oldLogprobs: pick('oldLogprob'),
    refLogprobs: pick('refLogprob'),
    clipLow,
    clipHigh,
    beta,
  };
  return { rows, weights, loss, logprobs: pick('logprob') };
}

describe('GRPO, Eq. 4', () => {
  test.each([0, 0.04, 1])('β = %d: value and every derivative', async (beta) => {
    const { rows, weights, loss, logprobs } = asLoss(grid(beta), beta);
    const got = await evaluate(loss, logprobs);
    let [want, size] = [0, 0];
    rows.forEach((row, i) => {
      row.forEach((t, k) => {
        want -= weights[i][k] * tokenObjective(t);
        size += Math.abs(weights[i][k] * tokenObjective(t));
        close(got.gradients[i][k] / weights[i][k], -tokenObjectiveGradient(t), 1e-5);
      });
    });
    expect(Math.abs(got.value - want) / size).toBeLessThan(1e-6);
    expect([...got.padding].every((g) => Math.abs(g) === 0)).toBe(true);
  });

  test('importance scales the surrogate and its derivative, and leaves the KL term alone', async () => {
    const { rows, weights, loss, logprobs } = asLoss(grid(0.04), 0.04);
    const rng = createRng(4);
    const importance = rows.map((row) => Float32Array.from(row, () => rng.uniform(0, 2)));
    const got = await evaluate({ ...loss, importance } as LossInput, logprobs);
    rows.forEach((row, i) => {
      row.forEach((t, k) => {
        const surrogate = tokenObjectiveGradient({ ...t, beta: 0 });
        const kl = tokenObjectiveGradient({ ...t, advantage: 0 });
        close(got.gradients[i][k] / weights[i][k], -(importance[i][k] * surrogate + kl), 1e-5);
      });
    });
  });

  test('the closed-form derivative is the slope of the objective', () => {
    const h = 1e-6;
    for (const t of [...grid(0), ...grid(0.04)]) {
      const slope =
        (tokenObjective({ ...t, logprob: t.logprob + h }) - tokenObjective({ ...t, logprob: t.logprob - h })) / (2 * h);
      close(tokenObjectiveGradient(t), slope, 1e-6);
    }
  });

  test('what the clip is for: no pull beyond it, full pull back towards it', () => {
    const at = (logRatio: number, advantage: number) =>
      tokenObjectiveGradient({
        logprob: 0,
        oldLogprob: -logRatio,
        refLogprob: 0,
        advantage,
        clipLow,
        clipHigh,
        beta: 0,
      });
    expect(at(0.5, 1)).toBe(0);
    expect(at(-0.5, -1)).toBe(0);
    expect(at(-0.5, 1)).toBeCloseTo(Math.exp(-0.5), 12);
    expect(at(0.5, -1)).toBeCloseTo(-Math.exp(0.5), 12);
    expect(at(0, 1)).toBe(1);
  });

  test('on-policy, against the reference itself: the loss is −Σ w·A and its derivative −w·A', async () => {
    const row = Float32Array.of(-0.5, -3, -1);
    const weights = [Float32Array.of(0.2, 0.3, 0.5)];
    const kind = 'grpo' as const;
    const loss: LossInput = {
      kind,
      weights,
      advantages: [1.5],
      oldLogprobs: [row],
      refLogprobs: [row],
      clipLow,
      clipHigh,
      beta: 0.04,
    };
    const got = await evaluate(loss, [row]);
    expect(got.value).toBeCloseTo(-1.5, 6);
    got.gradients[0].forEach((g, t) => {
      expect(g).toBeCloseTo(-1.5 * weights[0][t], 6);
    });
  });

  test('the KL estimator is 0 at equality, positive elsewhere, and flat beyond its clamp', () => {
    expect(klTerm(-2, -2)).toBe(0);
    for (const gap of refGaps.slice(1)) expect(klTerm(-2, -2 + gap)).toBeGreaterThan(0);
    expect(klTerm(-2, 9)).toBe(klTerm(-2, 20));
  });
});

test('cross entropy: value and derivative', async () => {
  const logprobs = [Float32Array.of(-0.1, -4, -2), Float32Array.of(-1.5)];
  const weights = [Float32Array.of(0.5, 0.25, 0), Float32Array.of(2)];
  const got = await evaluate({ kind: 'cross_entropy', weights }, logprobs);
  expect(got.value).toBeCloseTo(0.5 * 0.1 + 0.25 * 4 + 2 * 1.5, 6);
  expect(got.gradients.map((row) => [...row])).toEqual([[-0.5, -0.25, -0], [-2]]);
  expect([...got.padding].every((g) => Math.abs(g) === 0)).toBe(true);
});

test('a batch that runs in parts takes its own sequences out of the loss', () => {
  const rows = [Float32Array.of(1), Float32Array.of(2, 3), Float32Array.of(4, 5, 6)];
  const batch: Batch = { key: 'part', targets: 8, offsets: [0, 3], feeds: {} };
  const loss: LossInput = {
    kind: 'grpo',
    weights: rows,
    advantages: [10, 20, 30],
    oldLogprobs: rows,
    refLogprobs: rows,
    clipLow,
    clipHigh,
    beta: 1,
  };
  const feeds = lossFeeds(batch, loss, [2, 1]);
  expect([...feeds.weights.data]).toEqual([4, 5, 6, 2, 3, 0, 0, 0]);
  expect([...feeds.advantages.data]).toEqual([30, 30, 30, 20, 20, 0, 0, 0]);
});
