// `videorft eval` in trouble: a twentieth of all requests fails at random, one video in fifty is corrupt. Every other row is what it is without.
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { setLogLevel } from '../src/base/log.ts';
import type { EvaluatedRow } from '../src/evaluate/index.ts';
import { makeWorld } from '../src/world/index.ts';
import { rowsOf, runCli } from './support/cli-world.ts';
import { type EvalEndpoint, startEvalEndpoint } from './support/eval-endpoint.ts';

const dir = mkdtempSync(join(tmpdir(), 'videorft-eval-faults-'));
const CLIPS = 50;
beforeAll(async () => {
  setLogLevel('silent');
  const { train } = await makeWorld(join(dir, 'world'), { seed: 4, train: CLIPS, heldOut: 0, questionsPerScene: 3 });
  writeFileSync(join(dir, 'questions.jsonl'), train.map((row) => `${JSON.stringify(row)}\n`).join(''));
});
afterAll(() => {
  setLogLevel('info');
  rmSync(dir, { recursive: true, force: true });
});

const evaluate = (server: EvalEndpoint, out: string) =>
  runCli(
    ...['eval', '--data', join(dir, 'questions.jsonl'), '--media-root', join(dir, 'world'), '--protocol', 'micro'],
    ...['--endpoint', server.baseURL, '--endpoint-model', 'tested', '--out', join(dir, `${out}.jsonl`)],
  );
const rows = (out: string) =>
  Object.fromEntries(
    rowsOf<EvaluatedRow>(join(dir, `${out}.jsonl`)).map(({ seconds: _, ...row }) => [row.id, row] as const),
  );

test('only the rows of the corrupt video differ, and they are errors', async () => {
  await using sound = await startEvalEndpoint();
  expect((await evaluate(sound, 'sound')).status).toBe(0);
  const before = rows('sound');
  // The first video, cut in the middle; where rows are pictures the first that is none.
  const path = Object.values(before).find((row) => row.path.endsWith('.mp4'))?.path ?? '';
  const file = join(dir, 'world', path);
  truncateSync(file, readFileSync(file).length >> 1);
  await using troubled = await startEvalEndpoint({ share: 0.05, seed: 8 });
  const { status, out } = await evaluate(troubled, 'troubled');
  expect(status).toBe(0);
  expect(troubled.troubled()).toBeGreaterThan(3);
  const after = rows('troubled');
  const bad = Object.values(after).filter((row) => row.path === path);
  expect(bad.length).toBeGreaterThan(0);
  for (const row of bad) expect([row.outcome, row.error]).toEqual(['error', expect.stringMatching(/^media-/)]);
  expect(out).toContain(`errors ${bad.length} `);
  const others = (all: typeof before) => Object.values(all).filter((row) => row.path !== path);
  expect(Object.fromEntries(others(after).map((row) => [row.id, row]))).toEqual(
    Object.fromEntries(others(before).map((row) => [row.id, row])),
  );
});
