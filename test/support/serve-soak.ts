// Many clients at once against a server in a process of its own, for as long as is asked: good requests of every kind, whose answers are known
// from asking them alone before, and bad ones of every kind. Every answer is compared; none may be lost, cut short or another's.
import { readFile } from 'node:fs/promises';
import OpenAI from 'openai';
import { createRng, type Rng } from '../../src/base/rng.ts';
import { startServeProcess } from './serve-process.ts';
import { about, type Body, failureOf, type MediaFolder, makeMedia } from './serve-world.ts';

export interface SoakCounts {
  /** Requests by kind that ended as they should. */
  readonly right: Record<string, number>;
  /** What went wrong, in words. */
  readonly wrong: string[];
  /** Streams that were open at once, at most. */
  readonly mostStreams: number;
  /** Resident memory of the server in MiB: after a fifth of the time, and at the end. */
  readonly memory: readonly [number, number];
  readonly tokens: number;
  /** /health at the end. */
  readonly left: { readonly rows: number; readonly waiting: number; readonly requests: number };
}

/** Clients that always hold a stream, and those beside them that ask for whole answers and send what is bad. */
const [streams, others] = [32, 8];

interface Good {
  readonly body: Body;
  readonly texts: readonly (string | null)[];
}

/** Requests of every kind; answers are fixed by greed or seed. */
async function goodBodies(media: MediaFolder, model: string): Promise<Body[]> {
  const questions = [
    'What happens in the video?',
    'Which way does the circle move?',
    'How many objects appear in the video?',
  ];
  const asked = media.clips.flatMap((url) => questions.map((question) => about(url, question)));
  const data = `data:video/mp4;base64,${(await readFile(new URL(media.clips[0]))).toString('base64')}`;
  const turns = (url: string): Body['messages'] => [
    ...about(url),
    { role: 'assistant', content: 'A red circle moves.' },
    { role: 'user', content: 'How many objects appear in the video?\nAnswer directly.' },
  ];
  const all = [...asked, about(data), turns(media.clips[1]), [{ role: 'user' as const, content: 'Hello' }]];
  return all.map((messages, i) => ({
    model,
    messages,
    max_tokens: 40 + 13 * (i % 5),
    n: i % 6 === 5 ? 3 : 1,
    ...(i % 3 === 2 ? { temperature: 0.9, seed: i, top_p: 0.95 } : { temperature: 0 }),
    ...(i % 4 === 3 ? { stop: ['. A'] } : {}),
    ...(i % 5 === 4 ? { logprobs: true, top_logprobs: 2 } : {}),
  }));
}

async function streamed(client: OpenAI, body: Body, open: { now: number; most: number }): Promise<string[]> {
  const stream = await client.chat.completions.create({ ...body, stream: true });
  open.most = Math.max(open.most, ++open.now);
  try {
    const texts = Array.from({ length: body.n ?? 1 }, () => '');
    const ended = new Set<number>();
    for await (const { choices } of stream)
      for (const { index, delta, finish_reason } of choices) {
        texts[index] += delta.content ?? '';
        if (finish_reason) ended.add(index);
      }
    if (ended.size !== texts.length) throw new Error('a stream ended without a finish_reason');
    return texts;
  } finally {
    open.now--;
  }
}

