// A review of 310,000 samples in little memory, and one that is killed while it stores decisions.
// Run: npx vitest run --project long test/long/review-scale.test.ts
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createRng } from '../../src/base/rng.ts';
import { readHistory } from '../../src/curate/review/index.ts';
import type { Page } from '../../src/studio/api.ts';
import { startAddressed } from '../support/serve-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'videorft-review-scale-'));
const at = (name: string) => join(folder, name);
const ROWS = 310_000;

async function writeRows(file: string): Promise<void> {
  const out = createWriteStream(file);
  for (let i = 0; i < ROWS; i++) {
    const row = {
      problem_id: i,
      problem: `Which way does object ${i} move?`,
      data_type: 'video',
      problem_type: i % 2 ? 'numerical' : 'free-form',
      process: `<think>It goes ${i === ROWS - 2 ? 'backwards' : 'on'} in picture ${i % 7}.</think>`,
      solution: '<answer>1</answer>',
      path: `clips/${i % 500}.mp4`,
      data_source: `source ${i % 11}`,
    };
    if (!out.write(`${JSON.stringify(row)}\n`)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
}

test('310,000 samples under 64 MB of JavaScript: pages, filters, a search to the end, a decision, and all of it applied', async () => {
  await writeRows(at('set.jsonl'));
  process.env.NODE_OPTIONS = '--max-old-space-size=64';
  const studio = await startAddressed('review', at('set.jsonl'));
  const ask = async <T>(path: string, init?: RequestInit) =>
    (await (await fetch(`${studio.baseURL}api/review${path}`, init)).json()) as T;
  const last = await ask<Page>('/samples?type=numerical&source=source%203&limit=2&after=309900');
  const inBoth = Array.from({ length: 100 }, (_, i) => 309_900 + i).filter((i) => i % 2 === 1 && i % 11 === 3);
  expect(last.rows.map(({ id }) => Number(id))).toEqual(inBoth.slice(0, 2));
  let found: Page = { rows: [], next: 0 };
  while (found.rows.length === 0 && found.next !== undefined)
    found = await ask(`/samples?q=GOES%20BACKWARDS&after=${found.next}`);
  expect(found.rows.map(({ id }) => Number(id))).toEqual([ROWS - 2]);
  const body = JSON.stringify({ decision: { verdict: 'discard' } });
  await ask(`/samples/${found.rows[0].n}/decision`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body,
  });
  await ask('/apply', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' });
  expect(await studio.end()).toBe(0);
  delete process.env.NODE_OPTIONS;
  expect(JSON.parse(readFileSync(at('set.review/counts.json'), 'utf8'))).toMatchObject({
    in: ROWS,
    kept: ROWS - 1,
    rejected: 1,
    rl: ROWS - 1,
    reviewer: { discard: { kept: 1 } },
  });
});

test('killed eight times with -9 while it stores: every decision that was said to be stored is there, and none twice', async () => {
  const rng = createRng(7);
  const told = new Set<number>();
  for (let kill = 0; kill < 8; kill++) {
    const child = spawn(process.execPath, [
      join(import.meta.dirname, '../support/review-child.ts'),
      at('killed'),
      String(kill * 100_000),
    ]);
    let text = '';
    child.stdout.on('data', (data: Buffer) => {
      text += data.toString();
    });
    await once(child.stdout, 'data');
    await setTimeout(rng.next() * 120);
    child.kill('SIGKILL');
    await once(child, 'close');
    // What came before the last end of a line was written whole.
    for (const line of text.split('\n').slice(0, -1)) told.add(Number(line));
    const { decided, length } = await readHistory(at('killed'));
    const stored = new Set([...decided.values()].map(({ problem_id }) => problem_id));
    expect([...told].filter((n) => !stored.has(n))).toEqual([]);
    expect(decided.size).toBe(length);
  }
  expect(told.size).toBeGreaterThan(8);
});
