// safetensors: bytes written by hand, round trips, alignment, and every way a file can be broken.
import { mkdtempSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  encodeSafetensors,
  fromFloat32,
  openSafetensors,
  parseSafetensors,
  readSafetensors,
  type SafeTensor,
  toFloat32,
  writeSafetensors,
} from './safetensors.ts';

const path = () => join(mkdtempSync(join(tmpdir(), 'safetensors-')), 'model.safetensors');

/** Header text and data bytes as the format's specification lays them out. */
function byHand(header: string, data: readonly number[]): Uint8Array {
  const text = new TextEncoder().encode(header);
  const length = [text.length & 255, text.length >> 8, 0, 0, 0, 0, 0, 0];
  return Uint8Array.of(...length, ...text, ...data);
}

const handHeader =
  '{"__metadata__":{"format":"pt"},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},' +
  '"h":{"dtype":"BF16","shape":[1,2],"data_offsets":[8,12]},"i":{"dtype":"I64","shape":[],"data_offsets":[12,20]}}';
const handData = [0, 0, 128, 63, 0, 0, 0, 192, 128, 63, 64, 192, 255, 255, 255, 255, 255, 255, 255, 255];

test('bytes written by hand, at every alignment', () => {
  for (let pad = 0; pad < 8; pad++) {
    const { metadata, tensors } = parseSafetensors(byHand(handHeader + ' '.repeat(pad), handData));
    expect(metadata).toEqual({ format: 'pt' });
    expect([...toFloat32(tensors.get('w')!)]).toEqual([1, -2]);
    expect([...toFloat32(tensors.get('h')!)]).toEqual([1, -3]);
    expect(tensors.get('i')).toMatchObject({ shape: [], data: BigInt64Array.of(-1n) });
  }
});

test('what we write is laid out as specified', () => {
  const w: SafeTensor = { dtype: 'F32', shape: [1], data: Float32Array.of(1) };
  const bytes = Buffer.concat(encodeSafetensors({ w }));
  const header = '{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'.padEnd(56);
  expect(bytes).toEqual(Buffer.from(byHand(header, [0, 0, 128, 63])));
});

test('views share the memory of the file', () => {
  const bytes = Buffer.concat(encodeSafetensors({ w: { dtype: 'F32', shape: [3], data: Float32Array.of(1, 2, 3) } }));
  const copy = new Uint8Array(bytes);
  const { tensors } = parseSafetensors(copy);
  expect(tensors.get('w')!.data.buffer).toBe(copy.buffer);
});

const tensor = fc
  .tuple(fc.constantFrom('F32', 'F16', 'BF16', 'I64', 'I32', 'U8'), fc.array(fc.nat(4), { maxLength: 3 }), fc.nat(255))
  .map(([dtype, shape, fill]): SafeTensor => {
    const n = shape.reduce((a, b) => a * b, 1);
    const numbers = Array.from({ length: n }, (_, i) => (fill + i) % 256);
    if (dtype === 'F32') return { dtype, shape, data: Float32Array.from(numbers, (x) => x / 7) };
    if (dtype === 'I64') return { dtype, shape, data: BigInt64Array.from(numbers, BigInt) };
    if (dtype === 'I32') return { dtype, shape, data: Int32Array.from(numbers) };
    if (dtype === 'U8') return { dtype, shape, data: Uint8Array.from(numbers) };
    return { dtype: dtype as 'F16' | 'BF16', shape, data: Uint16Array.from(numbers) };
  });

test('round trip through a file, whole and one by one (property)', async () => {
  const names = fc.string({ minLength: 1 }).filter((s) => s !== '__metadata__' && s !== '__proto__');
  const files = fc.dictionary(names, tensor, { noNullPrototype: true });
  await fc.assert(
    fc.asyncProperty(files, async (tensors) => {
      const file = path();
      await writeSafetensors(file, tensors, { by: 'test' });
      const back = await readSafetensors(file);
      expect(Object.fromEntries(back.tensors)).toEqual(tensors);
      expect(back.metadata).toEqual({ by: 'test' });
      expect(parseSafetensors(readFileSync(file)).tensors).toEqual(back.tensors);
    }),
    { numRuns: 60 },
  );
});

