// A local server with OpenAI's files and batches, which answers the lines of a batch by script: completions, statuses, lines that never ran; and ends a
// batch as it is told. The official openai package speaks with it (batch-server.test.ts). It keeps its own account of what was submitted.
import { Hono } from 'hono';
import { completion, type ScriptedReply, type WireBody } from './chat-server.ts';
import { serveApp } from './hono-server.ts';

export type BatchEnd = 'completed' | 'failed' | 'expired' | 'cancelled';

export interface BatchScript {
  /** What a line's request is answered; undefined: the batch ended before it ran. */
  reply(body: WireBody, customId: string): ScriptedReply | undefined;
  /** How the batch with this number (from 0) ends. */
  end?(batch: number): BatchEnd;
  /** Code of a failed batch's error. */
  readonly failure?: string;
  /** Looks at a batch before it is over. */
  readonly looks?: number;
  /** Before a call is worked on, and before it is answered. */
  call?(name: string, when: 'before' | 'after'): void | Promise<void>;
}

interface StoredBatch {
  readonly id: string;
  readonly object: 'batch';
  readonly endpoint: string;
  readonly input_file_id: string;
  readonly completion_window: string;
  readonly created_at: number;
  status: string;
  output_file_id?: string;
  error_file_id?: string;
  errors?: object;
}

interface Line {
  readonly custom_id: string;
  readonly method: string;
  readonly url: string;
  readonly body: WireBody;
}

export interface BatchServer extends AsyncDisposable {
  /** Up to and including /v1. */
  readonly baseURL: string;
  /** Lines of every batch that was made, by batch. */
  readonly submitted: readonly (readonly Line[])[];
  readonly files: ReadonlyMap<string, string>;
  /** Forgets all files, and all batches too, as vendors do after a while. */
  forget(what: 'files' | 'all'): void;
}

const error = (status: number, message: string) =>
  new Response(JSON.stringify({ error: { message, type: 'invalid_request_error', param: null, code: null } }), {
    status,
    headers: { 'content-type': 'application/json' },
  });

function parseLines(text: string): Line[] {
  const lines = text.split('\n').filter((row) => row !== '');
  const parsed = lines.map((row) => JSON.parse(row) as Line);
  const wrong = parsed.find(({ method, url }) => method !== 'POST' || url !== '/v1/chat/completions');
  if (wrong) throw new Error(`line ${wrong.custom_id} is no POST to /v1/chat/completions`);
  if (new Set(parsed.map(({ custom_id }) => custom_id)).size < parsed.length) throw new Error('custom_id twice');
  return parsed;
}

/** What the two files of a batch that is over hold. */
function results(lines: readonly Line[], { reply }: BatchScript, end: BatchEnd): { output: string; errors: string } {
  let [output, errors] = ['', ''];
  for (const [i, { custom_id, body }] of lines.entries()) {
    const given = reply(body, custom_id);
    const head = { id: `batch_req_${i}`, custom_id };
    if (!given) {
      if (end === 'completed') continue;
      const code = `batch_${end}`;
      errors += `${JSON.stringify({ ...head, response: null, error: { code, message: 'This request could not be executed.' } })}\n`;
    } else if ((given.status ?? 200) >= 400) {
      const failed = { error: { message: 'scripted', type: 'server_error', code: null } };
      const response = { status_code: given.status, request_id: `r${i}`, body: failed };
      errors += `${JSON.stringify({ ...head, response, error: null })}\n`;
    } else {
      const response = { status_code: 200, request_id: `r${i}`, body: JSON.parse(completion(given, body.model)) };
      output += `${JSON.stringify({ ...head, response, error: null })}\n`;
    }
  }
  return { output, errors };
}

