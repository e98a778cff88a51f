// A thread that decodes media files: what it computes does not keep the thread that serves or asks from its work. Started by decode-pool.ts.
import { isMarkedAsUntransferable } from 'node:worker_threads';
import { answerTasks } from '../base/threads.ts';
import { loadAny } from './cache.ts';
import type { DecodeTask } from './decode-pool.ts';
import type { Clip } from './frame.ts';

/** Memory that holds nothing but one frame and may move; a part of Node's pool, and memory of sharp's, stay and are copied. */
const ownMemory = ({ frames }: Clip): ArrayBuffer[] => [
  ...new Set(
    frames.flatMap(({ data: { buffer, byteLength } }) =>
      buffer instanceof ArrayBuffer && buffer.byteLength === byteLength && !isMarkedAsUntransferable(buffer)
        ? [buffer]
        : [],
    ),
  ),
];

answerTasks(
  ({ path, profile, options }: DecodeTask) => loadAny(path, profile, { ...options, inPlace: true }),
  'media-worker',
  ownMemory,
);
