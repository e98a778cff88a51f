// What a number was measured on: cores, processor, memory, load, versions.
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';

export interface Machine {
  readonly cores: number;
  readonly cpu: string;
  readonly memoryGB: number;
  readonly system: string;
  /** Processes that wanted to run during the minute before the bench started. */
  readonly loadBefore: number;
  readonly threads: number;
  readonly versions: Readonly<Record<string, string>>;
}

/** `versions`: of both sides' libraries. */
export function machineFacts(threads: number, versions: Readonly<Record<string, string>>, loadBefore: number): Machine {
  return {
    cores: availableParallelism(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    memoryGB: Math.round(totalmem() / 1e9),
    system: `${type()} ${release()}`,
    loadBefore,
    threads,
    versions: { node: process.versions.node, ...versions },
  };
}

export const loadNow = (): number => Math.round(loadavg()[0] * 100) / 100;

/** Two lines for the head of the table, and a third where other programs were running. */
export function describeMachine(m: Machine): string {
  const versions = Object.entries(m.versions).map(([name, version]) => `${name} ${version}`);
  const lines = [
    `${m.cpu}, ${m.cores} cores, ${m.memoryGB} GB, ${m.system}; ${m.threads} threads on both sides`,
    versions.join(', '),
  ];
  if (m.loadBefore > 0.3)
    lines.push(`load ${m.loadBefore} before the start: other programs ran, do not trust these times`);
  return lines.join('\n');
}
