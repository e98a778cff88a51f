// What is kept: the newest program whatever it weighs, and of the others as much as the limit allows, least recently used out first.
import { expect, test } from 'vitest';
import type { Compiled } from './compile.ts';
import { ProgramCache } from './program-cache.ts';
import type { Device } from './runtime/ort.ts';

function programs(limit: number | Device) {
  const [built, gone]: string[][] = [[], []];
  const cache = new ProgramCache(limit);
  const get = (key: string, bytes: number) =>
    cache.get(key, async (): Promise<Compiled> => {
      built.push(key);
      return {
        bytes,
        inputs: [],
        run: async () => ({}),
        dispose: async () => {
          gone.push(key);
        },
      };
    });
  return { built, gone, get, cache };
}

test('a heavy program and a light one take turns without being built again', async () => {
  const { built, gone, get } = programs(10);
  for (let step = 0; step < 5; step++) {
    await get('gradients', 100);
    await get('optimizer', 4);
  }
  expect(gone).toEqual(['gradients']); // when the optimizer came, the other was over the limit; after that both stay
  expect(built).toEqual(['gradients', 'optimizer', 'gradients']);
});

test('least recently used out first, as many as the limit asks for', async () => {
  const { gone, get } = programs(10);
  await get('a', 4);
  await get('b', 4);
  await get('a', 4);
  await get('c', 4); // beside it a and b, 8
  expect(gone).toEqual([]);
  await get('d', 4); // beside it 12
  expect(gone).toEqual(['b']);
});

test('a GPU keeps the four programs of a gigabyte that the buckets of one run are, and not any number of them', async () => {
  const { built, gone, get } = programs('webgpu');
  for (let step = 0; step < 8; step++) await get(`bucket ${step % 4}`, 1e9);
  expect(built).toHaveLength(4);
  for (let i = 0; i < 30; i++) await get(`other ${i}`, 1e9);
  expect(gone.length).toBeGreaterThan(10);
});

test('a failed build is not kept; dispose ends what is left', async () => {
  const { built, gone, get, cache } = programs(10);
  await expect(cache.get('bad', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  await get('a', 1);
  await cache.dispose();
  expect([built, gone]).toEqual([['a'], ['a']]);
});
