// A thread that decodes media files: what it computes does not keep the server's own thread from streaming. Started by decode-pool.ts.
import { parentPort } from 'node:worker_threads';
import { VideorftError } from '../../base/errors.ts';
import { loadClip } from '../../media/index.ts';
import type { DecodeAnswer, DecodeTask } from './decode-pool.ts';

parentPort?.on('message', ({ path, profile, options }: DecodeTask) => {
  const answer = (message: DecodeAnswer) => parentPort?.postMessage(message);
  loadClip(path, profile, options).then(
    (clip) => answer({ clip }),
    (error: unknown) => {
      // An error crosses threads as its text only; ours has more to say.
      const { message, code, facts, fix } =
        error instanceof VideorftError
          ? error
          : { message: String(error), code: 'media-worker', facts: {}, fix: undefined };
      answer({ error: { message, code, facts, fix } });
    },
  );
});
