// What the remote backend sends has the gradient of Eq. 4: one step on a server of the Tinker protocol moves the model as the embedded
// engine's own loss does, at ratio 1 and away from it, inside and outside the clip and the KL's clamp, however the server divides. The step
// is AdamW with so large an ε that it is plain gradient descent, so that every component of the gradient counts.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EmbeddedBackend } from '../src/backends/embedded/index.ts';
import { klTerm } from '../src/backends/objective.ts';
import type { Backend, LossInput, Prompt, Sequence } from '../src/backends/port.ts';
import { datumOf, type EncodedPrompt, PromptEncoder } from '../src/backends/tinker/chunks.ts';
import { TinkerClient } from '../src/backends/tinker/client.ts';
import { RemoteModel } from '../src/backends/tinker/model.ts';
import { createRng } from '../src/base/rng.ts';
import { sequenceMeanWeights, tokenMeanWeights } from '../src/train/objective.ts';
import { gapBetween } from './conformance/backend.ts';
import { tinyCoder, tinyServer, tinyTinker } from './support/tinker-server/index.ts';
import type { TinkerServer } from './support/tinker-server/server.ts';
import { tinyModel, tinyPrompt, tinySample } from './support/tiny-model.ts';

const descent = { learningRate: 2e5, beta1: 0.9, beta2: 0.999, eps: 1e7, weightDecay: 0, maxGradNorm: 1e9 };
/** A picture, and two texts: a video is other tokens on a server, which takes its frames as pictures. */
const prompts: Prompt[] = [
  tinyPrompt(tinySample(3)),
  { id: 'a', messages: [{ role: 'user', content: 'Which way?' }] },
  { id: 'b', messages: [{ role: 'user', content: 'Does the red circle move to the left?' }] },
];

let batch: Sequence[];
let policy: Float32Array[];
const servers: Record<'sum' | 'mean', TinkerServer> = {} as never;

beforeAll(async () => {
  for (const normalization of ['sum', 'mean'] as const) servers[normalization] = await tinyServer({ normalization });
  const local = new EmbeddedBackend(tinyModel(), { threads: 1 });
  const completions = await local.sample(prompts, { numSamples: 2, maxTokens: 10, temperature: 1, seed: 3 });
  batch = completions.flatMap((group, p) => group.map((c) => ({ prompt: prompts[p], tokens: c.tokens })));
  policy = await local.logprobs(batch, 'current', 1);
  await local.close();
});
afterAll(async () => {
  for (const server of Object.values(servers)) await server.kill();
});

const rng = createRng(9);
const moved = (by: number) => policy.map((row) => row.map((x) => x + by * rng.normal()));

/** A GRPO loss on the batch; `ratio`: how far π_old is from π, `kl`: how far the reference. */
function grpo({ ratio, kl, beta }: { ratio: number; kl: number; beta: number }): LossInput {
  const refLogprobs = moved(kl);
  if (kl > 0) refLogprobs[0][0] = policy[0][0] + 11; // beyond the clamp, where the KL has no slope
  return {
    kind: 'grpo',
    weights: sequenceMeanWeights(batch.map((s) => s.tokens.length)),
    advantages: batch.map((_, i) => [1.3, -0.7, 0, 0.4, -2, 0.9][i]),
    oldLogprobs: moved(ratio),
    refLogprobs,
    clipLow: 0.2,
    clipHigh: 0.28,
    beta,
  };
}

async function stepOf(backend: Backend, loss: LossInput) {
  const result = await backend.forwardBackward(batch, loss, 1);
  const { gradNorm } = await backend.optimStep(descent);
  const after = await backend.logprobs(batch, 'current', 1);
  await backend.close();
  return { result, gradNorm, after };
}

async function expectSameStep(loss: LossInput, normalization: 'sum' | 'mean') {
  const local = await stepOf(new EmbeddedBackend(tinyModel(), { threads: 1 }), loss);
  const remote = await stepOf(await tinyTinker(servers[normalization], { normalization }), loss);
  expect(gapBetween(local.after, policy)).toBeGreaterThan(0.01);
  expect(gapBetween(remote.after, local.after)).toBeLessThan(2e-4 * gapBetween(local.after, policy));
  expect(remote.gradNorm / local.gradNorm).toBeCloseTo(1, 4);
  expect(Math.abs(remote.result.loss - local.result.loss) / Math.max(1, Math.abs(local.result.loss))).toBeLessThan(
    1e-5,
  );
}

