// `videorft eval` on releases whose videos are in zips: rows like those of unpacked videos, frames that are kept make unpacking again needless, and a
// folder for unpacked files that is full of garbage does no harm.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rowsOf, runCli } from '../../test/support/cli-world.ts';
import { startEvalEndpoint } from '../../test/support/eval-endpoint.ts';
import { zipRelease } from '../../test/support/zipped-release.ts';
import { setLogLevel } from '../base/log.ts';
import type { EvaluatedRow } from '../evaluate/index.ts';

const fixtures = join(import.meta.dirname, '../../test/fixtures/benchmarks');
let dir: string;
beforeAll(() => {
  setLogLevel('silent');
  dir = mkdtempSync(join(tmpdir(), 'videorft-eval-zips-'));
});
afterAll(() => {
  setLogLevel('info');
  rmSync(dir, { recursive: true, force: true });
});

const rowsBut = (file: string) => rowsOf<EvaluatedRow>(file).map(({ seconds: _, ...row }) => row);

test.each(['mvbench', 'videomme'])('%s in zips: the same rows as unpacked, twice', async (name) => {
  await using server = await startEvalEndpoint();
  zipRelease(name, join(dir, name));
  const evaluate = (root: string, out: string, cache: string) =>
    runCli(
      ...['eval', '--benchmark', name, '--media-root', root, '--partial', '--subtitles', '--out', join(dir, out)],
      ...['--endpoint', server.baseURL, '--endpoint-model', 'm', '--frame-cache', join(dir, cache)],
      ...['--protocol', join(fixtures, '../protocol-4-frames.json')],
    );
  const zipped = `${name}-zipped`;
  mkdirSync(join(dir, zipped, 'unpacked'), { recursive: true });
  writeFileSync(join(dir, zipped, 'unpacked', '.left.tmp'), 'of a killed process');
  const outcomes = [
    await evaluate(join(fixtures, name), `${name}-plain.jsonl`, 'plain'),
    await evaluate(join(dir, name), `${name}-zip.jsonl`, zipped),
  ];
  expect(outcomes.map(({ status, err }) => [status, err])).toEqual([
    [0, ''],
    [0, ''],
  ]);
  const plain = rowsBut(join(dir, `${name}-plain.jsonl`));
  const byId = (rows: typeof plain) => rows.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  expect(plain.every(({ error }) => error === null)).toBe(true);
  expect(byId(rowsBut(join(dir, `${name}-zip.jsonl`)))).toEqual(byId(plain));

  // The frames are kept, so nothing is unpacked but folders of pictures, which are taken away again, and subtitles.
  rmSync(join(dir, zipped, 'unpacked'), { recursive: true });
  expect((await evaluate(join(dir, name), `${name}-again.jsonl`, zipped)).status).toBe(0);
  expect(byId(rowsBut(join(dir, `${name}-again.jsonl`)))).toEqual(byId(plain));
  const kept = readdirSync(join(dir, zipped, 'unpacked'));
  expect(kept.map((file) => file.replace(/^[0-9a-f]{64}/, ''))).toEqual(name === 'videomme' ? ['.srt'] : []);

  const report = await runCli('eval', 'report', join(dir, `${name}-zip.jsonl`), '--out', join(dir, `${name}.html`));
  expect([report.status, report.err]).toEqual([0, '']);
  expect(report.out).not.toContain('No frames');
});

test('a video larger than the folder may hold is an error of its questions, with the flag that helps', async () => {
  await using server = await startEvalEndpoint();
  zipRelease('mmvu', join(dir, 'mmvu'));
  const out = join(dir, 'mmvu.jsonl');
  const { status } = await runCli(
    ...['eval', '--benchmark', 'mmvu', '--media-root', join(dir, 'mmvu'), '--partial', '--out', out],
    ...['--endpoint', server.baseURL, '--endpoint-model', 'm', '--unpacked-gb', 0.000001],
    ...['--frame-cache-gb', 0, '--frame-cache', join(dir, 'small')],
  );
  expect(status).toBe(0);
  const errors = rowsOf<EvaluatedRow>(out).map(({ error }) => error);
  expect(errors).toEqual(
    errors.map(() => expect.stringMatching(/^archive-entry: .*videos\.zip, videos\/.*more than 1000/)),
  );
});
