// A long-lived process that answers requests, one JSON object a line over its standard streams: our side and the peer's alike, so that
// start-up is not measured and the memory of each can be read. Lines that are no reply are kept as messages. Linux only: peakMemory.
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { VideorftError } from '../../src/base/errors.ts';

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

interface Reply {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

const KEPT_MESSAGES = 30;

export class Child {
  readonly name: string;
  private readonly child: ChildProcess;
  private readonly waiting = new Map<number, Waiting>();
  private readonly messages: string[] = [];
  private readonly ended: Promise<void>;
  private next = 0;
  private gone = false;

  constructor(name: string, command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.name = name;
    this.child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    createInterface({ input: this.child.stdout! }).on('line', (line) => this.receive(line));
    createInterface({ input: this.child.stderr! }).on('line', (line) => this.note(line));
    this.child.stdin!.on('error', () => {}); // the exit that caused it is reported
    this.ended = new Promise((resolve) => {
      this.child.on('error', (error) => this.end(error.message, resolve));
      this.child.on('close', (status, signal) => this.end(`it ended with ${signal ?? `status ${status}`}`, resolve));
    });
  }

  /** Sends one request and waits for its reply. Throws 'bench-child' when the process fails or answers with an error. */
  call<T>(verb: string, args: object = {}): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.gone) return reject(this.failure('it has ended'));
      const id = this.next++;
      this.waiting.set(id, { resolve: resolve as (result: unknown) => void, reject });
      this.child.stdin!.write(`${JSON.stringify({ id, verb, args })}\n`);
    });
  }

  /** The largest resident memory so far, in MB (VmHWM); undefined where the system does not tell. */
  peakMemory(): number | undefined {
    try {
      const kib = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${this.child.pid}/status`, 'utf8'))?.[1];
      return kib === undefined ? undefined : (Number(kib) * 1024) / 1e6;
    } catch {
      return undefined;
    }
  }

  /** Closes its input, on which it ends by itself; after ten seconds it is killed. */
  async close(): Promise<void> {
    this.child.stdin!.end();
    const timer = setTimeout(() => this.child.kill('SIGKILL'), 10_000);
    await this.ended;
    clearTimeout(timer);
  }

  private receive(line: string): void {
    if (!line.startsWith('{"id":')) {
      this.note(line);
      return;
    }
    const reply = JSON.parse(line) as Reply;
    const waiting = this.waiting.get(reply.id);
    this.waiting.delete(reply.id);
    if (reply.error === undefined) waiting?.resolve(reply.result);
    else waiting?.reject(this.failure(reply.error));
  }

  private note(line: string): void {
    this.messages.push(line);
    if (this.messages.length > KEPT_MESSAGES) this.messages.shift();
  }

  private end(reason: string, resolve: () => void): void {
    this.gone = true;
    for (const { reject } of this.waiting.values()) reject(this.failure(reason));
    this.waiting.clear();
    resolve();
  }

  private failure(reason: string): VideorftError {
    const said = this.messages.length > 0 ? `\n${this.messages.join('\n')}` : '';
    return new VideorftError(`the process of ${this.name} failed: ${reason}${said}`, { code: 'bench-child' });
  }
}
