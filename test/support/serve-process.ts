// `videorft serve`, or another command that prints an address, as a process of its own, as users start it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface ServeProcess {
  /** Of the server up to and including /v1, of the others the page or origin. */
  readonly baseURL: string;
  readonly name: string;
  readonly child: ChildProcess;
  /** What it has said on stderr so far. */
  readonly stderr: () => string;
  /** Sends the signal and waits for the end; resolves to the exit status. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Starts the program on a free port, unless one is named; resolves when it has printed its address. */
export const startServeProcess = (...args: readonly string[]): Promise<ServeProcess> =>
  startAddressed('serve', ...args);

/** The same for the command that is named first; 'serve' with 'rewards' behind it: the reward server. */
export async function startAddressed(command: string, ...args: readonly string[]): Promise<ServeProcess> {
  const bin = join(import.meta.dirname, '../../src/cli/bin.ts');
  const port = args.includes('--port') ? [] : ['--port', '0'];
  const child = spawn(process.execPath, [bin, command, ...args, ...port], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (data: Buffer) => {
    stderr += data.toString();
  });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const address = once(createInterface({ input: child.stdout }), 'line') as Promise<[string]>;
  const line = await Promise.race([address.then(([text]) => text), exited.then(() => undefined)]);
  const [, name, baseURL] = /^(.+): (http:\S+)$/.exec(line ?? '') ?? [];
  if (baseURL === undefined) throw new Error(`the server did not start: ${line ?? stderr}`);
  return {
    baseURL,
    name,
    child,
    stderr: () => stderr,
    async end(signal = 'SIGINT') {
      child.kill(signal);
      return (await exited)[0];
    },
  };
}
