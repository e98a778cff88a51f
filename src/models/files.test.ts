// Weights from one file and from shards, and what is wrong with them: every complaint names the file. That shards of transformers give the
// right values is test/parity/sharded.test.ts.
import { mkdtemp, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { failureOf } from '../../test/support/failure.ts';
import { fromFloat32, writeSafetensors } from '../base/safetensors.ts';
import type { Buffer } from '../engine/index.ts';
import { readModelWeights, readModelWeightsAs, readWeights, writeWeights } from './files.ts';

const root = await mkdtemp(join(tmpdir(), 'weights-'));
afterAll(() => rm(root, { recursive: true }));

const shapes = { a: [2], 'b.weight': [2, 2] };
const tensor = (shape: readonly number[], dtype: 'F32' | 'BF16' = 'F32') =>
  fromFloat32(
    Float32Array.from({ length: shape.reduce((x, y) => x * y, 1) }, (_, i) => i + 0.5),
    shape,
    dtype,
  );
const index = (map: unknown) => writeFile(join(dir, 'model.safetensors.index.json'), JSON.stringify(map));
let dir = root;

/** Two shards and their index. */
async function shards(): Promise<void> {
  await writeSafetensors(join(dir, 'one.safetensors'), { a: tensor([2]) });
  await writeSafetensors(join(dir, 'two.safetensors'), { 'model.b.weight': tensor([2, 2], 'BF16') });
  await index({ weight_map: { a: 'one.safetensors', 'model.b.weight': 'two.safetensors' } });
}
const read = () => readModelWeights(dir, shapes, (name) => name.replace('model.', ''));

async function complaint(): Promise<string> {
  const error = await failureOf(read());
  expect(error.fix).toBeTruthy();
  return `${error.code}: ${error.message} (${String(error.facts.file).replace(`${dir}/`, '')})`;
}

beforeEach(async () => {
  dir = await mkdtemp(join(root, 'model-'));
});

test('shards in any type become f32 under the names and in the order of the model', async () => {
  await shards();
  const weights = await read();
  expect(Object.keys(weights)).toEqual(['a', 'b.weight']);
  expect(weights['b.weight']).toMatchObject({ dtype: 'f32', shape: [2, 2], data: Float32Array.of(0.5, 1.5, 2.5, 3.5) });
});

test('what is asked for as f16 keeps its bits or is rounded to the nearest; what f16 cannot hold is refused by name', async () => {
  const held = async (values: readonly number[], dtype: 'F16' | 'BF16' | 'F32') => {
    const b = fromFloat32(Float32Array.from(values), [2, 2], dtype);
    await writeSafetensors(join(dir, 'model.safetensors'), { a: tensor([2]), 'b.weight': b });
    const heldAs = (name: string) => (name === 'b.weight' ? 'f16' : 'f32');
    return (await readModelWeightsAs(dir, shapes, (name) => name, heldAs)) as Record<string, Buffer>;
  };
  for (const dtype of ['F16', 'BF16', 'F32'] as const) {
    const { a, 'b.weight': b } = await held([1.5, 2 ** -24, -512, dtype === 'F32' ? 1 + 2 ** -12 : 1], dtype);
    expect([a.dtype, b.dtype]).toEqual(['f32', 'f16']);
    expect(Array.from(b.data as Uint16Array)).toEqual([0x3e00, 1, 0xe000, 0x3c00]);
  }
  await expect(held([1, 2, 65536, 3], 'BF16')).rejects.toThrow('tensor b.weight holds values beyond f16');
});

test('one file goes before an index', async () => {
  await shards();
  const saved = await readWeights(join(dir, 'one.safetensors'), { a: [2] });
  await writeWeights(dir, { ...saved, 'b.weight': { dtype: 'f32', shape: [2, 2], data: new Float32Array(4) } });
  expect((await read())['b.weight'].data).toEqual(new Float32Array(4));
});

test.each<[string, () => Promise<unknown>, string]>([
  ['no weights', async () => {}, 'model-weights: this folder holds no weights (model.safetensors)'],
  [
    'a missing shard',
    async () => rm(join(dir, 'two.safetensors')),
    'model-weights: a shard of the weights is missing (two.safetensors)',
  ],
  [
    'a truncated shard',
    async () => truncate(join(dir, 'two.safetensors'), (await stat(join(dir, 'two.safetensors'))).size - 6),
    'safetensors: not a readable safetensors file: the file ends 6 bytes too early (two.safetensors)',
  ],
  [
    'a text file as a shard',
    async () => writeFile(join(dir, 'two.safetensors'), 'version https://git-lfs.github.com/spec/v1\n'),
    'safetensors: not a readable safetensors file: the header claims 2336927755350992400 bytes of a file of 43 (two.safetensors)',
  ],
  [
    'an index that is none',
    async () => writeFile(join(dir, 'model.safetensors.index.json'), 'nothing'),
    'model-weights: the index of the weights is not readable (model.safetensors.index.json)',
  ],
  [
    'an index that leads out of the folder',
    async () => index({ weight_map: { a: '../one.safetensors' } }),
    'model-weights: the index of the weights is not readable (model.safetensors.index.json)',
  ],
  [
    'a tensor that no shard holds',
    async () => index({ weight_map: { a: 'one.safetensors' } }),
    'model-weights: the file lacks the tensor b.weight (model.safetensors.index.json)',
  ],
  [
    'a tensor in two shards',
    async () => writeSafetensors(join(dir, 'two.safetensors'), { a: tensor([2]) }),
    'model-weights: the weights hold a twice (two.safetensors)',
  ],
  [
    'a tensor that the model lacks',
    async () => writeSafetensors(join(dir, 'two.safetensors'), { 'model.c': tensor([2]) }),
    'model-weights: the file has a tensor that the model lacks: model.c (two.safetensors)',
  ],
  [
    'a misshapen tensor',
    async () => writeSafetensors(join(dir, 'two.safetensors'), { 'model.b.weight': tensor([4]) }),
    'model-weights: tensor model.b.weight has shape [4], the model needs [2,2] (two.safetensors)',
  ],
  [
    'a tensor of integers',
    async () =>
      writeSafetensors(join(dir, 'two.safetensors'), {
        'model.b.weight': { dtype: 'I32', shape: [2, 2], data: new Int32Array(4) },
      }),
    'model-weights: tensor model.b.weight holds I32 values, not floating-point ones (two.safetensors)',
  ],
])('%s', async (name, spoil, expected) => {
  if (name !== 'no weights') await shards();
  await spoil();
  expect(await complaint()).toBe(expected);
});
