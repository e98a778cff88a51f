// The folders that both sides open: random weights in true shapes, with a tokenizer that is never used, and a prompt of random words.
import { execFile } from 'node:child_process';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { statIfPresent } from '../../src/base/if-present.ts';
import { createRng } from '../../src/base/rng.ts';
import { microBase } from '../../src/recipes/shipped.ts';
import { prepareModel } from '../engine/prepare.ts';
import { readShapes } from '../engine/shapes.ts';

/** 100M: of bench/shapes.json, f32. 3B: as published, bf16 in shards. tiny: for tests of the bench. */
export const modelSizes = ['100M', '3B', 'tiny'] as const;
export type ModelSizeName = (typeof modelSizes)[number];

/** Writes the checkpoint into `dir`, unless it is there. */
export async function prepareCheckpoint(dir: string, size: ModelSizeName): Promise<void> {
  if (await statIfPresent(join(dir, 'config.json'))) return;
  if (size === '3B') {
    const script = join(import.meta.dirname, '../../scripts/random-checkpoint.ts');
    await promisify(execFile)(process.execPath, [script, dir, 'Qwen2.5-VL-3B']);
    return;
  }
  const shapes = readShapes();
  await prepareModel(dir, shapes.sizes[size], shapes.seed);
  for (const file of ['tokenizer.json', 'tokenizer_config.json', 'chat_template.json'])
    await copyFile(join(microBase, file), join(dir, file));
}

/** Tokens that every vocabulary here has. */
export function promptTokens(count: number, seed: number): number[] {
  const rng = createRng(seed).fork('prompt');
  return Array.from({ length: count }, () => rng.int(32));
}
