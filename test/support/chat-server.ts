// A local OpenAI-compatible server that answers by script: text, statuses, headers, delays, broken bodies. It records what it
// was asked. For tests of chat clients and of whatever calls experts.
import { Hono } from 'hono';
import { serveApp } from './hono-server.ts';

export interface WireBody {
  readonly model: string;
  readonly messages: readonly { role: string; content: string | readonly WirePart[] }[];
  readonly [key: string]: unknown;
}

export interface WirePart {
  readonly type: string;
  readonly text?: string;
  readonly image_url?: { readonly url: string };
}

export interface ScriptedReply {
  /** The message's content; a whole completion is made around it. */
  readonly text?: string;
  /** Fields beside the content: reasoning_content, reasoning. */
  readonly message?: Readonly<Record<string, unknown>>;
  readonly finishReason?: string;
  /** A body sent as it is, instead of a completion. */
  readonly raw?: string;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly delayMs?: number;
}

export interface ChatServer extends AsyncDisposable {
  /** Up to and including /v1. */
  readonly baseURL: string;
  readonly requests: WireBody[];
  readonly headers: Headers[];
  close(): Promise<void>;
}

/** All text of a request, images as `[image]`. */
export function wireText(body: WireBody): string {
  const parts = body.messages.flatMap(({ content }) =>
    typeof content === 'string' ? [{ type: 'text', text: content }] : content,
  );
  return parts.map((part) => (part.type === 'text' ? part.text : '[image]')).join('\n');
}

/** The body of a completion around a reply. */
export function completion(reply: ScriptedReply, model: string): string {
  return JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    model,
    choices: [
      {
        index: 0,
        finish_reason: reply.finishReason ?? 'stop',
        message: { role: 'assistant', content: reply.text ?? '', ...reply.message },
      },
    ],
    usage: { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 },
  });
}

/** Starts on a free port of 127.0.0.1. `script` gets the request body and its index. */
export async function startChatServer(
  script: (body: WireBody, index: number) => ScriptedReply | Promise<ScriptedReply>,
): Promise<ChatServer> {
  const requests: WireBody[] = [];
  const headers: Headers[] = [];
  const app = new Hono();
  app.post('/v1/chat/completions', async (context) => {
    const body = (await context.req.json()) as WireBody;
    headers.push(context.req.raw.headers);
    const reply = await script(body, requests.push(body) - 1);
    if (reply.delayMs) await new Promise((resolve) => setTimeout(resolve, reply.delayMs));
    return new Response(reply.raw ?? completion(reply, body.model), {
      status: reply.status ?? 200,
      headers: { 'content-type': 'application/json', ...reply.headers },
    });
  });
  const { origin, close } = await serveApp(app);
  return { baseURL: `${origin}/v1`, requests, headers, close, [Symbol.asyncDispose]: close };
}
