// Processes of a bench that are no long-lived child (child.ts): an endpoint that prints its address and ends with its standard input, and a program whose
// last line is its result.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { VideorftError } from '../../src/base/errors.ts';

export interface RunningEndpoint extends Disposable {
  /** Up to and including /v1. */
  readonly baseURL: string;
}

/** Starts an endpoint.ts: node SCRIPT LATENCY_MS. */
export async function startEndpoint(script: string, latencyMs: number): Promise<RunningEndpoint> {
  const child = spawn(process.execPath, [script, String(latencyMs)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [baseURL] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { baseURL, [Symbol.dispose]: () => void child.stdin.end() };
}

/** The last line that a program prints, as JSON. Throws 'bench-child' where it ends with another status than 0. */
export async function lastLine<T>(program: string, args: readonly string[]): Promise<T> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += String(chunk);
  });
  const [code] = await once(child, 'close');
  if (code === 0) return JSON.parse(text.trim().split('\n').at(-1) ?? '') as T;
  throw new VideorftError(`${args[0]} ended with status ${code}`, { code: 'bench-child', facts: { program } });
}
