// A model that does not fit is refused before its weights are read, with the arithmetic. (What is loaded: test/parity.)
import { afterEach, expect, test, vi } from 'vitest';
import { VideorftError } from '../base/errors.ts';
import { loadVideoLanguageModel } from './load.ts';
import type { WeightType } from './size.ts';

const micro = new URL('../../assets/micro-base', import.meta.url).pathname;

afterEach(() => vi.restoreAllMocks());

async function refusal(free: number, dtype?: WeightType): Promise<VideorftError | undefined> {
  vi.spyOn(process, 'availableMemory').mockReturnValue(free);
  return loadVideoLanguageModel(micro, { dtype }).then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof VideorftError) return error;
      throw error;
    },
  );
}

test('weights larger than the free memory are refused with both numbers and what would help', async () => {
  const whole = await refusal(1e6);
  expect(whole?.message).toMatch(
    /^the weights take 0\.0 GB \(0\.00e9 weights × 4 bytes\), and 0\.0 GB of memory are free$/,
  );
  expect([whole?.code, whole?.fix]).toEqual(['model-memory', expect.stringContaining('a machine with more')]);
  expect((await refusal(2.8e6 * 3))?.fix).toMatch(/^hold them as f16 \(dtype f16: 0\.0 GB\)/);
  expect((await refusal(1e6, 'f16'))?.message).toMatch(/e9 weights × 4 bytes \+ \d\.\d\de9 × 2\)/);
  expect((await refusal(1e5, 'int4'))?.message).toMatch(/× 4 bytes \+ .*× 0\.625 \+ .*× 1\.125 \+ .*× 2\)/);
});

test('as f16 a model opens where it would not as f32', async () => {
  const parameters = 2.8e6;
  expect(await refusal(3 * parameters)).toBeDefined();
  expect(await refusal(3 * parameters, 'f16')).toBeUndefined();
});
