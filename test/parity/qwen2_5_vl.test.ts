// Our Qwen2.5-VL against transformers: logits, gradients of every parameter, mutants that must be far away, greedy tokens through the cache.
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { readSafetensors } from '../../src/base/safetensors.ts';
import { compile } from '../../src/engine/index.ts';
import { Generator } from '../../src/models/generate.ts';
import { scoringBatch } from '../../src/models/qwen2_5_vl/batch.ts';
import { visionGraph } from '../../src/models/qwen2_5_vl/graphs.ts';
import { qwenModel } from '../../src/models/qwen2_5_vl/index.ts';
import { testSession } from '../support/device.ts';
import { fixturePath } from './golden.ts';
import { floatsOf, gradientErrors, QwenFixture } from './qwen-fixture.ts';

const fixture = (name: string) => fixturePath('qwen2_5_vl', name);

let toy: QwenFixture;
let info: { prompts: number[][]; greedy: { tokens: number[] }[] };

beforeAll(async () => {
  toy = await QwenFixture.open();
  info = JSON.parse(await readFile(fixture('golden.json'), 'utf8'));
});

describe('Qwen2.5-VL against transformers', () => {
  it('computes the vision tower within 1e-4', async () => {
    for (const [row, name] of [
      [0, 'video_embeds'],
      [1, 'image_embeds'],
    ] as const) {
      const batch = scoringBatch(toy.config, [{ prompt: toy.prepared(row), completion: [1] }], 1);
      const { cells } = visionGraph(toy.config, batch.grids);
      const program = await compile({ cells }, [], testSession);
      const got = (await program.run({ ...toy.weights, ...batch.feeds })).cells.data as Float32Array;
      const worst = Math.max(...floatsOf(toy.golden, name).map((x, i) => Math.abs(x - got[i])));
      expect(worst).toBeLessThan(1e-4);
    }
  });

  it('computes logits within 1e-4 on a batch of unequal length, and sees every mutant', async () => {
    const got = await toy.logits();
    expect(toy.logitDifference(got, floatsOf(toy.golden, 'logits'))).toBeLessThan(1e-4);
    const mutants = await readSafetensors(fixture('mutants.safetensors'));
    expect(mutants.tensors.size).toBeGreaterThanOrEqual(4);
    for (const name of mutants.tensors.keys())
      expect(toy.logitDifference(got, floatsOf(mutants, name)), name).toBeGreaterThan(1e-2);
  });

  it('computes the gradient of every parameter', async () => {
    const { loss, gradients } = await toy.lossAndGradients();
    expect(loss).toBeCloseTo(floatsOf(toy.golden, 'loss')[0], 4);
    const reference = await readSafetensors(fixture('gradients.safetensors'));
    const want = new Map([...reference.tensors.keys()].map((name) => [name, floatsOf(reference, name)]));
    expect([...gradients.keys()].sort()).toEqual([...want.keys()].sort());
    for (const [name, error] of gradientErrors(gradients, want)) expect(error, name).toBeLessThanOrEqual(1e-3);
  });

  it('generates the same greedy tokens through the cache, both prompts together', async () => {
    const model = qwenModel(toy.config, toy.weights, { encode: () => [], decode: () => '' });
    const generator = new Generator(model, testSession);
    const prompts = info.prompts.map((p, r) => toy.prepared(r as 0 | 1, p.length));
    const out = await generator.generate(prompts, toy.weights, {
      numSamples: 1,
      maxTokens: 24,
      temperature: 0,
      seed: 1,
    });
    out.forEach(([g], i) => {
      const want = info.greedy[i].tokens;
      expect(g.tokens).toEqual(want.slice(0, g.tokens.length));
      if (g.finish === 'length') expect(g.tokens.length).toBe(24);
    });
    await generator.dispose();
  });
});