/** Bad requests: what to send, and what has to come back. */
function badRequests(media: MediaFolder, model: string, client: OpenAI, baseURL: string) {
  const ask = (more: object) =>
    client.chat.completions.create({ model, messages: about(media.clips[0]), ...more } as Body);
  const refused = (name: string, make: () => Promise<unknown>, status: number, code: string) => ({
    name,
    run: async () => {
      const error = await failureOf(make());
      if (error.status !== status || error.code !== code)
        throw new Error(`${name}: ${error.status} ${error.code} ${error.message}`);
    },
  });
  const files = Object.entries({
    'bad-zero-bytes': 'media-empty',
    'bad-truncated': 'media-truncated',
    'bad-text': 'media-not-video',
    'bad-audio-only': 'media-no-video-stream',
  }).map(([name, code]) => refused(name, () => ask({ messages: about(media.bad[name]), stream: true }), 400, code));
  return [
    ...files,
    refused('outside', () => ask({ messages: about('file:///etc/passwd') }), 400, 'media-outside-root'),
    refused('private', () => ask({ messages: about('http://127.0.0.1:9/x.mp4') }), 400, 'media-host'),
    refused('field', () => ask({ tools: [{ type: 'function' }] }), 400, 'unsupported-field'),
    refused('model', () => ask({ model: 'other' }), 404, 'model_not_found'),
    {
      name: 'malformed',
      run: async () => {
        const headers = { 'content-type': 'application/json' };
        const response = await fetch(`${baseURL}/chat/completions`, { method: 'POST', headers, body: '{"model": ' });
        if (response.status !== 400) throw new Error(`malformed JSON: ${response.status}`);
        await response.text();
      },
    },
    {
      name: 'goes away',
      run: async () => {
        const stream = await client.chat.completions.create({
          model,
          messages: about(media.clips[1]),
          max_tokens: 500,
          temperature: 1.5,
          stream: true,
        });
        let chunks = 0;
        for await (const _ of stream) if (++chunks > 5) break;
        stream.controller.abort();
      },
    },
  ];
}

async function memoryOf(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

/** One request; what is wrong with it is noted, not thrown: the others go on. */
async function noted(counts: SoakCounts, name: string, run: () => Promise<void>): Promise<void> {
  try {
    await run();
    counts.right[name] = (counts.right[name] ?? 0) + 1;
  } catch (error) {
    counts.wrong.push(`${name}: ${String((error as Error)?.message ?? error)}`);
  }
}

/** Runs for so many seconds. */
export async function soakServer(seconds: number): Promise<SoakCounts> {
  await using media = await makeMedia(6);
  const server = await startServeProcess(
    '--media-root',
    media.dir,
    '--max-concurrent',
    String(streams + others),
    '--max-tokens',
    '512',
  );
  const { baseURL, name, child } = server;
  const client = new OpenAI({ baseURL, apiKey: 'none', maxRetries: 0 });
  const health = async () => (await fetch(new URL('/health', baseURL))).json() as Promise<SoakCounts['left']>;
  try {
    const bodies = await goodBodies(media, name);
    const known: Good[] = [];
    for (const body of bodies) {
      const { choices } = await client.chat.completions.create(body);
      known.push({ body, texts: choices.map((c) => c.message.content) });
    }
    const bad = badRequests(media, name, client, baseURL);
    const open = { now: 0, most: 0 };
    const counts = { right: {} as Record<string, number>, wrong: [] as string[], tokens: 0 };
    const record = counts as unknown as SoakCounts;
    const good = (rng: Rng, whole: boolean) => {
      const { body, texts } = rng.pick(known);
      return noted(record, whole ? 'whole' : 'stream', async () => {
        const got = whole
          ? (await client.chat.completions.create(body)).choices.map((c) => c.message.content)
          : await streamed(client, body, open);
        counts.tokens += got.join('').length / 4;
        if (got.join('\0') !== texts.join('\0'))
          throw new Error(`expected ${JSON.stringify(texts)}, got ${JSON.stringify(got)}`);
      });
    };
    const end = Date.now() + 1000 * seconds;
    const worker = async (id: number) => {
      const rng = createRng(id);
      while (Date.now() < end) {
        if (id < streams) await good(rng, false);
        else if (rng.next() < 0.3) await good(rng, true);
        else {
          const { name: kind, run } = rng.pick(bad);
          await noted(record, kind, run);
        }
      }
    };
    const early = new Promise((resolve) => setTimeout(resolve, 200 * seconds)).then(() => memoryOf(child.pid));
    await Promise.all(Array.from({ length: streams + others }, (_, id) => worker(id)));
    const memory = [await early, await memoryOf(child.pid)] as const;
    let left = await health();
    for (let tries = 0; tries < 200 && left.requests > 0; tries++) left = await health();
    return { ...counts, mostStreams: open.most, memory, left };
  } finally {
    await server.end();
  }
}
