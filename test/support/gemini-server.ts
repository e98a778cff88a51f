// A local server that speaks Gemini's generateContent and Files API by script, and records what it got. For tests of clients.
import { Hono } from 'hono';
import { serveApp } from './hono-server.ts';

export interface GeminiReply {
  /** Parts of the answer: text, or text that is a thought. */
  readonly parts?: readonly { readonly text: string; readonly thought?: boolean }[];
  readonly finishReason?: string;
  /** A body sent as it is. */
  readonly raw?: object;
  readonly status?: number;
  readonly delayMs?: number;
}

export interface GeminiUpload {
  readonly mimeType: string;
  readonly length: number;
  readonly data: Buffer;
}

export interface GeminiServer extends AsyncDisposable {
  /** Up to and including /v1beta. */
  readonly baseURL: string;
  readonly asked: { readonly path: string; readonly headers: Headers; readonly body: Record<string, unknown> }[];
  readonly uploads: GeminiUpload[];
  /** How often the state of a file was asked for. */
  readonly polls: () => number;
}

export interface GeminiScript {
  /** Gets the last text of the request. */
  readonly reply: (text: string) => GeminiReply;
  /** States of an uploaded file in the order in which they are told; the last one stays. */
  readonly states?: readonly string[];
}

const answerOf = ({ parts, finishReason = 'STOP', raw }: GeminiReply, model: string): object =>
  raw ?? {
    candidates: [{ content: { role: 'model', parts }, finishReason }],
    usageMetadata: { promptTokenCount: 11, candidatesTokenCount: 5, thoughtsTokenCount: 2 },
    modelVersion: model,
  };

function lastText({ contents }: Record<string, unknown>): string {
  const turns = contents as { parts: { text?: string }[] }[];
  return turns.at(-1)?.parts.at(-1)?.text ?? '';
}

export async function startGeminiServer({ reply, states = ['ACTIVE'] }: GeminiScript): Promise<GeminiServer> {
  const asked: GeminiServer['asked'] = [];
  const begun: { mimeType: string; length: number }[] = [];
  const uploads: GeminiUpload[] = [];
  let polls = 0;
  const app = new Hono();
  const file = (index: number, state: string, origin: string) => ({
    file: { name: `files/f${index}`, uri: `${origin}/v1beta/files/f${index}`, state },
  });
  app.post('/v1beta/models/:call', async (context) => {
    const body = (await context.req.json()) as Record<string, unknown>;
    asked.push({ path: context.req.path, headers: context.req.raw.headers, body });
    const said = reply(lastText(body));
    if (said.delayMs) await new Promise((resolve) => setTimeout(resolve, said.delayMs));
    const answer = answerOf(said, context.req.param('call').split(':')[0]);
    return new Response(JSON.stringify(answer), { status: said.status ?? 200 });
  });
  app.post('/upload/v1beta/files', (context) => {
    const header = (name: string) => context.req.header(`x-goog-upload-${name}`) ?? '';
    if (header('protocol') !== 'resumable' || header('command') !== 'start') return context.text('bad start', 400);
    begun.push({ mimeType: header('header-content-type'), length: Number(header('header-content-length')) });
    const { origin } = new URL(context.req.url);
    return new Response('', { headers: { 'x-goog-upload-url': `${origin}/session/${begun.length - 1}` } });
  });
  app.post('/session/:id', async (context) => {
    const id = Number(context.req.param('id'));
    if (context.req.header('x-goog-upload-command') !== 'upload, finalize') return context.text('bad command', 400);
    uploads.push({ ...begun[id], data: Buffer.from(await context.req.arrayBuffer()) });
    return context.json(file(id, states[0], new URL(context.req.url).origin));
  });
  app.get('/v1beta/files/:name', (context) => {
    const state = states[Math.min(++polls, states.length - 1)];
    return context.json(file(Number(context.req.param('name').slice(1)), state, new URL(context.req.url).origin).file);
  });
  const { origin, close } = await serveApp(app);
  return { baseURL: `${origin}/v1beta`, asked, uploads, polls: () => polls, [Symbol.asyncDispose]: close };
}
