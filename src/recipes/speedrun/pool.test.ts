// Pooling runs of several seeds: counts, names that repeat between runs, runs that are not finished.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeJsonl } from '../../base/jsonl.ts';
import { poolRuns } from './pool.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'videorft-pool-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A run whose model answers question q of clip ⌊q/2⌋ as `right(model, q)` says. Every run has the same clip names. */
async function makeRun(name: string, questions: number, right: (model: string, q: number) => boolean): Promise<string> {
  const dir = join(folder, name);
  await mkdir(join(dir, 'evaluation'), { recursive: true });
  for (const model of ['base', 'sft', 'rft']) {
    const rows = Array.from({ length: questions }, (_, q) => ({
      id: `held-out-${q}`,
      path: `clips/${Math.floor(q / 2)}.mp4`,
      strict: right(model, q) ? 1 : 0,
      error: null,
    }));
    await writeJsonl(join(dir, 'evaluation', `${model}-think.jsonl`), rows);
  }
  return dir;
}

test('runs add up: equal names of different seeds stay different questions, the gain is paired', async () => {
  const better = (model: string, q: number) => (model === 'rft' ? q % 4 !== 0 : q % 2 === 0);
  const a = await makeRun('a', 40, better);
  const b = await makeRun('b', 20, (model, q) => model !== 'base' && q % 2 === 0);
  const pooled = await poolRuns([a, b]);
  expect(pooled.n).toBe(60);
  const [base, sft, rft] = pooled.models;
  expect(base.runs.map((r) => r.estimate)).toEqual([0.5, 0]);
  expect(sft.pooled.estimate).toBeCloseTo(30 / 60, 12);
  expect(rft.pooled.estimate).toBeCloseTo(40 / 60, 12);
  expect(pooled.rftMinusSft.estimate).toBeCloseTo(10 / 60, 12);
  expect(pooled.rftMinusSft.low).toBeLessThan(10 / 60);
  expect(pooled.rftMinusSft.high).toBeGreaterThan(10 / 60);
});

test('a run that is not evaluated is named', async () => {
  const a = await makeRun('c', 4, () => true);
  await expect(poolRuns([a, join(folder, 'nowhere')])).rejects.toThrow();
  await writeJsonl(join(a, 'evaluation', 'rft-think.jsonl'), []);
  await expect(poolRuns([a])).rejects.toThrow(/no evaluation/);
});
