// A run that dies, wherever it dies, ends with the same files, byte for byte, as one that nothing happened to. Here the process lives
// on and only the loop dies; test/long/train-crash.test.ts kills processes.
import { cpSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { TrainSink } from '../src/train/sink.ts';
import { type Kind, runContent, trainingRun } from './support/train-run.ts';

const folder = () => mkdtempSync(join(tmpdir(), 'resume-'));

/** Dies at the n-th thing that the loop does to its sink: before it, or, in a checkpoint, between its files and its marker. */
function dying(n: number): (sink: TrainSink) => TrainSink {
  let count = 0;
  const die = () => {
    if (++count >= n) throw new Error('killed');
  };
  return (sink) => ({
    metrics: async (row) => {
      die();
      await sink.metrics(row);
    },
    rollouts: async (step, rows) => {
      die();
      await sink.rollouts?.(step, rows);
    },
    checkpoint: (step, write) =>
      sink.checkpoint(step, async (dir) => {
        await write(dir);
        writeFileSync(join(dir, 'half-written'), '');
        die();
        writeFileSync(join(dir, 'half-written'), 'whole');
      }),
  });
}

/** The same files without deaths. */
const whole = (sink: TrainSink) => dying(Number.POSITIVE_INFINITY)(sink);

describe.each<[Kind, number[], number]>([
  ['sft', [3, 4], 6],
  ['grpo', [6, 8], 4],
])('%s', (kind, deaths, steps) => {
  test('killed several times and resumed: the same weights, optimizer state, metrics and rollouts', async () => {
    const [plain, interrupted] = [folder(), folder()];
    await trainingRun(kind, plain, whole);
    for (const n of deaths) await expect(trainingRun(kind, interrupted, dying(n))).rejects.toThrow('killed');
    await trainingRun(kind, interrupted, whole);
    const content = runContent(plain);
    const last = `/checkpoints/step-${String(steps).padStart(6, '0')}`;
    const files = ['model', 'training/optimizer', ...(kind === 'grpo' ? ['training/reference'] : [])];
    for (const name of files) expect(Object.keys(content)).toContain(`${last}/${name}.safetensors`);
    expect(runContent(interrupted)).toEqual(content);
    // vLLM takes every such file beside config.json for the model's.
    const beside = Object.keys(content).filter((name) => /^\/checkpoints\/[^/]+\/[^/]+\.safetensors$/.test(name));
    expect(beside).toContain(`${last}/model.safetensors`);
    expect(beside.every((name) => name.endsWith('/model.safetensors'))).toBe(true);
    // The weights have moved between the two checkpoints that are kept, so equal files say something.
    const before = `/checkpoints/step-${String(steps - 2).padStart(6, '0')}`;
    expect(content[`${last}/model.safetensors`]).not.toBe(content[`${before}/model.safetensors`]);
    if (kind === 'grpo') {
      expect(content[`${last}/training/reference.safetensors`]).toBe(
        content[`${before}/training/reference.safetensors`],
      );
      expect(content[`${last}/training/reference.safetensors`]).not.toBe(content[`${before}/model.safetensors`]);
    }
    // Nothing to do: a finished run stays as it is.
    await trainingRun(kind, interrupted, whole);
    expect(runContent(interrupted)).toEqual(content);
  });

  test('killed between its last checkpoint and the removal of the oldest: that goes when it is started again', async () => {
    const dir = folder();
    await trainingRun(kind, dir);
    const content = runContent(dir);
    cpSync(join(dir, `checkpoints/step-00000${steps}`), join(dir, 'checkpoints/step-000000'), { recursive: true });
    expect(runContent(dir)).not.toEqual(content);
    await trainingRun(kind, dir);
    expect(runContent(dir)).toEqual(content);
  });
});
