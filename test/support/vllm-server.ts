// A server that speaks vLLM's answers, as read in its source, from a script: which adapters it knows, tokens that it makes up, and whatever is to
// go wrong. Leaves out: any model.
import { Hono } from 'hono';
import { serveApp } from './hono-server.ts';

/** What may take the place of an answer: a status with a body, a connection that ends, or a change of the answer. */
export type Fault = { readonly status: number; readonly body?: unknown } | 'drop' | ((answer: ChatAnswer) => unknown);

export interface ChatAnswer {
  model: string;
  choices: {
    index: number;
    message: object;
    logprobs: { content: { token: string; logprob: number | null; bytes: number[] | null; top_logprobs: [] }[] } | null;
    finish_reason: string;
    stop_reason: null;
    token_ids: number[] | null;
  }[];
  usage: { prompt_tokens: number; total_tokens: number; completion_tokens: number };
  prompt_token_ids: number[] | null;
  [field: string]: unknown;
}

export interface VllmScript {
  /** The prompt as this server reads it. */
  prompt(body: ChatRequest): readonly number[];
  /** Tokens of completion `i`, the last of which ends the turn. */
  tokens(i: number): readonly number[];
  /** Without VLLM_ALLOW_RUNTIME_LORA_UPDATING the two routes are not there. */
  readonly runtimeLora?: boolean;
  /** What to do in place of answering the `n`-th request (from 0) of a path. */
  fault?(path: string, n: number, body: never): Fault | undefined;
}

export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly { readonly content: string | readonly { readonly type: string }[] }[];
  readonly n: number;
  readonly [field: string]: unknown;
}

/** vLLM's ErrorResponse. */
const failure = (message: string, type: string, code: number, param: string | null = null) => ({
  error: { message, type, param, code },
});

export const LOGPROB = -0.75;

export interface VllmServer extends AsyncDisposable {
  readonly url: string;
  readonly requests: { readonly path: string; readonly body: ChatRequest & Record<string, unknown> }[];
  /** Names and paths of the adapters that are loaded. */
  readonly adapters: Map<string, string>;
}

function answerTo(body: ChatRequest, script: VllmScript): ChatAnswer {
  const prompt = [...script.prompt(body)];
  const choices = Array.from({ length: body.n }, (_, index) => {
    const token_ids = [...script.tokens(index)];
    const content = token_ids.map((id) => ({
      token: `token_id:${id}`,
      logprob: LOGPROB,
      bytes: null,
      top_logprobs: [] as [],
    }));
    const message = { role: 'assistant', content: 'text that nobody must read', refusal: null, reasoning: null };
    return { index, message, logprobs: { content }, finish_reason: 'stop', stop_reason: null, token_ids };
  });
  const completion_tokens = choices.reduce((n, c) => n + c.token_ids.length, 0);
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: body.model,
    choices,
    service_tier: null,
    usage: { prompt_tokens: prompt.length, total_tokens: prompt.length + completion_tokens, completion_tokens },
    prompt_logprobs: null,
    prompt_token_ids: prompt,
    kv_transfer_params: null,
  };
}

export async function vllmServer(script: VllmScript): Promise<VllmServer> {
  const requests: VllmServer['requests'] = [];
  const adapters = new Map<string, string>();
  const app = new Hono();
  const card = (id: string, root: string, parent: string | null) => ({
    id,
    object: 'model',
    created: 1,
    owned_by: 'vllm',
    root,
    parent,
  });
  app.get('/v1/models', (c) =>
    c.json({
      object: 'list',
      data: [card('base', '/models/base', null), ...[...adapters].map(([id, path]) => card(id, path, 'base'))],
    }),
  );
  app.post('/v1/*', async (c) => {
    const [path, body] = [c.req.path.slice('/v1'.length), await c.req.json()];
    const fault = script.fault?.(path, requests.filter((r) => r.path === path).length, body as never);
    requests.push({ path, body });
    if (fault === 'drop') return new Response(new ReadableStream({ start: (s) => s.error(new Error('dropped')) }));
    if (typeof fault === 'object')
      return c.json(fault.body ?? failure('fault', 'fault', fault.status), fault.status as 500);
    if (path === '/chat/completions') {
      if (!adapters.has(body.model) && body.model !== 'base')
        return c.json(failure(`The model \`${body.model}\` does not exist.`, 'NotFoundError', 404, 'model'), 404);
      const answer = answerTo(body, script);
      return c.json((fault ? fault(answer) : answer) as object);
    }
    if (script.runtimeLora === false) return c.json({ detail: 'Not Found' }, 404);
    const name = body.lora_name as string;
    if (path === '/load_lora_adapter') {
      if (adapters.has(name))
        return c.json(
          failure(
            `The lora adapter '${name}' has already been loaded. If you want to load the adapter in place, set 'load_inplace' to True.`,
            'InvalidUserInput',
            400,
          ),
          400,
        );
      adapters.set(name, body.lora_path);
      return c.text(`Success: LoRA adapter '${name}' added successfully.`);
    }
    if (!adapters.delete(name))
      return c.json(failure(`The lora adapter '${name}' cannot be found.`, 'NotFoundError', 404), 404);
    return c.text(`Success: LoRA adapter '${name}' removed successfully.`);
  });
  const { origin, close } = await serveApp(app);
  return { url: origin, requests, adapters, [Symbol.asyncDispose]: close };
}
