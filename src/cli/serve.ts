// `videorft serve`: a model behind the OpenAI chat protocol, until Ctrl-C.
import { once } from 'node:events';
import { z } from 'zod';
import { isLoopback } from '../base/listen.ts';
import { log } from '../base/log.ts';
import { profileNames } from '../recipes/clips.ts';
import { serveModel } from '../recipes/serve.ts';
import { askedDtypeSchema } from '../recipes/training-config.ts';
import { serveSchema } from '../serve/index.ts';
import { defineCommand } from './command.ts';

const schema = z.strictObject({
  model: z
    .string()
    .optional()
    .describe('Folder of the model, or a run directory (its newest checkpoint); absent: the shipped micro model.'),
  profile: z
    .enum(profileNames)
    .optional()
    .describe(
      'Frames and pixels of videos; absent: micro for the shipped model and what was trained from it, paperEval for others.',
    ),
  ...serveSchema.shape,
  device: z.enum(['cpu', 'webgpu']).default('cpu').describe('What runs the model.'),
  dtype: askedDtypeSchema,
  threads: z.number().int().positive().optional().describe('Threads inside one operation; absent: all cores.'),
});

/** Says so where the server can be reached from elsewhere without a token. */
export function warnIfOpen({ host, apiKeyEnv }: { readonly host: string; readonly apiKeyEnv?: string }): void {
  if (isLoopback(host) || apiKeyEnv !== undefined) return;
  log.warn(`${host} can be reached from other machines, and no token is asked for (--api-key-env)`);
}

/** Serves until Ctrl-C, then lets running answers end. */
export async function untilInterrupted(signal: AbortSignal, server: { stop(): Promise<void> }): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
  await server.stop();
}

export const command = defineCommand({
  about: `Answers POST /v1/chat/completions (text, image_url, video_url; streamed or whole) and GET /v1/models as OpenAI's API does. Requests
that come together are written together. In answers, the inside of <think> stands in the text and once more in reasoning_content.

  curl http://127.0.0.1:8000/v1/chat/completions -H 'Content-Type: application/json' -d '{"model": "micro-base", "messages":
    [{"role": "user", "content": [{"type": "video_url", "video_url": {"url": "file:///data/clip.mp4"}},
                                  {"type": "text", "text": "What happens in the video?"}]}]}'

  const client = new OpenAI({ baseURL: 'http://127.0.0.1:8000/v1', apiKey: 'none' });

Videos are named by https:, data: or, below --media-root, file: URL; frames make one too (data:video/jpeg;base64,…,…). With --adapters, LoRA adapters
are loaded and unloaded by vLLM's POST /v1/load_lora_adapter {"lora_name", "lora_path"} and /v1/unload_lora_adapter, and asked for by name as the
model. Ctrl-C lets running answers end.`,
  examples: [
    { args: 'serve --media-root world', does: 'the shipped micro model, about clips below world' },
    { args: 'serve --model runs/speedrun/grpo --port 9000', does: 'the newest checkpoint of a run, on another port' },
    {
      args: 'serve --model Qwen2.5-VL-3B-Instruct --host 0.0.0.0 --api-key-env SERVE_KEY',
      does: 'for other machines, which have to send the token that SERVE_KEY holds',
    },
    {
      args: 'serve --model MODEL --adapters runs',
      does: 'may be given adapters below runs: the other half of grpo --rollouts',
    },
    { args: 'serve --allow-host media.internal', does: 'may fetch from a host that has a private address' },
  ],
  schema,
  run: async ({ config, signal, print }) => {
    const { model, profile, device, dtype, threads, ...options } = config;
    warnIfOpen(options);
    const { name, server } = await serveModel({ model, profile, session: { device, threads }, dtype, options });
    print(`${name}: ${server.baseURL}`);
    await untilInterrupted(signal, server);
    return 0;
  },
});
