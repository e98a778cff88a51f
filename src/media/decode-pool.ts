// Media files → clips in threads of their own, a few at a time. A thread that dies takes one file with it and is replaced.
import { availableParallelism } from 'node:os';
import { moduleBeside } from '../base/entry.ts';
import { createLimiter } from '../base/limit.ts';
import { Threads } from '../base/threads.ts';
import type { CacheOptions } from './cache.ts';
import type { Clip } from './frame.ts';
import type { VideoProfile } from './profile.ts';

export interface DecodeTask {
  readonly path: string;
  readonly profile: VideoProfile;
  readonly options: CacheOptions;
}

/** As many as leave a core to the model. */
const defaultThreads = () => Math.max(1, Math.min(4, availableParallelism() - 1));

export class DecodePool {
  private readonly limiter;
  private readonly threads = new Threads<DecodeTask, Clip>(
    moduleBeside(import.meta.url, './decode-worker'),
    'media-worker',
  );

  constructor(threads = defaultThreads()) {
    this.limiter = createLimiter(threads);
  }

  /** As loadAny; also throws 'media-worker' when the thread dies. */
  decode(task: DecodeTask, signal?: AbortSignal): Promise<Clip> {
    return this.limiter.run(() => this.threads.run(task), signal);
  }

  close(): Promise<void> {
    return this.threads.close();
  }
}