describe.each(['sum', 'mean'] as const)('a server that takes %ss', (normalization) => {
  test('GRPO at ratio 1', () => expectSameStep(grpo({ ratio: 0, kl: 0.4, beta: 0.5 }), normalization));
  test('GRPO away from it', () => expectSameStep(grpo({ ratio: 0.4, kl: 0.4, beta: 0.5 }), normalization));
  test('GRPO without a KL term', () => expectSameStep(grpo({ ratio: 0.4, kl: 0, beta: 0 }), normalization));
  test('cross entropy with unequal weights', () => {
    const weights = tokenMeanWeights(batch.map((s) => s.tokens.length)).map((w, i) => w.map((x, t) => x * (1 + i + t)));
    return expectSameStep({ kind: 'cross_entropy', weights }, normalization);
  });
});

test('as two accumulated requests, ppo at π_old with A and importance_sampling at π with −β(1 − eˣ), it is the same gradient', async () => {
  const loss = grpo({ ratio: 0.4, kl: 0.4, beta: 0.5 });
  if (loss.kind !== 'grpo') throw new Error('not GRPO');
  const local = await stepOf(new EmbeddedBackend(tinyModel(), { threads: 1 }), loss);
  const client = await TinkerClient.connect({ baseURL: servers.sum.url, patienceMs: 1000, timeoutMs: 10_000 });
  const model = await RemoteModel.create(client, { baseModel: 'tiny', rank: 4, seed: 0 });
  const encoder = new PromptEncoder(tinyCoder());
  const encoded: EncodedPrompt[] = await Promise.all(batch.map((s) => encoder.encode(s.prompt)));
  const ones = batch.map((s) => s.tokens.map(() => 1));
  const data = (logprobs: readonly Float32Array[], advantage: (i: number, t: number) => number) =>
    batch.map(({ tokens }, i) => {
      const advantages = tokens.map((_, t) => loss.weights[i][t] * advantage(i, t));
      return datumOf(encoded[i], tokens, { weights: ones[i], logprobs: logprobs[i], advantages });
    });
  const slope = (i: number, t: number) => {
    const h = 1e-5;
    const at = (lp: number) => klTerm(lp, loss.refLogprobs[i][t]);
    return (at(policy[i][t] + h) - at(policy[i][t] - h)) / (2 * h);
  };
  const config = { clip_low_threshold: 1 - loss.clipLow, clip_high_threshold: 1 + loss.clipHigh };
  const first = data(loss.oldLogprobs, (i) => loss.advantages[i]);
  await model.forwardBackward({ data: first, loss_fn: 'ppo', loss_fn_config: config });
  const second = data(policy, (i, t) => -loss.beta * slope(i, t));
  await model.forwardBackward({ data: second, loss_fn: 'importance_sampling' });
  expect((await model.optimStep(descent)) / local.gradNorm).toBeCloseTo(1, 4);
  client.close();
});

test('what a server divides by is found by trying', async () => {
  for (const [name, server] of Object.entries(servers)) {
    const backend = await tinyTinker(server, { normalization: 'probe' });
    expect(backend.normalization).toBe(name);
    await backend.close();
  }
});

test('a server that takes means is given one batch a step: what it divides by is known only then', async () => {
  const backend = await tinyTinker(servers.mean, { normalization: 'mean' });
  const loss: LossInput = { kind: 'cross_entropy', weights: tokenMeanWeights(batch.map((s) => s.tokens.length)) };
  await backend.forwardBackward(batch, loss, 1);
  await expect(backend.forwardBackward(batch, loss, 1)).rejects.toMatchObject({ code: 'tinker-accumulate' });
  await backend.optimStep(descent);
  await backend.forwardBackward(batch, loss, 1);
  await backend.close();
});
