// Starts the expert server in a process of its own and hands back its address. The child holds the other end of a pipe from this
// process and ends when it closes: also when this process is killed.
import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { VideorftError } from '../../base/errors.ts';
import { type ServerOptionsInput, serverOptionsSchema } from './http/options.ts';

export interface ExpertServer {
  /** For the OpenAI-compatible protocol: "http://127.0.0.1:PORT/v1". */
  readonly baseURL: string;
  readonly pid: number;
  /** Ends the process and waits for it. */
  stop(): Promise<void>;
}

const startSeconds = 30;

const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once('exit', () => resolve());
  });

async function stop(child: ChildProcess): Promise<void> {
  child.ref();
  child.stdin?.end();
  const kill = setTimeout(() => child.kill('SIGKILL'), 3000);
  await ended(child);
  clearTimeout(kill);
}

function failure(why: string, stderr: string): VideorftError {
  return new VideorftError(`The expert server did not start: ${why}.`, {
    code: 'experts-start',
    facts: { stderr: stderr.trim().slice(-500) || undefined },
    fix: 'Run "node src/world/experts/main.ts" to see what it says.',
  });
}

/** The first line of the child is its address. */
function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let stderr = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    const timer = setTimeout(() => reject(failure(`no address within ${startSeconds} s`, stderr)), startSeconds * 1000);
    const settle = (then: () => void) => {
      clearTimeout(timer);
      then();
    };
    child.once('error', (error) => settle(() => reject(failure(error.message, stderr))));
    child.once('exit', (code) => settle(() => reject(failure(`it ended with code ${code}`, stderr))));
    if (child.stdout === null) return;
    createInterface({ input: child.stdout }).once('line', (line) =>
      settle(() => resolve((JSON.parse(line) as { baseURL: string }).baseURL)),
    );
  });
}

/** A forgotten server does not keep this process alive; it ends with it. */
function release(child: ChildProcess): void {
  child.unref();
  for (const stream of [child.stdin, child.stdout, child.stderr]) if (stream instanceof Socket) stream.unref();
}

/**
 * Starts the server as a child process with the same Node. Options as in http/options.ts; unknown ones are refused here.
 * Throws `experts-start` with what the child said.
 */
export async function startExpertServer(options: ServerOptionsInput = {}): Promise<ExpertServer> {
  const checked = serverOptionsSchema.parse(options);
  const main = new URL(import.meta.url.endsWith('.ts') ? './main.ts' : './main.js', import.meta.url);
  const child = spawn(process.execPath, [fileURLToPath(main), JSON.stringify(checked)], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  try {
    const baseURL = await addressOf(child);
    release(child);
    return { baseURL, pid: child.pid ?? 0, stop: () => stop(child) };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}
