// `videorft eval` killed ten times at seeded moments, told by what it has stored: its rows and its scores are those of a run that nothing happened to, at temperature 1, where
// any other batch or random number would show. Run: npx vitest run --project long test/long/eval-kills.test.ts
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createRng } from '../../src/base/rng.ts';
import type { EvaluatedRow } from '../../src/evaluate/index.ts';
import { rowsOf } from '../support/cli-world.ts';

const dir = mkdtempSync(join(tmpdir(), 'videorft-eval-kills-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const stored = (out: string): number => {
  const file = join(dir, out);
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0;
};

/** Runs the program, and kills it at a moment: as soon as `isNow` says so. Whether it was killed. */
const videorft = (args: readonly (string | number)[], isNow: () => boolean = () => false) =>
  new Promise<boolean>((resolve, reject) => {
    const bin = join(import.meta.dirname, '../../src/cli/bin.ts');
    const child = spawn(process.execPath, [bin, ...args.map(String)], {
      cwd: dir,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let err = '';
    child.stderr?.on('data', (data: Buffer) => {
      err += data.toString();
    });
    const timer = setInterval(() => isNow() && child.kill('SIGKILL'), 2);
    child.once('error', reject).once('close', (status, signal) => {
      clearInterval(timer);
      if (signal !== 'SIGKILL' && status !== 0) reject(new Error(err));
      else resolve(signal === 'SIGKILL');
    });
  });

const evaluation = (out: string) => [
  ...['eval', '--data', 'world/heldout.jsonl', '--media-root', 'world', '--out', out, '--max-tokens', 48],
  ...['--temperature', 1, '--top-p', 1, '--engine.max-decode-rows', 4],
];
const rows = (out: string) => rowsOf<EvaluatedRow>(join(dir, out)).map((row) => ({ ...row, seconds: null }));
const byId = (list: ReturnType<typeof rows>) => Object.fromEntries(list.map((row) => [row.id, row]));

test('ten kills', async () => {
  await videorft(['world', '--out', 'world', '--train', 0, '--held-out', 12, '--questions', 4]);
  await videorft(evaluation('whole.jsonl'));
  const rng = createRng(7);
  let [killed, inside] = [0, 0];
  for (let round = 0; killed < 10; round++) {
    expect(round).toBeLessThan(40);
    // After so many further rows; every fourth time as soon as the program's record is there, before any question is asked.
    const target = stored('killed.jsonl') + 1 + rng.int(3);
    const atRecord = round % 4 === 0 && stored('killed.jsonl') === 0;
    const isNow = atRecord ? () => existsSync(join(dir, 'killed.config.yaml')) : () => stored('killed.jsonl') >= target;
    if (await videorft(evaluation('killed.jsonl'), isNow)) {
      killed++;
      if (stored('killed.jsonl') > 0) inside++;
    } else {
      expect(byId(rows('killed.jsonl'))).toEqual(byId(rows('whole.jsonl')));
      for (const ending of ['jsonl', 'config.yaml', 'manifest.json', 'summary.json', 'setaside.jsonl'])
        rmSync(join(dir, `killed.${ending}`), { force: true });
    }
  }
  expect(inside).toBeGreaterThan(5);
  const summary = (name: string) => readFileSync(join(dir, `${name}.summary.json`), 'utf8');
  const finishAndCompare = async () => {
    await videorft(evaluation('killed.jsonl'));
    expect(rows('killed.jsonl')).toHaveLength(rows('whole.jsonl').length);
    expect(byId(rows('killed.jsonl'))).toEqual(byId(rows('whole.jsonl')));
    expect(summary('killed')).toBe(summary('whole'));
  };
  await finishAndCompare();
  // The moments that kills hardly ever hit: between two rows of a chunk of four, and inside a row.
  const lines = readFileSync(join(dir, 'whole.jsonl'), 'utf8').split('\n');
  writeFileSync(join(dir, 'killed.jsonl'), `${lines.slice(0, 21).join('\n')}\n${lines[21].slice(0, 99)}`);
  await finishAndCompare();
});
