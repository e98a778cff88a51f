// Passes of many requests: who shares one, that each gets its own rows back, and that one request's failure is not another's.
import { expect, test } from 'vitest';
import { colourEmbedder, flatClip } from '../../rewards/fake-embedder.ts';
import { BatchingEmbedder } from './batching.ts';

const red = (n: number) => flatClip(...Array.from({ length: n }, (_, i) => [255 - i, i, 7 * i] as const)).frames;

test('requests that come together go through together, 32 rows at a time, and get back what is theirs', async () => {
  const inner = colourEmbedder();
  const batching = new BatchingEmbedder(inner);
  const [a, b, c] = [red(20), red(30).slice(5), red(9)];
  const got = await Promise.all([a, b, c].map((frames) => batching.embedFrames(frames)));
  expect(inner.frameCalls).toEqual([32, 22]);
  for (const [i, frames] of [a, b, c].entries()) expect(got[i]).toEqual(await colourEmbedder().embedFrames(frames));
  expect(batching.frames).toEqual({ passes: 2, rows: 54, shared: 2 });
});

test('texts of different lengths are not mixed; nothing is asked of nothing', async () => {
  const inner = colourEmbedder();
  const batching = new BatchingEmbedder(inner);
  const asked = [
    batching.embedTexts(['red'], 64),
    batching.embedTexts(['blue'], 8),
    batching.embedTexts(['green'], 64),
  ];
  expect(await batching.embedTexts([], 64)).toEqual([]);
  const got = await Promise.all(asked);
  expect(inner.textCalls).toEqual([
    { texts: ['red', 'green'], maxTokens: 64 },
    { texts: ['blue'], maxTokens: 8 },
  ]);
  expect(got.flat()).toEqual(await colourEmbedder().embedTexts(['red', 'blue', 'green'], 64));
});

test('rows that cannot be embedded fail their own request alone, and what comes later is served', async () => {
  const inner = colourEmbedder();
  const tried: number[] = [];
  const batching = new BatchingEmbedder({
    ...inner,
    embedFrames: async (frames) => {
      tried.push(frames.length);
      if (frames.some(({ width }) => width === 1)) throw new Error('too small');
      return inner.embedFrames(frames);
    },
  });
  const bad = [...red(40), { width: 1, height: 1, data: new Uint8Array(3), time: 0 }];
  const ends = await Promise.allSettled([
    batching.embedFrames(red(3)),
    batching.embedFrames(bad),
    batching.embedFrames(red(4)),
  ]);
  expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  // 32 rows with 3 of another's, then 12 with 4 of another's, which fail together: the 12 fail alone too, the 4 do not.
  expect(tried).toEqual([32, 16, 12, 4]);
  expect(await batching.embedFrames(red(2))).toHaveLength(2);
  tried.length = 0;
  await expect(batching.embedFrames(bad.slice(-9))).rejects.toThrow('too small');
  await expect(batching.embedFrames([...bad.slice(-1), ...red(40)])).rejects.toThrow('too small');
  expect(tried).toEqual([9, 32]);
});
