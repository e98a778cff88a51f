// The Python environments of other projects, and running a script in one. An environment is made by `npm run peers -- NAME` (.peers/NAME), or
// named by VIDEORFT_NAME_PYTHON; where there is none, tests are skipped with that reason.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '../..');

export interface Peer {
  /** Path of its interpreter; undefined: it is absent. */
  readonly python: string | undefined;
  /** Why tests with it are skipped. */
  readonly reason: string;
}

export function peer(name: string): Peer {
  const variable = `VIDEORFT_${name.toUpperCase().replaceAll('-', '_')}_PYTHON`;
  const python = process.env[variable] ?? join(root, '.peers', name, 'bin/python');
  const reason = `there is no ${name}: npm run peers -- ${name}, or ${variable}=/path/to/python`;
  return { python: existsSync(python) ? python : undefined, reason };
}

/** On a machine that does other work, threads that wait for each other wait for long. */
const calm = { OMP_NUM_THREADS: '1', MKL_NUM_THREADS: '1' };

export interface PeerRun {
  /** What follows "RESULT " on its standard output, parsed. */
  readonly result: unknown;
  readonly output: string;
}

/** Runs a program of the environment ('python', 'swift'); throws with its output where it fails. */
export async function runPeer(
  { python }: Peer,
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<PeerRun> {
  const child = spawn(join(dirname(python ?? ''), program), args, {
    cwd: import.meta.dirname,
    env: {
      ...process.env,
      CUDA_VISIBLE_DEVICES: '',
      HF_HUB_OFFLINE: '1',
      PYTHONDONTWRITEBYTECODE: '1',
      ...calm,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += String(data)));
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (status !== 0) throw new Error(`${program} ended with status ${status}:\n${output.slice(-4000)}`);
  const line = /^RESULT (.*)$/m.exec(output)?.[1];
  return { result: line === undefined ? undefined : JSON.parse(line), output };
}
