// A model in pieces against the same as whole graphs: prompts of unequal lengths with clips, several completions of each, an adapter; then
// with matrices of few bits against whole graphs over what their codes stand for.
import { expect, test } from 'vitest';
import { type TinyOptions, tinyModel, tinyPrompts } from '../../../test/support/tiny-model.ts';
import { dequantize, quantize } from '../../engine/quantized.ts';
import { createCache } from '../cache.ts';
import { type GenerateOptions, Generator } from '../generate.ts';
import { GenerationPrograms } from '../generation-programs.ts';
import { loraSchema } from '../lora/settings.ts';
import type { VideoLanguageModel } from '../port.ts';
import { prefill } from '../prefill.ts';
import { kindOf } from './kinds.ts';

const sampled: GenerateOptions = { numSamples: 3, maxTokens: 12, temperature: 1, seed: 3 };
const greedy: GenerateOptions = { numSamples: 1, maxTokens: 12, temperature: 0, seed: 3 };

async function generate(model: VideoLanguageModel, o: GenerateOptions) {
  const generator = new Generator(model, { threads: 1 });
  const prompts = tinyPrompts(5).map((p) => model.prepare(p.messages, p.clip));
  const out = (await generator.generate(prompts, model.weights, o)).flat();
  await generator.dispose();
  return { tokens: out.map((g) => g.tokens), logprobs: out.flatMap((g) => [...g.logprobs]) };
}

const furthest = (a: readonly number[], b: readonly number[]) => Math.max(...a.map((x, i) => Math.abs(x - b[i])));

test.each<[string, TinyOptions, GenerateOptions]>([
  ['several completions', {}, sampled],
  ['greedily', { seed: 2 }, greedy],
  ['with an adapter', { lora: { ...loraSchema.parse({ rank: 2 }) } }, sampled],
])('%s: the same tokens and log-probabilities', async (_, options, how) => {
  const whole = await generate(tinyModel(options), how);
  const pieces = await generate(tinyModel({ ...options, layered: 'f32' }), how);
  expect(pieces.tokens).toEqual(whole.tokens);
  expect(furthest(pieces.logprobs, whole.logprobs)).toBeLessThan(1e-5);
});

/** The model whose matrices are what the codes of so many bits stand for. */
function rounded(bits: 4 | 8): VideoLanguageModel {
  const model = tinyModel();
  for (const [name, { shape, data }] of Object.entries(model.weights)) {
    if (!['layer', 'head'].includes(kindOf(name, shape))) continue;
    const values = data as Float32Array;
    values.set(dequantize(quantize(values, shape as [number, number], bits)));
  }
  return model;
}

/** Distributions of the token after each prompt, as log-probabilities. */
async function afterPrompts(model: VideoLanguageModel): Promise<Float32Array[]> {
  const programs = new GenerationPrograms(model, { threads: 1 });
  const prompts = tinyPrompts(5).map((p) => model.prepare(p.messages, p.clip));
  const states = await prefill({ model, programs, weights: model.weights }, prompts, 512, 1);
  return states.map((s) => s.logprobs);
}

/** Mean KL(want ‖ got) in nats. */
function divergence(want: readonly Float32Array[], got: readonly Float32Array[]): number {
  const of = (p: Float32Array, q: Float32Array) => p.reduce((sum, x, i) => sum + Math.exp(x) * (x - q[i]), 0);
  return want.reduce((sum, p, i) => sum + of(p, got[i]), 0) / want.length;
}

test.each([4, 8] as const)(
  '%i bits: as whole graphs over the rounded matrices, up to activations of 8 bits',
  async (bits) => {
    const want = await afterPrompts(rounded(bits));
    const got = await afterPrompts(tinyModel({ layered: bits }));
    expect(divergence(want, got)).toBeLessThan(0.005);
    expect(divergence(want, await afterPrompts(tinyModel({ seed: 2 })))).toBeGreaterThan(1);
  },
);

test('the same model can be asked through two sets of programs', async () => {
  const model = tinyModel({ layered: 8 });
  expect(await generate(model, greedy)).toEqual(await generate(model, greedy));
});

test('it refuses what would need its matrices', async () => {
  const model = tinyModel({ layered: 4 });
  const prompt = tinyPrompts(1)[0];
  const batch = model.batch([{ prompt: model.prepare(prompt.messages, prompt.clip), completion: [1, 2] }]);
  expect(() => model.scoreGraph(batch)).toThrow('can be asked, not trained or saved');
  const onGpu = new GenerationPrograms(model, { device: 'webgpu' });
  const shape = { blocks: 1, perBlock: 1, promptCapacity: 64, ownCapacity: 32 };
  await expect(onGpu.decode(shape, createCache(model, 1, 32), [0], {})).rejects.toThrow('on the CPU only');
  await expect(model.save('nowhere', model.weights)).rejects.toThrow('can be asked, not trained or saved');
});
