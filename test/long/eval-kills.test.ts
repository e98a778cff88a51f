// `videorft eval` killed ten times at seeded moments: its rows and its scores are those of a run that nothing happened to, at temperature 1, where
// any other batch or random number would show. Run: npx vitest run --project long test/long/eval-kills.test.ts
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createRng } from '../../src/base/rng.ts';
import type { EvaluatedRow } from '../../src/evaluate/index.ts';
import { rowsOf } from '../support/cli-world.ts';

const dir = mkdtempSync(join(tmpdir(), 'videorft-eval-kills-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Runs the program, and kills it after so many milliseconds where it has not ended; whether it was killed. */
const videorft = (args: readonly (string | number)[], killAfterMs?: number) =>
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
    const timer = killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    child.once('error', reject).once('close', (status, signal) => {
      clearTimeout(timer);
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
  const started = performance.now();
  await videorft(evaluation('whole.jsonl'));
  const whole = performance.now() - started;
  const rng = createRng(7);
  let [killed, inside] = [0, 0];
  // Moments over the time that a whole run takes here; a run that ends before its moment begins anew under another name.
  for (let round = 0; killed < 10; round++) {
    expect(round).toBeLessThan(60);
    if (await videorft(evaluation('killed.jsonl'), whole * (0.3 + 0.7 * rng.next()))) {
      killed++;
      const stored = rowsOf(join(dir, 'killed.jsonl')).length;
      if (stored > 0 && stored < rows('whole.jsonl').length) inside++;
    } else if (killed < 10) {
      expect(byId(rows('killed.jsonl'))).toEqual(byId(rows('whole.jsonl')));
      for (const ending of ['jsonl', 'config.yaml', 'manifest.json', 'summary.json', 'setaside.jsonl'])
        rmSync(join(dir, `killed.${ending}`), { force: true });
    }
  }
  await videorft(evaluation('killed.jsonl'));
  expect(inside).toBeGreaterThan(0);
  expect(rows('killed.jsonl')).toHaveLength(rows('whole.jsonl').length);
  expect(byId(rows('killed.jsonl'))).toEqual(byId(rows('whole.jsonl')));
  const summary = (name: string) => readFileSync(join(dir, `${name}.summary.json`), 'utf8');
  expect(summary('killed')).toBe(summary('whole'));
});
