// For the server's tests: the shipped micro model on a free port of this machine, asked with the official openai package, and clips of the
// micro-world with the files that no decoder can use.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import OpenAI from 'openai';
import { micro } from '../../src/media/index.ts';
import { loadTokenizer, loadVideoLanguageModel } from '../../src/models/index.ts';
import { microBase } from '../../src/recipes/shipped.ts';
import type { ServedModel } from '../../src/serve/index.ts';
import { type RunningServer, type ServeOptionsInput, type ServerTools, startServer } from '../../src/serve/index.ts';
import { makeWorld, plantBadFiles } from '../../src/world/index.ts';

let loaded: Promise<ServedModel> | undefined;

/** The micro model, loaded once. */
export function microServed(): Promise<ServedModel> {
  loaded ??= (async () => ({
    name: 'micro',
    model: await loadVideoLanguageModel(microBase),
    tokenizer: await loadTokenizer(microBase),
    profile: micro,
    session: { threads: 1 },
  }))();
  return loaded;
}

export type Body = OpenAI.Chat.Completions.ChatCompletionCreateParamsNonStreaming;
export type Part = OpenAI.Chat.Completions.ChatCompletionContentPart;

export interface Serving extends RunningServer, AsyncDisposable {
  readonly client: OpenAI;
  /** /health. */
  health(): Promise<{ readonly rows: number; readonly waiting: number; readonly requests: number }>;
  /** A bare request. */
  post(body: string, headers?: Record<string, string>): Promise<Response>;
}

/** A server on a free port. `served`: other than the micro model. */
export async function serveMicro(
  options: ServeOptionsInput = {},
  tools: ServerTools = {},
  served: Partial<ServedModel> = {},
): Promise<Serving> {
  const model = { ...(await microServed()), ...served };
  const server = await startServer(model, { port: 0, graceSeconds: 1, ...options }, tools);
  const { baseURL, stop } = server;
  return {
    baseURL,
    stop,
    client: new OpenAI({ baseURL, apiKey: 'none', maxRetries: 0 }),
    health: async () => (await fetch(new URL('/health', baseURL))).json(),
    post: (body, headers) =>
      fetch(`${baseURL}/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
      }),
    [Symbol.asyncDispose]: stop,
  };
}

/** Resolves once `/health` shows that nothing is going on any more. */
export async function untilIdle({ health }: Serving): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    const { rows, waiting, requests } = await health();
    if (rows === 0 && waiting === 0 && requests === 0) return;
  }
  throw new Error('the server still holds requests');
}

export interface MediaFolder extends AsyncDisposable {
  readonly dir: string;
  /** File URLs of good clips. */
  readonly clips: readonly string[];
  /** Of the files that no decoder can use, by name. */
  readonly bad: Readonly<Record<string, string>>;
  /** Of any file below. */
  url(name: string): string;
}

export async function makeMedia(clips = 3): Promise<MediaFolder> {
  const dir = await mkdtemp(join(tmpdir(), 'videorft-serve-media-'));
  const { train } = await makeWorld(dir, { seed: 4, train: 4 * clips, heldOut: 0, questionsPerScene: 1 });
  const bad = await plantBadFiles(dir, 9);
  const url = (name: string) => pathToFileURL(join(dir, name)).href;
  const videos = train.filter((row) => row.data_type === 'video').map((row) => url(row.path));
  return {
    dir,
    url,
    clips: [...new Set(videos)].slice(0, clips),
    bad: Object.fromEntries(bad.map((row) => [row.problem_id, url(row.path)])),
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }),
  };
}

/** A question about a video, in the words that the micro model knows. */
export const about = (url: string, question = 'What happens in the video?'): Body['messages'] => [
  {
    role: 'user',
    content: [
      { type: 'video_url', video_url: { url } } as unknown as Part,
      { type: 'text', text: `${question}\nThink step by step.` },
    ],
  },
];

/** The API error that `promise` ends in; anything else fails the test. */
export const failureOf = (promise: Promise<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> =>
  promise.then(
    () => Promise.reject(new Error('expected an error')),
    (error: unknown) => {
      if (error instanceof OpenAI.APIError) return error;
      throw error;
    },
  );