export async function startBatchServer(script: BatchScript): Promise<BatchServer> {
  const files = new Map<string, string>();
  const batches: StoredBatch[] = [];
  const forgotten = new Set<string>();
  const submitted: Line[][] = [];
  const looks = new Map<string, number>();
  let names = 0;
  const store = (text: string) => {
    const id = `file-${++names}`;
    files.set(id, text);
    return id;
  };
  const advance = (batch: StoredBatch) => {
    const seen = (looks.get(batch.id) ?? 0) + 1;
    looks.set(batch.id, seen);
    if (batch.status !== 'validating' && batch.status !== 'in_progress') return;
    batch.status = 'in_progress';
    if (seen < (script.looks ?? 2)) return;
    const number = batches.indexOf(batch);
    const end = script.end?.(number) ?? 'completed';
    batch.status = end;
    if (end === 'failed') {
      batch.errors = {
        object: 'list',
        data: [{ code: script.failure ?? 'invalid_request', message: 'scripted', line: 1 }],
      };
      return;
    }
    const { output, errors } = results(submitted[number], script, end);
    if (output) batch.output_file_id = store(output);
    if (errors) batch.error_file_id = store(errors);
  };
  const app = new Hono();
  app.onError((thrown) => error(500, thrown.message));
  app.use(async (context, next) => {
    const name = `${context.req.method} ${context.req.path.replace('/v1', '')}`;
    await script.call?.(name, 'before');
    await next();
    await script.call?.(name, 'after');
  });
  app.post('/v1/files', async (context) => {
    const form = await context.req.formData();
    const file = form.get('file');
    if (form.get('purpose') !== 'batch' || !(file instanceof File)) return error(400, 'a file for batch is needed');
    const id = store(await file.text());
    return context.json({ id, object: 'file', bytes: file.size, created_at: 1, filename: file.name, purpose: 'batch' });
  });
  app.get('/v1/files/:id', (context) => {
    const id = context.req.param('id');
    return files.has(id) ? context.json({ id, object: 'file', purpose: 'batch' }) : error(404, 'no such file');
  });
  app.get('/v1/files/:id/content', (context) => {
    const text = files.get(context.req.param('id'));
    return text === undefined ? error(404, 'no such file') : context.body(text);
  });
  app.delete('/v1/files/:id', (context) => {
    const id = context.req.param('id');
    return files.delete(id) ? context.json({ id, object: 'file', deleted: true }) : error(404, 'no such file');
  });
  app.post('/v1/batches', async (context) => {
    const { input_file_id, endpoint, completion_window } = await context.req.json();
    const text = files.get(input_file_id);
    if (text === undefined || endpoint !== '/v1/chat/completions' || completion_window !== '24h') {
      return error(400, 'a batch needs a file, an endpoint and a window of 24h');
    }
    submitted.push(parseLines(text));
    const id = `batch_${batches.length + 1}`;
    const made = { object: 'batch', endpoint, input_file_id, completion_window, created_at: 1 } as const;
    const batch: StoredBatch = { id, ...made, status: 'validating' };
    batches.push(batch);
    return context.json(batch);
  });
  app.get('/v1/batches', (context) => {
    const newest = batches.filter(({ id }) => !forgotten.has(id)).reverse();
    const after = context.req.query('after');
    const from = after ? newest.findIndex(({ id }) => id === after) + 1 : 0;
    const data = newest.slice(from, from + Number(context.req.query('limit') ?? 20));
    return context.json({ object: 'list', data, has_more: from + data.length < newest.length });
  });
  app.get('/v1/batches/:id', (context) => {
    const batch = batches.find(({ id }) => id === context.req.param('id'));
    if (!batch || forgotten.has(batch.id)) return error(404, 'no such batch');
    advance(batch);
    return context.json(batch);
  });
  app.post('/v1/batches/:id/cancel', (context) => {
    const batch = batches.find(({ id }) => id === context.req.param('id'));
    if (!batch) return error(404, 'no such batch');
    batch.status = 'cancelled';
    return context.json(batch);
  });
  const { origin, close } = await serveApp(app);
  const forget = (what: 'files' | 'all') => {
    files.clear();
    if (what === 'all') for (const { id } of batches) forgotten.add(id);
  };
  return { baseURL: `${origin}/v1`, submitted, files, forget, [Symbol.asyncDispose]: close };
}
