// Weights read in threads are those read without, whatever they are held as, and so are the complaints.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { failureOf } from '../../test/support/failure.ts';
import { createRng } from '../base/rng.ts';
import { fromFloat32, writeSafetensors } from '../base/safetensors.ts';
import { readTensors, type TensorTask } from './read-tensors.ts';
import type { Held } from './size.ts';

const root = await mkdtemp(join(tmpdir(), 'tensors-'));
afterAll(() => rm(root, { recursive: true }));

const file = join(root, 'weights.safetensors');
const rng = createRng(4);
const shapes = { wide: [40, 64], odd: [9, 33], vector: [7] };
const values = (shape: readonly number[]) =>
  Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => rng.normal());
await writeSafetensors(
  file,
  Object.fromEntries(
    (['F32', 'F16', 'BF16'] as const).flatMap((dtype) =>
      Object.entries(shapes).map(([name, shape]) => [`${dtype}.${name}`, fromFloat32(values(shape), shape, dtype)]),
    ),
  ),
);

const tasks: TensorTask[] = (['F32', 'F16', 'BF16'] as const).flatMap((dtype) =>
  Object.entries(shapes).flatMap(([name, shape]) =>
    (['f32', 'f16', 'bf16', ...(shape.length === 2 ? [8, 4] : [])] as Held[]).map((held) => ({
      file,
      stored: `${dtype}.${name}`,
      shape,
      held,
    })),
  ),
);

test('three threads give what one gives, in the order of the tasks', async () => {
  const [one, three] = [await readTensors(tasks, { threads: 1 }), await readTensors(tasks, { threads: 3 })];
  expect(three).toEqual(one);
  expect(one).toHaveLength(39);
  for (const [i, { shape }] of tasks.entries()) expect(one[i].shape).toEqual(shape);
});

test.each([1, 2])('with %i threads, what cannot be read is refused with the file and the fix', async (threads) => {
  const bad = join(root, 'bad.safetensors');
  await writeSafetensors(bad, {
    large: fromFloat32(Float32Array.of(1, 1e6), [1, 2], 'F32'),
    whole: { dtype: 'I32', shape: [2], data: new Int32Array(2) },
  });
  const refusal = async (stored: string, held: Held) => {
    const error = await failureOf(readTensors([...tasks, { file: bad, stored, shape: [1, 2], held }], { threads }));
    return [error.code, error.message, error.facts.file, error.fix];
  };
  const large = ['model-weights', 'tensor large holds values beyond f16', bad, 'hold the weights as f32'];
  expect(await refusal('large', 'f16')).toEqual(large);
  expect((await refusal('whole', 'f32'))[1]).toBe('tensor whole holds I32 values, not floating-point ones');
  expect((await refusal('none', 'f32'))[0]).toBe('safetensors');
});
