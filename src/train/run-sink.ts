// The run directory behind the loops: their sink, and where they go on after a crash. Keeps the last two checkpoints: the newest may
// be the one that a crash cut short.
import type { Backend } from '../backends/port.ts';
import type { Run } from '../runs/index.ts';
import type { StartPoint, TrainSink } from './sink.ts';
import { readGuard } from './source.ts';

const KEEP = 2;

/**
 * Brings `backend` to the newest complete checkpoint, removes what was recorded beyond it, and returns where the loop goes on.
 * With startStep 0 and no checkpoint the backend is as it came: GRPO then sets its reference.
 */
export async function resumeTraining(run: Run, backend: Backend): Promise<StartPoint & { readonly fresh: boolean }> {
  const { checkpoint, step } = await run.resume();
  await dropOldCheckpoints(run);
  if (!checkpoint) return { startStep: step, fresh: true };
  await backend.load(checkpoint.dir, { optimizer: true });
  return { startStep: step, guard: await readGuard(checkpoint.dir), fresh: false };
}

/** What a crash between the last checkpoint and the removal of older ones left: also a run that is done has but the last two. */
export const dropOldCheckpoints = (run: Run): Promise<unknown> => run.checkpoints.prune(KEEP);

export function runSink(run: Run): TrainSink {
  return {
    metrics: (row) => run.metrics.append(row),
    rollouts: (step, rows) => run.rollouts.write(step, rows),
    async checkpoint(step, write) {
      await run.checkpoints.save(step, write);
      await dropOldCheckpoints(run);
    },
  };
}
