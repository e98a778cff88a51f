// A Tinker-compatible server over real HTTP for tests: the protocol as SkyRL speaks it (sessions, numbered requests, futures, barriers,
// statuses), any engine behind it, and faults on demand. Ids of models and futures survive a restart; what an engine held does not.
import { Hono } from 'hono';
import type { PassInput } from '../../../src/backends/tinker/wire.ts';
import { type Listener, listen } from '../../../src/base/listen.ts';
import type { AdamBody, SampleBody, ServerEngine } from './engine.ts';
import { Refused } from './inputs.ts';

/** What happens to a request: nothing special (undefined), or it is lost before or after it was taken, or answered with a status. */
export type Fault =
  | 'lost-request'
  | 'lost-answer'
  | { readonly status: number; readonly body?: object; readonly headers?: Record<string, string> };

export interface ServerOptions {
  readonly makeEngine: () => ServerEngine;
  /** Called for every request, with how many of this path came before. */
  readonly fault?: (path: string, before: number) => Fault | undefined;
  /** Of a request on its way and of its answer together. */
  readonly latencyMs?: number;
  /** How long a poll is held before 408. */
  readonly holdMs?: number;
  /** What it gives out as the archive of an adapter; absent: none. */
  readonly archive?: Uint8Array<ArrayBuffer>;
}

interface Future {
  readonly model: string;
  readonly body: string;
  settled?: { readonly status: number; readonly body: object };
  readonly waiters: (() => void)[];
}

type Body = Readonly<Record<string, unknown>> & { readonly model_id: string; readonly seq_id?: number };

export class TinkerServer {
  readonly options: ServerOptions;
  engine: ServerEngine;
  /** Paths of requests in the order of arrival. */
  readonly requests: string[] = [];
  /** Milliseconds in which the engine computed. */
  busyMs = 0;
  private listener: Listener | undefined;
  private port = 0;
  private readonly sessions = new Set<string>();
  private readonly models = new Set<string>();
  private readonly futures = new Map<string, Future>();
  private readonly numbered = new Map<string, string>();
  private readonly checkpoints = new Map<string, string>();
  private readonly samplers = new Map<string, { readonly model: string; readonly version: number }>();
  private readonly touched = new Set<string>();
  private queue: Promise<unknown> = Promise.resolve();
  private counter = 0;

