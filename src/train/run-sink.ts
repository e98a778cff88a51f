// The run directory as the loops' sink. Keeps the last two checkpoints: the newest may be the one that a crash cut short.
import type { Run } from '../runs/index.ts';
import type { TrainSink } from './sink.ts';

const KEEP = 2;

export function runSink(run: Run): TrainSink {
  return {
    metrics: (row) => run.metrics.append(row),
    rollouts: (step, rows) => run.rollouts.write(step, rows),
    async checkpoint(step, write) {
      await run.checkpoints.save(step, write);
      await run.checkpoints.prune(KEEP);
    },
  };
}