test('a file cut at any byte is refused with its name', async () => {
  const bytes = byHand(handHeader, handData);
  for (let cut = 0; cut < bytes.length; cut++) {
    expect(() => parseSafetensors(bytes.slice(0, cut), 'cut.safetensors')).toThrow('not a readable safetensors file');
  }
  const file = path();
  writeFileSync(file, bytes);
  truncateSync(file, bytes.length - 3);
  await expect(readSafetensors(file)).rejects.toMatchObject({ code: 'safetensors', facts: { file, tensor: 'i' } });
});

test.each([
  ['{"w":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}', '8 bytes where shape [3] needs 12'],
  ['{"w":{"dtype":"F8","shape":[8],"data_offsets":[0,8]}}', 'dtype F8 is not supported'],
  ['{"w":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}', 'not a list of sizes'],
  ['{"w":{"dtype":"F32","shape":[2],"data_offsets":[8]}}', 'no data_offsets'],
  ['{"w":null}', 'dtype undefined'],
  ['{"w"', 'not JSON'],
])('header %s is refused', (header, message) => {
  expect(() => parseSafetensors(byHand(header, handData.slice(0, 8)), 'bad.safetensors')).toThrow(message);
});

test('unknown tensors, misfits and conversions', async () => {
  const file = path();
  const half = fromFloat32(Float32Array.of(1.5, -2), [2], 'F16');
  await writeSafetensors(file, new Map([['half', half]]));
  const reader = await openSafetensors(file);
  await expect(reader.read('whole')).rejects.toMatchObject({ facts: { tensor: 'whole' } });
  expect(reader.shape('half')).toEqual([2]);
  expect([...toFloat32(await reader.read('half'))]).toEqual([1.5, -2]);
  await reader.close();
  expect(() => encodeSafetensors({ x: { dtype: 'F32', shape: [3], data: Float32Array.of(1) } })).toThrow(
    'does not fit',
  );
  expect(() => toFloat32({ dtype: 'U8', shape: [1], data: Uint8Array.of(1) })).toThrow('floating-point');
});

describe('pieces', () => {
  const rows = 3000;
  const width = 1001; // of bf16: a piece holds 2,095 rows
  const values = Uint16Array.from({ length: rows * width }, (_, i) => i % 65521);
  const file = async () => {
    const name = path();
    await writeSafetensors(name, {
      big: { dtype: 'BF16', shape: [rows, width], data: values },
      none: { dtype: 'F32', shape: [0, 4], data: new Float32Array(0) },
      one: { dtype: 'F32', shape: [], data: Float32Array.of(7) },
    });
    return name;
  };

  test('are whole rows in order, in memory that is used again', async () => {
    const reader = await openSafetensors(await file());
    const [sizes, memory] = [[] as number[], new Set<ArrayBufferLike>()];
    const got = new Uint16Array(values.length);
    let at = 0;
    await reader.pieces('big', ({ dtype, data }) => {
      expect(dtype).toBe('BF16');
      sizes.push(data.length / width);
      memory.add(data.buffer);
      got.set(data as Uint16Array, at);
      at += data.length;
    });
    expect(sizes).toEqual([2095, 905]);
    expect(Buffer.compare(Buffer.from(got.buffer), Buffer.from(values.buffer))).toBe(0);
    expect(memory.size).toBe(2);
    const seen: unknown[] = [];
    for (const name of ['none', 'one']) await reader.pieces(name, ({ data }) => seen.push(...data));
    expect(seen).toEqual([7]);
    await reader.close();
  });

  test('stop where one is not taken, and the file can be read on', async () => {
    const reader = await openSafetensors(await file());
    const stop = reader.pieces('big', () => {
      throw new Error('enough');
    });
    await expect(stop).rejects.toThrow('enough');
    expect((await reader.read('one')).data).toEqual(Float32Array.of(7));
    await reader.close();
  });
});
