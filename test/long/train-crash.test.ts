// Twenty kill -9 at random moments over SFT and GRPO runs on the engine: each run ends with the same files, byte for byte, as one that
// nothing happened to. Run: npx vitest run --project long test/long/train-crash.test.ts
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createRng } from '../../src/base/rng.ts';
import { type Kind, runContent } from '../support/train-run.ts';

const child = join(import.meta.dirname, '../support/train-run.ts');
const folder = () => mkdtempSync(join(tmpdir(), 'train-crash-'));

/** Runs the child; kills it so many milliseconds after it is ready, if given. Resolves to whether it ended by itself, and when. */
function start(kind: Kind, dir: string, killAfterMs?: number): Promise<{ ended: boolean; ms: number }> {
  return new Promise((resolve, reject) => {
    const running = spawn(process.execPath, [child, kind, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
    let ready = 0;
    running.stdout.once('data', () => {
      ready = performance.now();
      if (killAfterMs !== undefined) setTimeout(() => running.kill('SIGKILL'), killAfterMs);
    });
    running.once('error', reject);
    running.once('exit', (code, signal) => {
      if (code === 0 || signal === 'SIGKILL') resolve({ ended: code === 0, ms: performance.now() - ready });
      else reject(new Error(`the run ended with status ${code}`));
    });
  });
}

test.each<Kind>(['sft', 'grpo'])('%s: 10 kills', async (kind) => {
  const plain = folder();
  const { ms } = await start(kind, plain);
  const want = runContent(plain);
  const rng = createRng(kind === 'sft' ? 1 : 2);
  let [kills, late] = [0, 0];
  const resumedAt = new Set<number>();
  while (kills < 10) {
    const dir = folder();
    for (;;) {
      // A run that gets to its end is checked, and another one started, until ten have been killed.
      const { ended } = await start(kind, dir, kills < 10 ? rng.uniform(0.1, 1) * ms : undefined);
      if (ended) break;
      kills++;
      const steps = Object.keys(runContent(dir)).flatMap((p) => /step-(\d+)\/complete\.json$/i.exec(p)?.[1] ?? []);
      const newest = Math.max(0, ...steps.map(Number));
      resumedAt.add(newest);
      if (newest > 0) late++;
    }
    expect(runContent(dir)).toEqual(want);
  }
  expect(kills).toBe(10);
  // Some of the kills came after a checkpoint, so that resuming was tried from there.
  expect(late).toBeGreaterThan(0);
  console.log(`${kind}: ${kills} kills, newest checkpoints then: ${[...resumedAt].sort().join(', ')}`);
});
