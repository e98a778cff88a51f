// The experts behind the OpenAI chat.completions protocol: POST /v1/chat/completions, GET /v1/models, /health, /stats.
// Bound to 127.0.0.1 only. Leaves out: streaming, keys (any or none is accepted), and starting a process (start.ts, main.ts).
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { VideorftError } from '../../base/errors.ts';
import { listen as listenOn } from '../../base/listen.ts';
import { BadRequest, createExperts, type ExpertName, expertNames, type Reply } from './experts.ts';
import { type ChatBody, chatBodySchema, contentOf } from './http/chat-request.ts';
import { createFaultPlan, type FaultKind } from './http/faults.ts';
import { type ServerOptions, type ServerOptionsInput, serverOptionsSchema } from './http/options.ts';
import { broken, completionBody, errorBody } from './http/reply.ts';

/** Counters since the start, as /stats gives them. */
export interface ServerStats {
  readonly requests: number;
  readonly served: Record<ExpertName, number>;
  readonly faults: Partial<Record<FaultKind, number>>;
  readonly refused: number;
}

const maxBodyBytes = 64 * 1024 * 1024;

const isExpert = (name: string): name is ExpertName => (expertNames as readonly string[]).includes(name);

/** Resolves after the time, or as soon as the client goes away. */
function hang(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, seconds * 1000);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

async function failing(c: Context, kind: FaultKind, options: ServerOptions): Promise<Response | undefined> {
  if (kind === 'rate-limit') {
    c.header('Retry-After', String(options.retryAfterSeconds));
    return c.json(errorBody('Rate limit reached.', 'rate_limit_error', 'rate_limit_exceeded'), 429);
  }
  if (kind === 'server-error') return c.json(errorBody('The server had an error.', 'server_error'), 500);
  if (kind === 'broken-body') return c.body('{"id": "chatcmpl-', 200, { 'Content-Type': 'application/json' });
  if (kind !== 'hang') return undefined;
  await hang(options.hangSeconds, c.req.raw.signal);
  return c.json(errorBody('The request took too long.', 'server_error'), 504);
}

async function readBody(c: Context): Promise<ChatBody | string> {
  const text = await c.req.text();
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (error) {
    return `the body is not JSON: ${(error as Error).message}`;
  }
  const parsed = chatBodySchema.safeParse(raw);
  if (!parsed.success) return parsed.error.issues.map((i) => `${i.path.join('.')}: ${i.message}`).join('; ');
  if (parsed.data.stream) return 'stream: streaming is not offered';
  return parsed.data;
}

/** The application, without a port: requests in, responses out. */
export function createExpertApp(input: ServerOptionsInput = {}): Hono {
  const options = serverOptionsSchema.parse(input);
  const experts = createExperts(options);
  const plan = createFaultPlan(options.faults, options.seed);
  const stats: { -readonly [K in keyof ServerStats]: ServerStats[K] } = {
    requests: 0,
    served: { describer: 0, reasoner: 0, refiner: 0 },
    faults: {},
    refused: 0,
  };
  const refuse = (c: Context, message: string, status: 400 | 404) => {
    stats.refused++;
    return c.json(errorBody(message, 'invalid_request_error'), status);
  };
  const app = new Hono();
  app.get('/health', (c) => c.json({ status: 'ok' }));
  app.get('/stats', (c) => c.json(stats));
  app.get('/v1/models', (c) =>
    c.json({
      object: 'list',
      data: expertNames.map((id) => ({ id, object: 'model', created: 0, owned_by: 'videorft' })),
    }),
  );
  app.post('/v1/chat/completions', bodyLimit({ maxSize: maxBodyBytes }), async (c) => {
    const id = ++stats.requests;
    const body = await readBody(c);
    if (typeof body === 'string') return refuse(c, body, 400);
    if (!isExpert(body.model)) return refuse(c, `No model ${body.model}; there are ${expertNames.join(', ')}.`, 404);
    const fault = plan.next(body.model);
    if (fault) stats.faults[fault] = (stats.faults[fault] ?? 0) + 1;
    const failed = fault && (await failing(c, fault, options));
    if (failed) return failed;
    const content = contentOf(body);
    let reply: Reply;
    try {
      reply = await experts[body.model](content, options.seed + (body.seed ?? 0));
    } catch (error) {
      if (error instanceof BadRequest || error instanceof VideorftError) return refuse(c, error.message, 400);
      throw error;
    }
    stats.served[body.model]++;
    return c.json(completionBody(id, body.model, content, fault === 'broken-json' ? broken(reply) : reply));
  });
  app.onError((error, c) => c.json(errorBody(error.message, 'server_error'), 500));
  app.notFound((c) => c.json(errorBody(`No such path: ${c.req.path}`, 'invalid_request_error'), 404));
  return app;
}

export interface ListeningServer {
  /** Up to and including /v1. */
  readonly baseURL: string;
  stop(): Promise<void>;
}

/** Listens on 127.0.0.1, in this process. */
export async function listen(input: ServerOptionsInput = {}): Promise<ListeningServer> {
  const { port } = serverOptionsSchema.parse(input);
  const listener = await listenOn(createExpertApp(input).fetch, { host: '127.0.0.1', port });
  return {
    baseURL: `http://127.0.0.1:${listener.port}/v1`,
    stop: async () => {
      const closed = listener.close();
      listener.destroy();
      await closed;
    },
  };
}
