// videorft analyze on more text than its heap could hold: 40,000 chains, 80 MB, in 64 MB. And Ctrl-C ends it at once, without files.
// Run: npx vitest run --project long test/long/analyze.test.ts
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { Analysis } from '../../src/analyze/index.ts';
import { scratchFolder } from '../support/media.ts';

const CHAINS = 40_000;
const at = await scratchFolder();
const bin = join(import.meta.dirname, '../../src/cli/bin.ts');

/** Long words, so that there is much text and little to count; every hundredth chain is said twice. */
function row(i: number): object {
  const said = i % 100 === 99 ? i - 1 : i;
  const words = Array.from({ length: 40 }, (_, k) => `word-${(said * 31 + k * k) % 40009}`.padEnd(46, 'abcdefgh'));
  return { problem: `What happens in ${i}?`, process: `<think>${words.join(' ')}</think>`, path: `${i}.mp4` };
}

beforeAll(async () => {
  const file = createWriteStream(at('many.jsonl'));
  for (let i = 0; i < CHAINS; i++) if (!file.write(`${JSON.stringify(row(i))}\n`)) await once(file, 'drain');
  file.end();
  await once(file, 'finish');
});

const start = (out: string) =>
  spawn(process.execPath, ['--max-old-space-size=64', bin, 'analyze', at('many.jsonl'), '--out', at(out)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });

test('more text than memory, and every chain is counted', async () => {
  expect(statSync(at('many.jsonl')).size).toBeGreaterThan(75e6);
  const child = start('whole');
  child.stderr.resume();
  expect(await once(child, 'exit')).toEqual([0, null]);
  const { sets } = JSON.parse(readFileSync(join(at('whole'), 'analysis.json'), 'utf8')) as Analysis;
  expect(sets[0]).toMatchObject({
    entries: CHAINS,
    chains: { total: CHAINS, distinct: CHAINS - CHAINS / 100 },
    near: { compared: CHAINS },
    reasoningWords: { summary: { n: CHAINS } },
  });
  expect(sets[0].near!.redundant).toBeGreaterThanOrEqual(CHAINS / 100);
});

test('Ctrl-C: status 130, no half-written page', async () => {
  const child = start('stopped');
  await once(child.stderr, 'data');
  child.kill('SIGINT');
  child.stderr.resume();
  expect(await once(child, 'exit')).toEqual([130, null]);
  expect(existsSync(join(at('stopped'), 'analysis.html'))).toBe(false);
});
