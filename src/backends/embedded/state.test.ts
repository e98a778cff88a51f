// The optimizer's state on disk: what is absent, and what is there but cannot be read.
import { mkdtempSync, readdirSync, renameSync, rmdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { f32, zeroMoments } from '../../engine/index.ts';
import { loadState, saveState } from './state.ts';

const weights = { w: f32(Float32Array.of(1, 2), [2]) };
const state = { steps: 3, moments: zeroMoments(weights), reference: weights };

test('of a checkpoint that has it beside the weights is read there', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'state-'));
  await saveState(dir, state);
  for (const name of readdirSync(join(dir, 'training'))) renameSync(join(dir, 'training', name), join(dir, name));
  rmdirSync(join(dir, 'training'));
  expect(await loadState(dir, weights)).toEqual(state);
  // Once it was saved again, that counts.
  const later = { ...state, steps: 4 };
  await saveState(dir, later);
  expect(await loadState(dir, weights)).toEqual(later);
});

test('a reference that cannot be read is not one that was never set: KL would be measured from elsewhere', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'state-'));
  await saveState(dir, state);
  expect(await loadState(dir, weights)).toEqual(state);
  const file = join(dir, 'training/reference.safetensors');
  rmSync(file);
  expect((await loadState(dir, weights)).reference).toBeUndefined();
  symlinkSync(file, file); // a link to itself: whoever follows it gets ELOOP
  await expect(loadState(dir, weights)).rejects.toMatchObject({ code: 'file-unreadable', facts: { file } });
});
