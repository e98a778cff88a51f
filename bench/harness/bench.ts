// What run.ts knows of a bench.
import type { Machine } from './machine.ts';
import type { TableRow } from './rows.ts';

export interface BenchResult {
  readonly machine: Machine;
  readonly rows: readonly TableRow[];
}
