// The server as its clients see it: the official openai package against the shipped micro model, answers whole and streamed.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  about,
  type Body,
  type MediaFolder,
  makeMedia,
  microServed,
  type Serving,
  serveMicro,
  untilIdle,
} from '../../test/support/serve-world.ts';
import { loadClip, micro } from '../media/index.ts';
import { Generator } from '../models/index.ts';
import { parseCompletion } from '../prompt/parse.ts';

type Message = OpenAI.Chat.Completions.ChatCompletionMessage & {
  reasoning_content: string | null;
  reasoning: string | null;
};

let media: MediaFolder;
let server: Serving;
const greedy = { model: 'micro', temperature: 0, max_tokens: 120 };
const create = (more: Partial<Body> = {}) =>
  server.client.chat.completions.create({ messages: about(media.clips[0]), ...greedy, ...more } as Body);
const textOf = (c: OpenAI.Chat.Completions.ChatCompletion, i = 0) => c.choices[i].message.content ?? '';

beforeAll(async () => {
  media = await makeMedia();
  server = await serveMicro({ mediaRoot: media.dir });
});
afterAll(async () => {
  await server.stop();
  await media[Symbol.asyncDispose]();
});

/** Everything that a stream says, by choice. */
async function gather(more: Partial<Body> = {}, { client } = server) {
  const stream = await client.chat.completions.create({
    messages: about(media.clips[0]),
    ...greedy,
    ...more,
    stream: true,
    stream_options: { include_usage: true },
  } as OpenAI.Chat.Completions.ChatCompletionCreateParamsStreaming);
  const n = more.n ?? 1;
  const choices = Array.from({ length: n }, () => ({
    text: '',
    reasoning: '',
    finish: '',
    logprobs: [] as object[],
    pieces: 0,
  }));
  let usage: OpenAI.CompletionUsage | undefined;
  const ids = new Set<string>();
  for await (const chunk of stream) {
    ids.add(chunk.id);
    usage = chunk.usage ?? usage;
    for (const { index, delta, finish_reason, logprobs } of chunk.choices) {
      const choice = choices[index];
      if (delta.content) choice.pieces++;
      choice.text += delta.content ?? '';
      choice.reasoning += (delta as { reasoning_content?: string }).reasoning_content ?? '';
      choice.logprobs.push(...(logprobs?.content ?? []));
      if (finish_reason) choice.finish = finish_reason;
    }
  }
  return { choices, usage, ids };
}

test('lists its model, and is on the loopback address unless told otherwise', async () => {
  expect((await server.client.models.list()).data.map(({ id }) => id)).toEqual(['micro']);
  expect(await server.client.models.retrieve('micro')).toMatchObject({ id: 'micro', object: 'model' });
  await expect(server.client.models.retrieve('other')).rejects.toMatchObject({ status: 404, code: 'model_not_found' });
  expect(server.baseURL).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1$/);
});

