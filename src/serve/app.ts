// The routes: POST /v1/chat/completions, GET /v1/models, those of adapters (adapter-routes.ts), and /health, which needs no token. Leaves out:
// the port (server.ts).
import type { Hono } from 'hono';
import { addAdapterRoutes } from './adapter-routes.ts';
import { requireToken } from './auth.ts';
import { readBody } from './body.ts';
import { toApiError } from './errors.ts';
import type { Gate } from './gate.ts';
import { createBase, type Limits, limitsOf, report, requireJson } from './http.ts';
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

function stream(service: ChatService, ready: ReadyCall, limits: Limits, done: () => void): Response {
  const chunks = new ChunkWriter(ready.call, ready.prompt.tokens);
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

/** The model, and the adapters that are loaded: where they came from and what they change. */
function modelCards({ name, adapters }: ChatService) {
  const card = { object: 'model', created: 0, owned_by: 'videorft' };
  const loaded = adapters?.all() ?? [];
  return [{ id: name, ...card }, ...loaded.map((a) => ({ id: a.name, ...card, root: a.path, parent: name }))];
}

export function createApp({ service, gate, options, token, stopping }: AppInput): Hono {
  const app = createBase(options.maxBodyBytes);
  app.get('/health', (c) => c.json({ status: 'ok', ...service.load, requests: gate.size }));
  app.use('/v1/*', async (c, next) => {
    requireToken(token, c.req.header('authorization'));
    await next();
  });
  app.get('/v1/models', (c) => c.json({ object: 'list', data: modelCards(service) }));
  app.get('/v1/models/:id{.+}', (c) => {
    const id = c.req.param('id');
    service.requireModel(id);
    return c.json(modelCards(service).find((card) => card.id === id));
  });
  addAdapterRoutes(app, service.adapters);
  app.post('/v1/chat/completions', requireJson, async (c) => {
    const leave = gate.enter();
    const limits = limitsOf(c.req.raw.signal, stopping, options.timeoutSeconds, 'ask for fewer tokens');
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
      const builder = new CompletionBuilder(ready.call, ready.prompt.tokens);
      const usage = await service.run(ready, (sample, piece) => builder.add(sample, piece), limits.signal);
      return c.json(builder.body(usage));
    } finally {
      if (!streams) done();
    }
  });
  return app;
}
