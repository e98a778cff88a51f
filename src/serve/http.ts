// What every HTTP door of this room has: errors as answers, bodies read to their end, JSON only, and a limit of time for a request. Leaves
// out: routes (app.ts, rewards/app.ts).
import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { VideorftError } from '../base/errors.ts';
import { log } from '../base/log.ts';
import { discardBody } from './body.ts';
import { ApiError, toApiError } from './errors.ts';
import { closing } from './gate.ts';

export const report = (error: unknown) =>
  log.error(error instanceof VideorftError ? error.describe() : String((error as Error)?.stack ?? error));

export function answer(c: Context, error: ApiError): Response {
  // Time that is up once is up again: without this header OpenAI's client would send a request that took too long twice more.
  if (error.status === 504) c.header('x-should-retry', 'false');
  for (const [name, value] of Object.entries(error.headers)) c.header(name, value);
  return c.json(error.body, error.status);
}

export const requireJson: MiddlewareHandler = async (c, next) => {
  const type = c.req.header('content-type') ?? '';
  if (/^application\/json\b/i.test(type)) return next();
  throw new ApiError(`the body is sent as ${type || 'nothing'}`, {
    status: 415,
    code: 'content-type',
    fix: 'send it with "Content-Type: application/json"',
  });
};

/** Nobody reads this answer. */
export const clientGone = () => new ApiError('the client went away', { status: 400, code: 'client-gone' });

/** Aborts when the client goes, the server stops or the time is up, each with its own reason. */
export function limitsOf(client: AbortSignal, stopping: AbortSignal, seconds: number, fix: string) {
  const own = new AbortController();
  const late = () => own.abort(new ApiError(`no answer within ${seconds} s`, { status: 504, code: 'timeout', fix }));
  const timer = setTimeout(late, seconds * 1000);
  const stop = () => own.abort(closing());
  const gone = () => own.abort(clientGone());
  if (stopping.aborted) stop();
  if (client.aborted) gone();
  stopping.addEventListener('abort', stop);
  client.addEventListener('abort', gone);
  const dispose = () => {
    clearTimeout(timer);
    stopping.removeEventListener('abort', stop);
    client.removeEventListener('abort', gone);
  };
  return { signal: own.signal, gone, dispose };
}

export type Limits = ReturnType<typeof limitsOf>;

/** An app without routes: it answers errors, and throws away what is left of bodies up to so many bytes. */
export function createBase(maxBodyBytes: number): Hono {
  const app = new Hono();
  app.use(async (c, next) => {
    await next();
    if (!(await discardBody(c.req.raw, maxBodyBytes))) c.header('Connection', 'close');
  });
  app.onError((error, c) => {
    // What breaks because the client went away, in the middle of its body for example, is no failure of ours.
    return answer(c, c.req.raw.signal.aborted ? clientGone() : toApiError(error, report));
  });
  app.notFound((c) =>
    answer(c, new ApiError(`there is no ${c.req.method} ${c.req.path}`, { status: 404, code: 'no-such-path' })),
  );
  return app;
}
