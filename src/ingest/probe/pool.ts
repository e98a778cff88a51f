// Media files looked at in processes, a few side by side. A process that hangs or dies takes one file with it and is replaced.
import { type ChildProcess, fork } from 'node:child_process';
import { moduleBeside } from '../../base/entry.ts';
import { type ErrorFacts, VideorftError } from '../../base/errors.ts';
import type { LookSettings, MediaFacts } from './look.ts';

export interface LookTask {
  readonly file: string;
  readonly settings: LookSettings;
}

export type LookAnswer =
  | { readonly facts: MediaFacts; readonly error?: undefined }
  | { readonly facts?: undefined; readonly error: Pick<ErrorFacts, 'code' | 'fix'> & { readonly message: string } };

/** After its time limit a process has this long to say so itself, before it is ended. */
const GRACE_MS = 3000;

export class ProbePool {
  readonly #script: string;
  readonly #idle: ChildProcess[] = [];
  readonly #all = new Set<ChildProcess>();

  /** @param script what the processes run; another one in tests */
  constructor(script = moduleBeside(import.meta.url, './child')) {
    this.#script = script;
  }

  /**
   * As lookAt; 'media-timeout' when its process had to be ended, 'media-crash' when it died. As many processes run as calls: the caller
   * bounds them.
   */
  look(task: LookTask): Promise<MediaFacts> {
    return this.#ask(this.#idle.pop() ?? this.#start(), task);
  }

  #start(): ChildProcess {
    const child = fork(this.#script, {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      execArgv: [],
      serialization: 'advanced',
    });
    this.#all.add(child);
    child.on('exit', () => {
      this.#all.delete(child);
      const at = this.#idle.indexOf(child);
      if (at >= 0) this.#idle.splice(at, 1);
    });
    child.on('error', () => child.kill('SIGKILL'));
    return child;
  }

  #ask(child: ChildProcess, { file, settings }: LookTask): Promise<MediaFacts> {
    return new Promise((resolve, reject) => {
      let overdue = false;
      const timer = setTimeout(() => {
        overdue = true;
        child.kill('SIGKILL');
      }, settings.timeoutMs + GRACE_MS);
      const done = () => {
        clearTimeout(timer);
        child.off('exit', died).off('message', answered);
      };
      const died = (code: number | null, killed: NodeJS.Signals | null) => {
        done();
        reject(overdue ? hung(file, settings.timeoutMs) : crashed(file, killed ?? `code ${code}`));
      };
      const answered = ({ facts, error }: LookAnswer) => {
        done();
        this.#idle.push(child);
        if (facts) resolve(facts);
        else reject(new VideorftError(error.message, { ...error, facts: { file } }));
      };
      child.on('exit', died).on('message', answered);
      child.send({ file, settings } satisfies LookTask, (error) => error && child.kill('SIGKILL'));
    });
  }

  /** Ends all processes. */
  async close(): Promise<void> {
    const ended = [...this.#all].map((child) => new Promise((resolve) => child.once('exit', resolve)));
    for (const child of this.#all) child.kill('SIGKILL');
    await Promise.all(ended);
  }
}

const hung = (file: string, timeoutMs: number) =>
  new VideorftError(`${file}: no result within ${timeoutMs} ms, and the process that read it had to be ended`, {
    code: 'media-timeout',
    facts: { file, timeoutMs },
    fix: 'Check the disk or network share, raise probe.timeout, or leave the file out.',
  });

const crashed = (file: string, how: string) =>
  new VideorftError(`${file}: the process that read it died (${how})`, {
    code: 'media-crash',
    facts: { file },
    fix: 'The file breaks the decoder or takes more memory than there is: convert it, or leave it out.',
  });