describe('an answer about a video', () => {
  test('is what the model says of this clip when it is asked directly', async () => {
    const { model, tokenizer } = await microServed();
    const clip = await loadClip(fileURLToPath(media.clips[0]), micro);
    const prompt = model.prepare(
      [
        {
          role: 'user',
          content: [{ type: 'video' }, { type: 'text', text: 'What happens in the video?\nThink step by step.' }],
        },
      ],
      clip,
    );
    const generator = new Generator(model, { threads: 1 });
    const [[want]] = await generator.generate([prompt], model.weights, {
      numSamples: 1,
      maxTokens: 120,
      temperature: 0,
      seed: 0,
    });
    await generator.dispose();
    const got = await create({ logprobs: true });
    expect(textOf(got)).toBe(tokenizer.decode(want.tokens));
    expect(got.choices[0].finish_reason).toBe(want.finish);
    expect(got.usage).toMatchObject({
      prompt_tokens: prompt.tokens.length,
      completion_tokens: want.tokens.length,
      total_tokens: prompt.tokens.length + want.tokens.length,
    });
    got.choices[0].logprobs?.content?.forEach(({ logprob }, t) => {
      expect(logprob).toBeCloseTo(want.logprobs[t], 4);
    });
  });

  test('streams the same text, log-probabilities and usage', async () => {
    const whole = await create({ logprobs: true, top_logprobs: 3 });
    const { choices, usage, ids } = await gather({ logprobs: true, top_logprobs: 3 });
    const [{ text, finish, logprobs, pieces }] = choices;
    expect([text, finish]).toEqual([textOf(whole), whole.choices[0].finish_reason]);
    expect(logprobs).toEqual(whole.choices[0].logprobs?.content);
    expect(pieces).toBeGreaterThan(10);
    expect(ids.size).toBe(1);
    expect(usage).toMatchObject({
      prompt_tokens: whole.usage?.prompt_tokens,
      completion_tokens: whole.usage?.completion_tokens,
    });
    expect(usage?.prompt_tokens_details?.cached_tokens).toBe(usage?.prompt_tokens);
  });

  test('may come as a data: URL, as pictures, and as several of them', async () => {
    const bytes = await readFile(fileURLToPath(media.clips[0]));
    const data = `data:video/mp4;base64,${bytes.toString('base64')}`;
    expect(textOf(await create({ messages: about(data) }))).toBe(textOf(await create()));
    const { encodePng } = await import('../media/index.ts');
    const clip = await loadClip(fileURLToPath(media.clips[0]), micro);
    const png = `data:image/png;base64,${Buffer.from(await encodePng(clip.frames[0])).toString('base64')}`;
    const content = [
      { type: 'image_url' as const, image_url: { url: png, detail: 'low' as const } },
      { type: 'image_url' as const, image_url: { url: png } },
      { type: 'text' as const, text: 'How many objects are there?\nAnswer directly.' },
    ];
    const one = await create({ messages: [{ role: 'user', content: content.slice(1) }] });
    const two = await create({ messages: [{ role: 'user', content }] });
    expect(textOf(one).length).toBeGreaterThan(0);
    expect((two.usage?.prompt_tokens ?? 0) - (one.usage?.prompt_tokens ?? 0)).toBe(9 + 2); // 84² pixels are 3 × 3 cells, and two tags
  });
});

describe('reasoning', () => {
  /** Whatever the model says reads as `script`, seven characters a token: the shipped base has not learnt to think in tags. */
  const saying = async (script: string, prefilled = false) => {
    const { tokenizer } = await microServed();
    const stream = () => {
      const pieces = script.match(/.{1,7}/gs) ?? [];
      return { push: () => pieces.shift() ?? '', end: () => '' };
    };
    const renderChat = () => `<|im_start|>assistant\n${prefilled ? '<think>\n' : ''}`;
    return serveMicro({}, {}, { tokenizer: { ...tokenizer, stream, renderChat } });
  };
  const ask = {
    ...greedy,
    messages: [{ role: 'user' as const, content: 'Count to three. '.repeat(3) }],
    stop: ['</answer>'],
  };

  test.each([
    ['<think>one < two</think>\n<answer>3', false, 'one < two'],
    ['\nfirst\n</think>\n<answer>3', true, '\nfirst\n'],
    ['<answer>3', false, null],
  ])('%j is in the text and apart, under both names, whole and streamed', async (script, prefilled, want) => {
    await using own = await saying(`${script}</answer>`, prefilled);
    const got = await own.client.chat.completions.create(ask);
    const message = got.choices[0].message as Message;
    expect([message.content, message.reasoning_content, message.reasoning]).toEqual([script, want, want]);
    expect(got.usage?.completion_tokens_details?.reasoning_tokens).toEqual(want === null ? 0 : expect.any(Number));
    const { choices } = await gather(ask, own);
    expect(choices).toMatchObject([{ text: script, reasoning: want ?? '', finish: 'stop' }]);
    if (!prefilled) expect(parseCompletion(`${script}</answer>`).think ?? null).toBe(want);
  });
});

