// videorft/runs: the run directory, to write and to watch.
export type { Checkpoint, Checkpoints, IgnoredCheckpoint } from './checkpoints.ts';
export type { MetricRow, Metrics, MetricsCursor, MetricsUpdate, MetricValue } from './metrics.ts';
export type { RunRecord } from './record.ts';
export { type Rollouts, stepName } from './rollouts.ts';
export { openRun, type ResumePoint, type Run, type RunReader, readRun } from './run.ts';
