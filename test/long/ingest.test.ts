// videorft ingest at the paper's size, 310,000 questions, with a heap of 192 MB; and killed again and again at seeded moments.
// Run: npx vitest run --project long test/long/ingest.test.ts
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { createRng } from '../../src/base/rng.ts';
import type { IngestReport } from '../../src/ingest/index.ts';
import { encodeVideo } from '../../src/media/encode.ts';
import { question } from '../support/ingest-run.ts';
import { movingSquare, scratchFolder } from '../support/media.ts';

const CLIPS = 40;
const QUESTIONS = 310_000;
const KILLS = 12;
const at = await scratchFolder();
const bin = join(import.meta.dirname, '../../src/cli/bin.ts');

beforeAll(async () => {
  mkdirSync(at('media'));
  for (let i = 0; i < CLIPS; i++) await encodeVideo(at(`media/${i}.mp4`), movingSquare(2 + i), { fps: 8 });
});

function start(data: string, out: string, heap: number) {
  const args = ['ingest', '--data', at(data), '--media-root', at('media'), '--out', at(out), '--held-out', '0.1'];
  return spawn(process.execPath, [`--max-old-space-size=${heap}`, bin, ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

async function finish(data: string, out: string, heap: number): Promise<IngestReport> {
  const child = start(data, out, heap);
  const [status] = await once(child, 'exit');
  expect(status).toBe(0);
  return JSON.parse(readFileSync(join(at(out), 'report.json'), 'utf8')) as IngestReport;
}

/** Every thousandth question is asked twice, every thousandth is no sample. */
function row(i: number): object {
  const padding = 'what happens in the video after the person has picked it up '.repeat(5);
  const asked = i % 1000 === 999 ? i - CLIPS : i;
  return question(i, `${i % CLIPS}.mp4`, {
    problem: `${asked}: ${padding}`,
    ...(i % 1000 === 500 ? { solution: '' } : {}),
  });
}

test('310,000 questions need little memory, and all of them end somewhere', async () => {
  const file = createWriteStream(at('many.jsonl'));
  for (let i = 0; i < QUESTIONS; i++) if (!file.write(`${JSON.stringify(row(i))}\n`)) await once(file, 'drain');
  file.end();
  await once(file, 'finish');
  const report = await finish('many.jsonl', 'many', 192);
  const thousandths = QUESTIONS / 1000;
  expect(report).toMatchObject({
    in: QUESTIONS,
    rejected: thousandths,
    duplicates: thousandths,
    kept: QUESTIONS - 2 * thousandths,
  });
  rmSync(at('many'), { recursive: true });
});

test('killed again and again: the set is the same to the byte', async () => {
  const rows = Array.from({ length: 20_000 }, (_, i) => `${JSON.stringify(row(i))}\n`);
  writeFileSync(at('some.jsonl'), rows.join(''));
  const began = performance.now();
  await finish('some.jsonl', 'whole', 512);
  const whole = performance.now() - began;
  const rng = createRng(7);
  for (let kill = 0; kill < KILLS; kill++) {
    const child = start('some.jsonl', 'killed', 512);
    await sleep(rng.uniform(0.1, 1) * whole);
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
  await finish('some.jsonl', 'killed', 512);
  for (const name of ['train.jsonl', 'heldout.jsonl', 'rejected.jsonl', 'report.json']) {
    expect(readFileSync(at(`killed/${name}`)).equals(readFileSync(at(`whole/${name}`))), name).toBe(true);
  }
  expect(existsSync(at('killed/pool.jsonl'))).toBe(false);
});
