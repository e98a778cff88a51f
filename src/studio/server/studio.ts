// The studio on its port: opens what is to be looked at, listens, prints nothing, and gives everything back when it stops.

import { z } from 'zod';
import { envNameSchema } from '../../base/env-key.ts';
import { isLoopback, listen } from '../../base/listen.ts';
import type { ReviewSet } from '../../curate/review/index.ts';
import { tokenFrom } from '../../serve/auth.ts';
import { newToken } from './access.ts';
import { createStudio } from './app.ts';
import { reviewRoutes } from './review/routes.ts';
import { ReviewService } from './review/service.ts';

export const studioSchema = z.strictObject({
  host: z
    .string()
    .default('127.0.0.1')
    .describe('Address to listen on; the default is reachable from this machine only, any other asks for a token.'),
  port: z.number().int().min(0).max(65535).default(0).describe('Port to listen on; 0: any free one.'),
  apiKeyEnv: envNameSchema
    .optional()
    .describe(
      'Environment variable that holds the token which is asked for; absent: none here, a random one elsewhere.',
    ),
  cacheBytes: z
    .number()
    .int()
    .positive()
    .default(2 ** 30)
    .describe('Disk for copies of videos that browsers do not play as they are; they go when the review ends.'),
});
export type StudioOptions = z.output<typeof studioSchema>;

export interface RunningStudio {
  /** To be opened in a browser; holds the token, if one is asked for. */
  readonly address: string;
  stop(): Promise<void>;
}

export interface ReviewStudioOptions extends StudioOptions {
  readonly by?: string;
  readonly signal?: AbortSignal;
  readonly progress?: boolean;
}

const LEAVING_MS = 1000;

/** Errors: serve-no-key, review-locked, review-log, listen, and the signal's reason. */
export async function startReview(set: ReviewSet, options: ReviewStudioOptions): Promise<RunningStudio> {
  const { host, port } = options;
  const loopback = isLoopback(host);
  const token = tokenFrom(options.apiKeyEnv) ?? (loopback ? undefined : newToken());
  await using owned = new AsyncDisposableStack();
  const service = owned.use(await ReviewService.open(set, options));
  const app = await createStudio({
    parts: { review: reviewRoutes(service) },
    title: `Review of ${set.name}`,
    token,
    loopback,
  });
  const listener = await listen(app.fetch, { host, port });
  const kept = owned.move();
  const name = host.includes(':') ? `[${host}]` : host;
  return {
    address: `http://${name}:${listener.port}/${token === undefined ? '' : `?token=${token}`}`,
    async stop() {
      const closed = listener.close();
      const cut = setTimeout(() => listener.destroy(), LEAVING_MS);
      await closed;
      clearTimeout(cut);
      await kept.disposeAsync();
    },
  };
}
