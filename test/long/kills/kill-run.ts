// Kills a run again and again with SIGKILL at random moments, lets it end, and compares with an uninterrupted one.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng } from '../../../src/base/rng.ts';

const child = join(import.meta.dirname, 'child.ts');

/** Starts the child; kills it `killAfterMs` after it is ready, if given. Resolves to whether it ended by itself. */
function start(dir: string, steps: number, killAfterMs?: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const running = spawn(process.execPath, [child, dir, String(steps)], { stdio: ['ignore', 'pipe', 'inherit'] });
    running.stdout.once('data', () => {
      if (killAfterMs !== undefined) setTimeout(() => running.kill('SIGKILL'), killAfterMs);
    });
    running.once('exit', (code, signal) => {
      if (code === 0 || signal === 'SIGKILL') resolve(code === 0);
      else reject(new Error(`the run ended with status ${code}`));
    });
  });
}

/** Names and hashes of all files below a run, the lock apart. */
function content(dir: string): Record<string, string> {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).filter((path) => !path.endsWith('run.lock'));
  const hash = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
  return Object.fromEntries(paths.sort().map((path) => [path.slice(dir.length), hash(path)]));
}

export interface KillOutcome {
  readonly killed: number;
  readonly interrupted: Record<string, string>;
  readonly uninterrupted: Record<string, string>;
}

/** A run of `steps` steps with `kills` kills, beside one without. */
export async function killRun(kills: number, steps: number, seed: number): Promise<KillOutcome> {
  const root = mkdtempSync(join(tmpdir(), 'kills-'));
  const rng = createRng(seed);
  const dir = join(root, 'interrupted');
  let killed = 0;
  while (killed < kills && !(await start(dir, steps, rng.int(60)))) killed++;
  await start(dir, steps);
  await start(join(root, 'uninterrupted'), steps);
  return { killed, interrupted: content(dir), uninterrupted: content(join(root, 'uninterrupted')) };
}
