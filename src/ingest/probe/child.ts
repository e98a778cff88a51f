// A process that looks at media files one after the other; started by pool.ts, ends with it.
import { VideorftError } from '../../base/errors.ts';
import { lookAt } from './look.ts';
import type { LookAnswer, LookTask } from './pool.ts';

process.on('disconnect', () => process.exit());
process.on('SIGINT', () => undefined); // Ctrl-C reaches the whole group; the parent says when to stop
process.on('message', ({ file, settings }: LookTask) => {
  const answer = (message: LookAnswer) => process.send?.(message);
  lookAt(file, settings).then(
    (facts) => answer({ facts }),
    (error: unknown) => {
      if (!(error instanceof VideorftError))
        return answer({ error: { message: String(error), code: 'media-unreadable' } });
      const { message, code, fix } = error;
      return answer({ error: { message, code, fix } });
    },
  );
});
