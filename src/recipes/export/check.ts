// Whether a trainer takes what was written: check.py of the folder, run by the trainer's Python. Without that Python nothing is claimed.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { VideorftError } from '../../base/errors.ts';
import { isFile } from '../../base/if-present.ts';
import type { Exported } from './export.ts';

export interface Checked {
  readonly status: 'passed' | 'failed' | 'not checked';
  readonly lines: readonly string[];
}

/** VIDEORFT_MS_SWIFT_PYTHON for ms-swift. */
const variableOf = (name: string): string => `VIDEORFT_${name.toUpperCase().replaceAll('-', '_')}_PYTHON`;

async function run(
  python: string,
  out: string,
  signal?: AbortSignal,
): Promise<{ status: number | null; output: string }> {
  const child = spawn(python, [join(out, 'check.py')], { stdio: ['ignore', 'pipe', 'pipe'], signal });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += String(data)));
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return { status, output };
}

/** Throws 'export-python' where the Python that was named is not there. */
export async function checkLaunch({ out, engine }: Exported, named?: string, signal?: AbortSignal): Promise<Checked> {
  const variable = variableOf(engine.name);
  const python = named ?? process.env[variable];
  if (python === undefined) {
    const how = `--python PATH or ${variable}=PATH, or on the cluster: python check.py`;
    return { status: 'not checked', lines: [`not checked with ${engine.title}: ${how}`] };
  }
  if (!(await isFile(python)))
    throw new VideorftError('there is no such Python', {
      code: 'export-python',
      facts: { python },
      fix: `name the interpreter of the environment that ${engine.title} is installed in`,
    });
  const { status, output } = await run(python, out, signal);
  const told = output.split('\n').filter((line) => /^(ok|note|failed): /.test(line));
  if (status === 0) return { status: 'passed', lines: told };
  return {
    status: 'failed',
    lines: told.some((line) => line.startsWith('failed')) ? told : [...told, output.slice(-2000)],
  };
}