describe('settings', () => {
  const hot = { temperature: 1.2, max_tokens: 40 };

  test('a seed repeats, another differs, none differs every time', async () => {
    const texts = async (seed?: number) => textOf(await create({ ...hot, seed }));
    const [a, b, c] = [await texts(7), await texts(7), await texts(8)];
    expect(a).toBe(b);
    expect(a).not.toBe(c);
    expect(await texts()).not.toBe(await texts());
  });

  test('n completions, each with its index, alone and streamed', async () => {
    const whole = await create({ ...hot, n: 3, seed: 1 });
    expect(whole.choices.map((c) => c.index)).toEqual([0, 1, 2]);
    expect(new Set(whole.choices.map((_, i) => textOf(whole, i))).size).toBe(3);
    const { choices } = await gather({ ...hot, n: 3, seed: 1 });
    expect(choices.map((c) => c.text)).toEqual(whole.choices.map((_, i) => textOf(whole, i)));
    const one = await create({ ...hot, seed: 1 });
    expect(textOf(one)).toBe(textOf(whole));
  });

  test('max_tokens cuts off and says so; usage counts what was written', async () => {
    const got = await create({ max_tokens: 5 });
    expect(got.choices[0].finish_reason).toBe('length');
    expect(got.usage?.completion_tokens).toBe(5);
    expect((await create({ max_tokens: undefined, max_completion_tokens: 4 })).usage?.completion_tokens).toBe(4);
  });

  test('stop sequences across tokens end the text before them, whole and streamed', async () => {
    const whole = textOf(await create());
    const at = whole.indexOf(' ', 20);
    const stop = whole.slice(at - 2, at + 3); // the end of a word, a space, the beginning of the next
    const want = whole.slice(0, whole.indexOf(stop));
    const stopped = await create({ stop: ['never to be seen', stop] });
    expect([textOf(stopped), stopped.choices[0].finish_reason]).toEqual([want, 'stop']);
    expect((await gather({ stop })).choices[0]).toMatchObject({ text: want, finish: 'stop' });
    expect(stopped.usage?.completion_tokens).toBeLessThan((await create()).usage?.completion_tokens ?? 0);
  });

  test('log-probabilities: of the drawn token, and the likeliest beside it', async () => {
    const got = await create({ max_tokens: 12, logprobs: true, top_logprobs: 4 });
    const content = got.choices[0].logprobs?.content ?? [];
    expect(content.map((l) => l.token).join('')).toBe(textOf(got));
    for (const { logprob, top_logprobs, bytes, token } of content) {
      expect(top_logprobs.map((t) => t.logprob)).toEqual([...top_logprobs.map((t) => t.logprob)].sort((x, y) => y - x));
      expect(top_logprobs).toHaveLength(4);
      expect(logprob).toBe(top_logprobs[0].logprob); // greedy
      expect(Buffer.from(bytes ?? []).toString()).toBe(token);
    }
    expect((await create({ max_tokens: 3 })).choices[0].logprobs).toBeNull();
  });

  test('fewer frames are fewer tokens', async () => {
    const frames = (num_frames: number) =>
      create({ max_tokens: 1, ...({ media_io_kwargs: { video: { num_frames } } } as object) });
    const [two, eight, usual] = [await frames(2), await frames(8), await create({ max_tokens: 1 })];
    expect(usual.usage?.prompt_tokens).toBe(eight.usage?.prompt_tokens);
    expect((eight.usage?.prompt_tokens ?? 0) - (two.usage?.prompt_tokens ?? 0)).toBe(3 * 9);
  });
});

describe('clients that go away', () => {
  const endless = { temperature: 1.5, max_tokens: 1500, n: 4 };

  test('in the middle of a stream: the rows are free at once', async () => {
    const stream = await server.client.chat.completions.create({
      messages: about(media.clips[1]),
      model: 'micro',
      ...endless,
      stream: true,
    });
    let chunks = 0;
    for await (const _ of stream) if (++chunks === 20) break;
    stream.controller.abort();
    await untilIdle(server);
  });

  test('while they wait for a whole answer', async () => {
    const controller = new AbortController();
    const asked = server.client.chat.completions.create(
      { messages: about(media.clips[1]), model: 'micro', ...endless },
      { signal: controller.signal },
    );
    const settled = asked.catch((error: unknown) => error);
    while ((await server.health()).rows === 0);
    controller.abort();
    expect(await settled).toBeInstanceOf(OpenAI.APIUserAbortError);
    await untilIdle(server);
  });
});
