// Kills SFT and GRPO runs on the engine with SIGKILL at random moments, lets each end, and compares with one that nothing happened to.
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng } from '../../../src/base/rng.ts';
import { type Kind, runContent } from '../../support/train-run.ts';

const child = join(import.meta.dirname, '../../support/train-run.ts');
/** Steps before the first checkpoint but the one at the start (`saveEvery` of the child). */
const FIRST_CHECKPOINT = 2;
const folder = () => mkdtempSync(join(tmpdir(), 'train-crash-'));

/** Kills so many milliseconds after so many steps of this process; 0 steps: after it is ready. */
interface Kill {
  readonly steps: number;
  readonly ms: number;
}

/** Runs the child, and kills it, if told. Resolves to whether it ended by itself, and when. */
function start(kind: Kind, dir: string, kill?: Kill): Promise<{ ended: boolean; ms: number }> {
  return new Promise((resolve, reject) => {
    const running = spawn(process.execPath, [child, kind, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
    let ready = 0;
    let steps = -1;
    running.stdout.on('data', (lines: Buffer) => {
      ready ||= performance.now();
      for (const _ of String(lines).trim().split('\n'))
        if (++steps === kill?.steps) setTimeout(() => running.kill('SIGKILL'), kill.ms);
    });
    running.once('error', reject);
    running.once('exit', (code, signal) => {
      if (code === 0 || signal === 'SIGKILL') resolve({ ended: code === 0, ms: performance.now() - ready });
      else reject(new Error(`the run ended with status ${code}`));
    });
  });
}

export interface Killed {
  readonly kills: number;
  /** Kills after which a checkpoint could be resumed from. */
  readonly resumable: number;
  /** Newest checkpoints at the kills. */
  readonly resumedAt: ReadonlySet<number>;
  /** Files of each run that was killed and ended, and of one that was not: name → hash. */
  readonly interrupted: readonly Record<string, string>[];
  readonly uninterrupted: Record<string, string>;
}

/** Kills runs `count` times in all; a run that gets to its end is kept, and another one started, until that many kills are done. */
export async function killTraining(kind: Kind, count: number, seed: number): Promise<Killed> {
  const plain = folder();
  const { ms } = await start(kind, plain);
  const rng = createRng(seed);
  let [kills, resumable] = [0, 0];
  const resumedAt = new Set<number>();
  const interrupted: Record<string, string>[] = [];
  while (kills < count) {
    const dir = folder();
    for (;;) {
      // Every other kill waits for a step after the first checkpoint: on a fast machine most of the time goes before it.
      const soon: Kill = { steps: 0, ms: rng.uniform(0.1, 1) * ms };
      const late: Kill = { steps: FIRST_CHECKPOINT + 1, ms: rng.uniform(0, 30) };
      const { ended } = await start(kind, dir, kills < count ? (kills % 2 ? soon : late) : undefined);
      if (ended) break;
      kills++;
      const steps = Object.keys(runContent(dir)).flatMap((p) => /step-(\d+)\/complete\.json$/i.exec(p)?.[1] ?? []);
      const newest = Math.max(0, ...steps.map(Number));
      resumedAt.add(newest);
      if (newest > 0) resumable++;
    }
    interrupted.push(runContent(dir));
  }
  return { kills, resumable, resumedAt, interrupted, uninterrupted: runContent(plain) };
}
