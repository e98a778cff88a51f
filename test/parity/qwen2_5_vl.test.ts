// Our Qwen2.5-VL against transformers: logits, gradients of every parameter, mutants that must be far away, greedy tokens through the cache.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readSafetensors, type SafeTensors, toFloat32 } from '../../src/base/safetensors.ts';
import { type Buffer, compile, gradients, mean, type Node, neg, slice } from '../../src/engine/index.ts';
import { readWeights } from '../../src/models/files.ts';
import { Generator } from '../../src/models/generate.ts';
import type { Prepared } from '../../src/models/port.ts';
import { scoringBatch } from '../../src/models/qwen2_5_vl/batch.ts';
import { type ModelConfig, parseModelConfig } from '../../src/models/qwen2_5_vl/config.ts';
import { logitsGraph, logprobGraph, visionGraph, weightShapes } from '../../src/models/qwen2_5_vl/graphs.ts';
import { qwenModel } from '../../src/models/qwen2_5_vl/index.ts';
import { type Grid, get_rope_index } from '../../src/models/qwen2_5_vl/rope_index.ts';

const fixture = (name: string) => join(import.meta.dirname, 'fixtures/qwen2_5_vl', name);

let config: ModelConfig;
let weights: Record<string, Buffer>;
let golden: SafeTensors;
let info: { prompts: number[][]; greedy: { tokens: number[] }[] };

const floats = (name: string, from = golden) => toFloat32(from.tensors.get(name)!);
const ints = (name: string) => golden.tensors.get(name)!.data as Int32Array;

beforeAll(async () => {
  config = parseModelConfig(JSON.parse(await readFile(fixture('config.json'), 'utf8')));
  weights = await readWeights(fixture('model.safetensors'), weightShapes(config));
  golden = await readSafetensors(fixture('golden.safetensors'));
  info = JSON.parse(await readFile(fixture('golden.json'), 'utf8'));
});

const length = (row: number) =>
  ints('attention_mask')
    .subarray(row * 56, (row + 1) * 56)
    .reduce((a, b) => a + b, 0);

/** Row of the fixture's batch, cut after `tokens` (default: its real length). */
function prepared(row: 0 | 1, tokens = length(row)): Prepared {
  const video = row === 0;
  const ids = ints('input_ids').slice(row * 56, row * 56 + tokens);
  const grid = [...ints(video ? 'video_grid_thw' : 'image_grid_thw')] as unknown as Grid;
  const marker = video ? config.video_token_id : config.image_token_id;
  const { position_ids, rope_deltas } = get_rope_index(config, {
    input_ids: [ids],
    ...(video
      ? { video_grid_thw: [grid], second_per_grid_ts: [...floats('second_per_grid_ts')] }
      : { image_grid_thw: [grid] }),
    truncation: 'seconds',
  });
  return {
    tokens: ids,
    positions: position_ids,
    nextPosition: ids.length + rope_deltas[0],
    vision: [{ pixels: floats(video ? 'pixel_values_videos' : 'pixel_values'), grid, start: ids.indexOf(marker) }],
  };
}

function largestDifference(got: Float32Array, want: Float32Array): number {
  let worst = 0;
  for (let row = 0; row < 2; row++) {
    for (let t = 0; t < length(row); t++) {
      for (let v = 0; v < 320; v++) {
        // Our rows may be padded further than the fixture's.
        const stride = got.length / 2;
        worst = Math.max(worst, Math.abs(got[row * stride + t * 320 + v] - want[(row * 56 + t) * 320 + v]));
      }
    }
  }
  return worst;
}

describe('Qwen2.5-VL against transformers', () => {
  it('computes the vision tower within 1e-4', async () => {
    for (const [row, name] of [
      [0, 'video_embeds'],
      [1, 'image_embeds'],
    ] as const) {
      const batch = scoringBatch(config, [{ prompt: prepared(row), completion: [1] }], 1);
      const { cells } = visionGraph(config, batch.grids);
      const program = await compile({ cells });
      const got = (await program.run({ ...weights, ...batch.feeds })).cells.data as Float32Array;
      const worst = Math.max(...floats(name).map((x, i) => Math.abs(x - got[i])));
      expect(worst).toBeLessThan(1e-4);
    }
  });

  it('computes logits within 1e-4 on a batch of unequal length, and sees every mutant', async () => {
    const batch = scoringBatch(
      config,
      [0, 1].map((r) => ({ prompt: prepared(r as 0 | 1), completion: [] })),
      1,
    );
    const { logits } = logitsGraph(config, { batch: 2, tokens: batch.tokens, grids: batch.grids });
    const program = await compile({ logits });
    const got = (await program.run({ ...weights, ...batch.feeds })).logits.data as Float32Array;
    expect(largestDifference(got, floats('logits'))).toBeLessThan(1e-4);
    const mutants = await readSafetensors(fixture('mutants.safetensors'));
    expect(mutants.tensors.size).toBeGreaterThanOrEqual(4);
    for (const name of mutants.tensors.keys())
      expect(largestDifference(got, floats(name, mutants)), name).toBeGreaterThan(1e-2);
  });

  it('computes the gradient of every parameter', async () => {
    const labels = ints('labels');
    const starts = [0, 1].map((r) => labels.subarray(r * 56, (r + 1) * 56).findIndex((l) => l >= 0));
    const rows = [0, 1].map((r) => ({
      prompt: prepared(r as 0 | 1, starts[r]),
      completion: ints('input_ids').subarray(r * 56 + starts[r], r * 56 + length(r)),
    }));
    const batch = scoringBatch(config, rows, 1);
    const { logprobs, weights: params } = logprobGraph(config, { ...batch, batch: 2 });
    const real = rows.reduce((n, r) => n + r.completion.length, 0);
    const loss = meanOfFirst(logprobs, real);
    const names = [...params.keys()];
    const grads = gradients(loss, [...params.values()]);
    const program = await compile({ loss, ...Object.fromEntries(names.map((n, i) => [`${n}@`, grads[i]])) });
    const results = await program.run({ ...weights, ...batch.feeds });
    expect((results.loss.data as Float32Array)[0]).toBeCloseTo(floats('loss')[0], 4);
    const reference = await readSafetensors(fixture('gradients.safetensors'));
    const norm = (x: Float32Array) => Math.hypot(...[...x]);
    const global = Math.hypot(...[...reference.tensors.keys()].map((n) => norm(floats(n, reference))));
    expect(names.sort()).toEqual([...reference.tensors.keys()].sort());
    for (const name of names) {
      const want = floats(name, reference);
      const got = results[`${name}@`].data as Float32Array;
      const gap = norm(want.map((x, i) => x - got[i]));
      expect(gap, name).toBeLessThanOrEqual(1e-3 * Math.max(norm(want), 1e-4 * global));
    }
  });

  it('generates the same greedy tokens through the cache, both prompts together', async () => {
    const model = qwenModel(config, weights, { encode: () => [], decode: () => '' });
    const generator = new Generator(model);
    const prompts = info.prompts.map((p, r) => prepared(r as 0 | 1, p.length));
    const out = await generator.generate(prompts, weights, { numSamples: 1, maxTokens: 24, temperature: 0, seed: 1 });
    out.forEach(([g], i) => {
      const want = info.greedy[i].tokens;
      expect(g.tokens).toEqual(want.slice(0, g.tokens.length));
      if (g.finish === 'length') expect(g.tokens.length).toBe(24);
    });
    await generator.dispose();
  });
});

/** Mean of −x over the first n entries. */
function meanOfFirst(x: Node, n: number): Node {
  return neg(mean(slice(x, 0, 0, n)));
}
