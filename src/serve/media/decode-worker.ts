// A thread that decodes media files: what it computes does not keep the server's own thread from streaming. Started by decode-pool.ts.
import { answerTasks } from '../../base/threads.ts';
import { loadClip } from '../../media/index.ts';
import type { DecodeTask } from './decode-pool.ts';

answerTasks(({ path, profile, options }: DecodeTask) => loadClip(path, profile, options), 'media-worker');
