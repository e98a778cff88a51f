// Training an adapter: the base stays what it is and is shared with the reference, KL is 0 at step 0 from wherever it starts, what is
// saved is the adapter. (Values and gradients against PEFT: test/parity/lora.test.ts. The port's own promises: test/backend-conformance.test.ts.)
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { EmbeddedBackend } from '../src/backends/embedded/index.ts';
import type { LossInput } from '../src/backends/port.ts';
import { readSafetensors } from '../src/base/safetensors.ts';
import { type LoraSettings, loadVideoLanguageModel, loraSchema } from '../src/models/index.ts';
import { sequenceMeanWeights, tokenMeanWeights } from '../src/train/objective.ts';
import { gapBetween } from './conformance/backend.ts';
import { tinyAdam, tinyModel, tinyPrompts, tinySequences } from './support/tiny-model.ts';

const lora: LoraSettings = loraSchema.parse({ rank: 2, alpha: 4 });
const lengths = [5, 9, 3];
const batch = tinySequences(tinyPrompts(3), lengths);
const loss: LossInput = { kind: 'cross_entropy', weights: tokenMeanWeights(lengths) };
const values = (weights: Readonly<Record<string, { readonly data: ArrayLike<unknown> }>>) =>
  Object.fromEntries(Object.entries(weights).map(([name, w]) => [name, Array.from(w.data)]));

const root = mkdtempSync(join(tmpdir(), 'lora-'));
const base = join(root, 'base');
beforeAll(async () => {
  const model = tinyModel();
  await model.save(base, model.weights);
});

async function opened(dir: string, options: { lora?: LoraSettings; merge?: boolean } = {}) {
  const model = await loadVideoLanguageModel(dir, { ...options, seed: 3, baseName: base });
  return { model, backend: new EmbeddedBackend(model, { threads: 1 }) };
}

/** Two steps of SFT on a new adapter, saved with the optimizer's state. */
async function trained(dir: string): Promise<Float32Array[]> {
  const { backend } = await opened(base, { lora });
  for (let step = 0; step < 2; step++) {
    await backend.forwardBackward(batch, loss, 1);
    await backend.optimStep({ ...tinyAdam, learningRate: 2e-2 });
  }
  await backend.setReference();
  await backend.save(dir, { optimizer: true });
  const logprobs = await backend.logprobs(batch, 'current', 1);
  await backend.close();
  return logprobs;
}

