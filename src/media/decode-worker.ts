// A thread that decodes media files: what it computes does not keep the thread that serves or asks from its work. Started by decode-pool.ts.
import { answerTasks } from '../base/threads.ts';
import type { DecodeTask } from './decode-pool.ts';
import { loadClip } from './load.ts';

answerTasks(({ path, profile, options }: DecodeTask) => loadClip(path, profile, options), 'media-worker');
