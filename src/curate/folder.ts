// The output folder as one process's own: locked, cleared of what a killed one left half written, with the configuration in it. A run with a state
// of its own holds it throughout; workers that share a state and a folder take it in turn, to write.
import { join } from 'node:path';
import { removeTemporaries, writeFileAtomic } from '../base/atomic.ts';
import { dumpConfig } from '../base/config.ts';
import { VideorftError } from '../base/errors.ts';
import { statIfPresent } from '../base/if-present.ts';
import { sleep } from '../base/limit.ts';
import { log } from '../base/log.ts';
import { lockRun } from '../runs/lock.ts';
import { type CurateConfig, curateConfigSchema } from './config.ts';
import { shownState } from './state/postgres/address.ts';

const LOOK_MS = 250;

/** Throws 'run-locked' where another process has it. */
export async function inFolder<T>(config: CurateConfig, work: () => Promise<T>): Promise<T> {
  const unlock = lockRun(config.out);
  try {
    await removeTemporaries(config.out);
    if (await statIfPresent(join(config.out, 'stages'))) {
      log.warn(
        `${join(config.out, 'stages')} is from an earlier version: its answers are not read, and are asked again`,
      );
    }
    const recorded = { ...config, state: shownState(config.state) };
    await writeFileAtomic(join(config.out, 'config.yaml'), dumpConfig(recorded, curateConfigSchema));
    return await work();
  } finally {
    unlock();
  }
}

/** As `inFolder`, when whoever has it is through, if that takes no longer than `patienceMs`. */
export async function whenFree<T>(
  config: CurateConfig,
  { patienceMs, signal }: { readonly patienceMs: number; readonly signal?: AbortSignal },
  work: () => Promise<T>,
): Promise<T> {
  const until = Date.now() + patienceMs;
  for (;;) {
    let isOurs = false;
    try {
      return await inFolder(config, () => {
        isOurs = true;
        return work();
      });
    } catch (error) {
      const isTaken = error instanceof VideorftError && error.code === 'run-locked' && !isOurs;
      if (!isTaken || Date.now() > until) throw error;
    }
    await sleep(LOOK_MS, signal);
  }
}
