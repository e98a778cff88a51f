// config.yaml of a run: the command, the resolved configuration and the versions it started with. A run goes on only
// under the configuration it began with. Leaves out: resolving configurations (base/config.ts).

import { parse, stringify } from 'yaml';
import { writeFileAtomic } from '../base/atomic.ts';
import { VideorftError } from '../base/errors.ts';
import { readTextIfPresent } from '../base/if-present.ts';

export interface RunRecord {
  /** What was started: 'grpo', 'speedrun'. */
  readonly command: string;
  readonly config: object;
  /** Of node, onnxruntime and this package at least. */
  readonly versions: Readonly<Record<string, string>>;
}

/** The record of a run directory, or undefined where none has been written. Throws code 'run-record' if unreadable. */
export async function readRecord(file: string): Promise<RunRecord | undefined> {
  const text = await readTextIfPresent(file);
  if (text === undefined) return undefined;
  try {
    const { command, config, versions } = parse(text) as RunRecord;
    return { command, config: config ?? {}, versions: versions ?? {} };
  } catch (cause) {
    throw new VideorftError('the record of this run cannot be read', { code: 'run-record', facts: { file }, cause });
  }
}

export async function writeRecord(file: string, { command, versions, config }: RunRecord): Promise<void> {
  await writeFileAtomic(file, stringify({ command, versions, config }, { lineWidth: 0 }));
}

/** Dotted keys whose values differ between two trees of plain data. */
export function differingKeys(a: unknown, b: unknown, path = ''): string[] {
  const isTree = (x: unknown): x is Record<string, unknown> => typeof x === 'object' && x !== null && !Array.isArray(x);
  if (!isTree(a) || !isTree(b)) return JSON.stringify(a) === JSON.stringify(b) ? [] : [path];
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return names.flatMap((name) => differingKeys(a[name], b[name], path ? `${path}.${name}` : name));
}

/** Throws code 'run-config-changed' unless `next` continues `first`; keys in `mayChange` are free to differ. */
export function assertSameConfig(dir: string, first: RunRecord, next: RunRecord, mayChange: readonly string[]): void {
  // Compared as they read back from YAML, so that absent and undefined are the same.
  const plain = parse(stringify({ command: next.command, config: next.config })) as RunRecord;
  const different = differingKeys(first.config, plain.config ?? {}).filter((key) => !mayChange.includes(key));
  if (first.command !== plain.command) different.unshift('command');
  if (different.length === 0) return;
  throw new VideorftError('this run was started with another configuration', {
    code: 'run-config-changed',
    facts: { run: dir, differs: different.join(', ') },
    fix: 'choose another run directory, delete this one, or go back to its config.yaml',
  });
}
