// The routes: POST /v1/chat/completions, GET /v1/models, and /health, which needs no token. Leaves out: the port (server.ts).
import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { VideorftError } from '../base/errors.ts';
import { log } from '../base/log.ts';
import { requireToken } from './auth.ts';
import { discardBody, readBody } from './body.ts';
import { ApiError, toApiError } from './errors.ts';
import { closing, type Gate } from './gate.ts';
import type { ServeOptions } from './options.ts';
import { ChunkWriter, CompletionBuilder } from './protocol/replies.ts';
import { readRequest } from './protocol/request.ts';
import type { ChatService, ReadyCall } from './service.ts';
import { eventStream } from './sse.ts';

export interface AppInput {
  readonly service: ChatService;
  readonly gate: Gate;
  readonly options: ServeOptions;
  readonly token: string | undefined;
  /** Aborted when running answers have to end. */
  readonly stopping: AbortSignal;
}

const report = (error: unknown) =>
  log.error(error instanceof VideorftError ? error.describe() : String((error as Error)?.stack ?? error));

function answer(c: Context, error: ApiError): Response {
  // Time that is up once is up again: without this header OpenAI's client would send a request that took too long twice more.
  if (error.status === 504) c.header('x-should-retry', 'false');
  for (const [name, value] of Object.entries(error.headers)) c.header(name, value);
  return c.json(error.body, error.status);
}

const requireJson: MiddlewareHandler = async (c, next) => {
  const type = c.req.header('content-type') ?? '';
  if (/^application\/json\b/i.test(type)) return next();
  throw new ApiError(`the body is sent as ${type || 'nothing'}`, {
    status: 415,
    code: 'content-type',
    fix: 'send it with "Content-Type: application/json"',
  });
};

/** Nobody reads this answer. */
const clientGone = () => new ApiError('the client went away', { status: 400, code: 'client-gone' });

/** Aborts when the client goes, the server stops or the time is up, each with its own reason. */
function limitsOf(client: AbortSignal, stopping: AbortSignal, seconds: number) {
  const own = new AbortController();
  const late = () =>
    own.abort(
      new ApiError(`no answer within ${seconds} s`, { status: 504, code: 'timeout', fix: 'ask for fewer tokens' }),
    );
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

type Limits = ReturnType<typeof limitsOf>;

function stream(service: ChatService, ready: ReadyCall, limits: Limits, done: () => void): Response {
  const chunks = new ChunkWriter(ready.call);
  return eventStream({
    run: async (send) => {
      try {
        for (const chunk of chunks.opening()) send(chunk);
        const usage = await service.run(
          ready,
          (sample, piece) => {
            const chunk = chunks.piece(sample, piece);
            if (chunk) send(chunk);
          },
          limits.signal,
        );
        const last = chunks.usage(usage);
        if (last) send(last);
      } finally {
        done();
      }
    },
    explain: (error) => toApiError(error, report),
    onGone: limits.gone,
  });
}

export function createApp({ service, gate, options, token, stopping }: AppInput): Hono {
  const app = new Hono();
  app.use(async (c, next) => {
    await next();
    if (!(await discardBody(c.req.raw, options.maxBodyBytes))) c.header('Connection', 'close');
  });
  app.get('/health', (c) => c.json({ status: 'ok', ...service.load, requests: gate.size }));
  app.use('/v1/*', async (c, next) => {
    requireToken(token, c.req.header('authorization'));
    await next();
  });
  const model = { id: service.name, object: 'model', created: 0, owned_by: 'videorft' };
  app.get('/v1/models', (c) => c.json({ object: 'list', data: [model] }));
  app.get('/v1/models/:id{.+}', (c) => {
    service.requireModel(c.req.param('id'));
    return c.json(model);
  });
  app.post('/v1/chat/completions', requireJson, async (c) => {
    const leave = gate.enter();
    const limits = limitsOf(c.req.raw.signal, stopping, options.timeoutSeconds);
    const done = () => {
      limits.dispose();
      leave();
    };
    let streams = false;
    try {
      const call = readRequest(await readBody(c.req.raw, options.maxBodyBytes));
      const ready = await service.prepare(call, limits.signal);
      streams = ready.call.stream;
      if (streams) return stream(service, ready, limits, done);
      const builder = new CompletionBuilder(ready.call);
      const usage = await service.run(ready, (sample, piece) => builder.add(sample, piece), limits.signal);
      return c.json(builder.body(usage));
    } finally {
      if (!streams) done();
    }
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
