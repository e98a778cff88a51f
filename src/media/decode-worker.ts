// A thread that decodes media files: what it computes does not keep the thread that serves or asks from its work. Started by decode-pool.ts.
import { answerTasks } from '../base/threads.ts';
import { loadAny } from './cache.ts';
import type { DecodeTask } from './decode-pool.ts';
import type { Clip } from './frame.ts';

/** Memory that holds nothing but one frame; a part of Node's pool stays and is copied. */
const ownMemory = ({ frames }: Clip): ArrayBuffer[] => [
  ...new Set(
    frames.flatMap(({ data: { buffer, byteLength } }) =>
      buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : [],
    ),
  ),
];

answerTasks(
  ({ path, profile, options }: DecodeTask) => loadAny(path, profile, { ...options, inPlace: true }),
  'media-worker',
  ownMemory,
);