  constructor(options: ServerOptions) {
    this.options = options;
    this.engine = options.makeEngine();
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async start(): Promise<this> {
    const app = this.routes();
    this.listener = await listen((request) => app.fetch(request), { host: '127.0.0.1', port: this.port });
    this.port = this.listener.port;
    return this;
  }

  /** As a kill: connections end, what the engine held is gone, requests under way fail when somebody asks. */
  async kill(): Promise<void> {
    const ended = this.listener?.close();
    this.listener?.destroy();
    await ended;
    this.engine = this.options.makeEngine();
    for (const future of this.futures.values())
      future.settled ??= {
        status: 400,
        body: { detail: `Model ${future.model} not loaded (likely stale request from previous server)` },
      };
  }

  private routes(): Hono {
    const app = new Hono().basePath('/api/v1');
    app.use('*', async (c, next) => {
      const path = c.req.path.replace('/api/v1', '');
      const before = this.requests.filter((p) => p === path).length;
      this.requests.push(path);
      const fault = this.options.fault?.(path, before);
      if (this.options.latencyMs) await new Promise((done) => setTimeout(done, this.options.latencyMs));
      if (fault === 'lost-request') return brokenAnswer();
      if (typeof fault === 'object') return Response.json(fault.body ?? { detail: 'fault' }, fault);
      await next();
      return fault === 'lost-answer' ? brokenAnswer() : undefined;
    });
    app.onError((error, c) => {
      if (error instanceof Refused) return c.json({ detail: error.message }, error.status as 400);
      throw error;
    });
    app.get('/get_server_capabilities', (c) => c.json({ supported_models: [{ model_name: 'tiny' }] }));
    const post = (path: string, handle: (body: Body) => object | Promise<object>) =>
      app.post(path, async (c) => c.json((await handle(await c.req.json())) as object));
    post('/create_session', () => {
      const session_id = `session_${++this.counter}`;
      this.sessions.add(session_id);
      return { type: 'create_session', session_id, warning_message: null };
    });
    post('/session_heartbeat', (body) => {
      if (!this.sessions.has(String(body.session_id))) throw new Refused(404, 'Session not found');
      return { type: 'session_heartbeat' };
    });
    post('/create_model', () => {
      const model = `model_${++this.counter}`;
      this.models.add(model);
      return {
        model_id: model,
        ...this.enqueue(model, {}, () => this.engine.create(model).then(() => ({ model_id: model }))),
      };
    });
    post('/unload_model', (body) =>
      this.enqueue(body.model_id, {}, () => this.engine.unload(body.model_id).then(() => ({}))),
    );
    post('/forward', (body) => this.pass(body, body.forward_input as PassInput, false));
    post('/forward_backward', (body) => this.pass(body, body.forward_backward_input as PassInput, true));
    post('/optim_step', (body) =>
      this.numberedRequest(body, async () => ({
        metrics: { 'skyrl.ai/grad_norm': await this.engine.step(body.model_id, body.adam_params as AdamBody) },
      })),
    );
    post('/save_weights', (body) => this.save(body));
    post('/load_weights', (body) => this.load(body));
    post('/save_weights_for_sampler', (body) => this.saveForSampler(body));
    post('/asample', (body) => this.sample(body as unknown as SampleBody & { sampling_session_id: string }));
    app.get('/training_runs/:model/checkpoints/:name/archive', (c) => {
      const { model, name } = c.req.param();
      const { archive } = this.options;
      if (!archive || !this.checkpoints.has(`tinker://${model}/sampler_weights/${name}`)) return c.notFound();
      return c.body(archive);
    });
    app.post('/retrieve_future', async (c) => this.retrieve((await c.req.json()).request_id));
    return app;
  }

  private pass(body: Body, input: PassInput, backward: boolean): object {
    return this.numberedRequest(body, async () => {
      const rows = await this.engine.pass(body.model_id, input, backward);
      const tensor = (data: number[]) => ({ data, dtype: 'float32', shape: [data.length] });
      return {
        loss_fn_output_type: 'scalar',
        loss_fn_outputs: rows.map((row) => ({ logprobs: tensor(row) })),
        metrics: {},
      };
    });
  }

  private save(body: Body): object {
    const path = `tinker://${body.model_id}/weights/${body.path}`;
    if (this.checkpoints.has(path)) throw new Refused(409, `Checkpoint '${body.path}' already exists`);
    this.checkpoints.set(path, '');
    return this.numberedRequest(body, async () => {
      this.checkpoints.set(path, await this.engine.save(body.model_id));
      return { path, type: 'save_weights' };
    });
  }

  private load(body: Body): object {
    if (this.touched.has(body.model_id)) throw new Refused(400, 'LoadWeights is not permitted with seq_id');
    const address = this.checkpoints.get(String(body.path));
    if (address === undefined) throw new Refused(404, `Checkpoint not found: ${body.path}`);
    if (address === '') throw new Refused(425, 'Checkpoint is still being created');
    return this.numberedRequest(body, () =>
      this.engine.load(body.model_id, address, body.optimizer === true).then(() => ({ type: 'load_weights' })),
    );
  }

  private saveForSampler(body: Body): object {
    const name = body.path ?? `ss${body.sampling_session_seq_id}_seq${body.seq_id}`;
    const path = `tinker://${body.model_id}/sampler_weights/${name}`;
    if (this.checkpoints.has(path)) throw new Refused(409, `Checkpoint '${name}' already exists`);
    this.checkpoints.set(path, 'sampler');
    const sampling_session_id = `sampling_${++this.counter}`;
    return this.numberedRequest(body, async () => {
      this.samplers.set(sampling_session_id, { model: body.model_id, version: this.engine.version(body.model_id) });
      return { path: null, type: 'save_weights_for_sampler', sampling_session_id };
    });
  }

  private sample(body: SampleBody & { sampling_session_id: string }): object {
    const sampler = this.samplers.get(body.sampling_session_id);
    if (!sampler) throw new Refused(404, 'Sampling session not found');
    return this.enqueue(sampler.model, body, async () => {
      if (this.engine.version(sampler.model) !== sampler.version) throw new Refused(400, 'sampler of older weights');
      const completions = await this.engine.sample(sampler.model, body);
      const sequences = completions.map(({ tokens, logprobs, finish }) => ({
        stop_reason: finish,
        tokens,
        logprobs: [...logprobs],
      }));
      return { sequences, prompt_logprobs: null };
    });
  }

  /** The same number with the same content is the same request; with another content it is refused. */
  private numberedRequest(body: Body, compute: () => Promise<object>): object {
    if (!this.models.has(body.model_id)) throw new Refused(404, 'Model not found');
    this.touched.add(body.model_id);
    const key = `${body.model_id}/${body.seq_id}`;
    const known = this.numbered.get(key);
    if (known !== undefined) {
      if (this.futures.get(known)?.body === JSON.stringify(body)) return { future_id: known, request_id: known };
      throw new Refused(409, 'Training request sequence number was reused');
    }
    const accepted = this.enqueue(body.model_id, body, compute);
    this.numbered.set(key, accepted.request_id);
    return accepted;
  }

  private enqueue(model: string, body: object, compute: () => Promise<object>) {
    const request_id = String(++this.counter);
    const future: Future = { model, body: JSON.stringify(body), waiters: [] };
    this.futures.set(request_id, future);
    const engine = this.engine;
    this.queue = this.queue.then(async () => {
      const began = performance.now();
      const settled = await compute().then(
        (value) => ({ status: 200, body: value }),
        (error: Error) => ({ status: error instanceof Refused ? error.status : 400, body: { detail: error.message } }),
      );
      this.busyMs += performance.now() - began;
      if (engine === this.engine) future.settled ??= settled;
      for (const wake of future.waiters) wake();
    });
    return { future_id: request_id, request_id, status: 'pending' };
  }

  private async retrieve(id: string): Promise<Response> {
    const future = this.futures.get(id);
    if (!future) return Response.json({ detail: 'Future not found' }, { status: 404 });
    if (!future.settled) {
      const held = new Promise<void>((done) => setTimeout(done, this.options.holdMs ?? 2000));
      await Promise.race([held, new Promise<void>((done) => void future.waiters.push(done))]);
    }
    if (!future.settled) return Response.json({ detail: 'Timeout waiting for result' }, { status: 408 });
    return Response.json(future.settled.body, { status: future.settled.status });
  }
}

/** A connection that ends in the middle of an answer. */
const brokenAnswer = (): Response =>
  new Response(
    new ReadableStream({
      start: (controller) => {
        controller.enqueue(new TextEncoder().encode('{"request'));
        setTimeout(() => controller.error(new Error('connection lost')), 5);
      },
    }),
    { headers: { 'content-type': 'application/json' } },
  );
