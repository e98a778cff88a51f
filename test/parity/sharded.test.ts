// Sharded bf16 checkpoints as both generations of transformers save them (make/sharded.py): the values they hold, one configuration, and
// the logits that transformers computes.
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { readSafetensors, toFloat32 } from '../../src/base/safetensors.ts';
import { compile } from '../../src/engine/index.ts';
import { readModelWeights } from '../../src/models/files.ts';
import { scoringBatch } from '../../src/models/qwen2_5_vl/batch.ts';
import { parseModelConfig } from '../../src/models/qwen2_5_vl/config.ts';
import { logitsGraph, weightShapes } from '../../src/models/qwen2_5_vl/graphs.ts';
import { publishedName } from '../../src/models/qwen2_5_vl/names.ts';
import { fixturePath, goldenTensors } from './golden.ts';

const folders = ['published', 'nested'] as const;
const configOf = async (folder: string) =>
  parseModelConfig(JSON.parse(await readFile(fixturePath('sharded', folder, 'config.json'), 'utf8')));

test.each(folders)('%s: every weight, to the bit', async (folder) => {
  const weights = await readModelWeights(
    fixturePath('sharded', folder),
    weightShapes(await configOf(folder)),
    publishedName,
  );
  const { tensors } = await readSafetensors(fixturePath('sharded', 'weights.safetensors'));
  expect(Object.keys(weights).sort()).toEqual([...tensors.keys()].sort());
  for (const [name, tensor] of tensors) expect(weights[name].data, name).toEqual(toFloat32(tensor));
});

test('both describe one model', async () => {
  const [published, nested] = await Promise.all(folders.map(configOf));
  for (const part of ['text', 'vision'] as const) expect(nested[part]).toEqual(published[part]);
  expect(nested.video_token_id).toBe(published.video_token_id);
});

test.each(folders)('%s: the logits of a text within 1e-4 of transformers', async (folder) => {
  const config = await configOf(folder);
  const weights = await readModelWeights(fixturePath('sharded', folder), weightShapes(config), publishedName);
  const golden = await goldenTensors('sharded', 'golden.safetensors');
  const tokens = Int32Array.from(golden.numbers('input_ids'));
  const places = [...tokens.keys()];
  const prompt = {
    tokens,
    positions: Int32Array.from([...places, ...places, ...places]),
    nextPosition: tokens.length,
    vision: [],
  };
  const batch = scoringBatch(config, [{ prompt, completion: [] }], 1);
  const { logits } = logitsGraph(config, { batch: 1, tokens: batch.tokens, grids: batch.grids });
  const got = (await (await compile({ logits })).run({ ...weights, ...batch.feeds })).logits.data as Float32Array;
  const want = golden.f32('logits');
  expect(Math.max(...want.map((x, i) => Math.abs(x - got[i])))).toBeLessThan(1e-4);
  expect(Math.max(...want)).toBeGreaterThan(1);
});