describe('an adapter', () => {
  test('is new: it changes nothing, whatever the seed', async () => {
    const plain = await opened(base);
    const fresh = await opened(base, { lora });
    const [a, b] = await Promise.all([plain, fresh].map(({ backend }) => backend.logprobs(batch, 'current', 1)));
    expect(gapBetween(a, b)).toBe(0);
  });

  test('is trained, and every weight of the base stays as it was', async () => {
    const { model, backend } = await opened(base, { lora });
    const adapter = Object.keys(model.trainable);
    const isBase = (name: string) => !adapter.includes(name);
    const before = values(model.weights);
    const first = await backend.forwardBackward(batch, loss, 1);
    await backend.optimStep(tinyAdam);
    await backend.forwardBackward(batch, loss, 1);
    await backend.optimStep(tinyAdam);
    const after = values(model.weights);
    for (const name of Object.keys(before))
      expect(isBase(name) === (String(after[name]) === String(before[name])), name).toBe(true);
    expect((await backend.forwardBackward(batch, loss, 1)).loss).toBeLessThan(first.loss);
    await backend.close();
  });

  test('is all that is saved, of the reference too; a folder of it opens with its base, and merged', async () => {
    const dir = join(root, 'saved');
    const want = await trained(dir);
    expect(readdirSync(dir).sort()).toEqual([
      'adapter_config.json',
      'adapter_model.safetensors',
      'chat_template.json',
      'tokenizer.json',
      'tokenizer_config.json',
      'training',
    ]);
    expect(readdirSync(join(dir, 'training')).sort()).toEqual(['optimizer.safetensors', 'reference.safetensors']);
    const kept = [...(await readSafetensors(join(dir, 'training/reference.safetensors'))).tensors.keys()];
    expect(kept.every((name) => name.includes('.lora_'))).toBe(true);
    for (const merge of [false, true]) {
      const { model, backend } = await opened(dir, { merge });
      expect(gapBetween(await backend.logprobs(batch, 'current', 1), want)).toBeLessThan(1e-4);
      expect(Object.keys(model.weights).some((name) => name.includes('.lora_'))).toBe(!merge);
      await backend.close();
    }
  });

  test('from which GRPO starts is its reference: KL is 0 at step 0, and the bare base is elsewhere', async () => {
    const dir = join(root, 'sft');
    await trained(dir);
    const { backend } = await opened(dir);
    await backend.setReference();
    const [now, reference] = [
      await backend.logprobs(batch, 'current', 1),
      await backend.logprobs(batch, 'reference', 1),
    ];
    expect(gapBetween(now, reference)).toBe(0);
    const bare = await opened(base);
    expect(gapBetween(reference, await bare.backend.logprobs(batch, 'current', 1))).toBeGreaterThan(1e-2);
    const grpo: LossInput = {
      kind: 'grpo',
      weights: sequenceMeanWeights(lengths),
      advantages: [1, -1, 0.5],
      oldLogprobs: now,
      refLogprobs: reference,
      clipLow: 0.2,
      clipHigh: 0.2,
      beta: 0.04,
    };
    await backend.forwardBackward(batch, grpo, 1);
    await backend.optimStep(tinyAdam);
    expect(gapBetween(await backend.logprobs(batch, 'reference', 1), reference)).toBe(0);
    expect(gapBetween(await backend.logprobs(batch, 'current', 1), now)).toBeGreaterThan(1e-4);
    await backend.close();
  });

  test.each(['f16', 'bf16'] as const)(
    'over a base held as %s computes and learns what it does over the same values in f32; the base alone is refused',
    async (narrow) => {
      const halves = join(root, `halves-${narrow}`);
      const model = tinyModel();
      await model.save(halves, model.weights, narrow);
      const results = [];
      for (const dtype of [narrow, 'f32'] as const) {
        const loaded = await loadVideoLanguageModel(halves, { lora, seed: 3, dtype });
        expect(Object.values(loaded.weights).some((w) => w.dtype === narrow)).toBe(dtype === narrow);
        const backend = new EmbeddedBackend(loaded, { threads: 1 });
        await backend.forwardBackward(batch, loss, 1);
        await backend.optimStep(tinyAdam);
        const [[greedy]] = await backend.sample([batch[0].prompt], {
          numSamples: 1,
          maxTokens: 8,
          temperature: 0,
          seed: 1,
        });
        results.push({ greedy: greedy.tokens, logprobs: await backend.logprobs(batch, 'current', 1) });
        await backend.close();
      }
      expect(results[0].greedy).toEqual(results[1].greedy);
      expect(gapBetween(results[0].logprobs, results[1].logprobs)).toBeLessThan(1e-5);
      const whole = new EmbeddedBackend(await loadVideoLanguageModel(halves, { dtype: narrow }));
      const refused = { code: 'backend-narrow' };
      await expect(whole.forwardBackward(batch, loss, 1)).rejects.toMatchObject(refused);
      await expect(whole.setReference()).rejects.toMatchObject(refused);
      expect(() => whole.plan(batch, 'grpo', { reference: true })).toThrow(
        `weights held as ${narrow} cannot be trained`,
      );
      await whole.close();
    },
  );

  test('goes on after loading as if nothing had happened, bit for bit', async () => {
    const dir = join(root, 'resumed');
    const going = async (interrupted: boolean) => {
      let { model, backend } = await opened(base, { lora });
      await backend.setReference();
      for (let step = 0; step < 4; step++) {
        await backend.forwardBackward(batch, loss, 1);
        await backend.optimStep(tinyAdam);
        if (!interrupted || step !== 1) continue;
        await backend.save(dir, { optimizer: true });
        await backend.close();
        ({ model, backend } = await opened(base, { lora }));
        await backend.load(dir, { optimizer: true });
      }
      await backend.close();
      return values(model.trainable);
    };
    expect(await going(true)).toEqual(await going(false));
  });
});
