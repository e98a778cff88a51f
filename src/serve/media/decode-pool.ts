// Media files → clips in threads of their own, a few at a time. A thread that dies takes one file with it and is replaced.
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { type ErrorFacts, VideorftError } from '../../base/errors.ts';
import { createLimiter } from '../../llm/limit.ts';
import type { Clip, LoadOptions, VideoProfile } from '../../media/index.ts';

export interface DecodeTask {
  readonly path: string;
  readonly profile: VideoProfile;
  readonly options: LoadOptions;
}

export type DecodeAnswer =
  | { readonly clip: Clip; readonly error?: undefined }
  | { readonly clip?: undefined; readonly error: Omit<ErrorFacts, 'cause'> & { readonly message: string } };

const script = new URL(import.meta.url.endsWith('.ts') ? './decode-worker.ts' : './decode-worker.js', import.meta.url);

/** As many as leave a core to the model. */
const defaultThreads = () => Math.max(1, Math.min(4, availableParallelism() - 1));

export class DecodePool {
  private readonly limiter;
  private readonly idle: Worker[] = [];
  private readonly all = new Set<Worker>();

  constructor(threads = defaultThreads()) {
    this.limiter = createLimiter(threads);
  }

  /** As loadClip; also throws 'media-worker' when the thread dies. */
  decode(task: DecodeTask, signal?: AbortSignal): Promise<Clip> {
    return this.limiter.run(() => this.ask(this.idle.pop() ?? this.start(), task), signal);
  }

  private start(): Worker {
    const worker = new Worker(script);
    worker.unref();
    this.all.add(worker);
    // Without a listener an error of an idle thread would end the process.
    worker.on('error', () => this.forget(worker)).on('exit', () => this.forget(worker));
    return worker;
  }

  private forget(worker: Worker): void {
    this.all.delete(worker);
    const at = this.idle.indexOf(worker);
    if (at >= 0) this.idle.splice(at, 1);
  }

  private ask(worker: Worker, task: DecodeTask): Promise<Clip> {
    return new Promise((resolve, reject) => {
      const died = (cause?: unknown) =>
        reject(
          new VideorftError('the thread that decoded a file ended', {
            code: 'media-worker',
            cause: cause instanceof Error ? cause : undefined,
          }),
        );
      worker.once('error', died).once('exit', died);
      worker.once('message', ({ clip, error }: DecodeAnswer) => {
        worker.off('error', died).off('exit', died);
        this.idle.push(worker);
        if (clip) resolve(clip);
        else reject(new VideorftError(error.message, error));
      });
      worker.postMessage(task);
    });
  }

  async close(): Promise<void> {
    await Promise.all([...this.all].map((worker) => worker.terminate()));
  }
}
