// Whom the server lets in and for how long: the token, crowds, time that is up, and requests that run or come when it stops.
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  type Body,
  failureOf,
  microServed,
  type Serving,
  serveMicro,
  untilIdle,
} from '../../test/support/serve-world.ts';
import { Gate } from './gate.ts';
import { serveSchema } from './options.ts';

let server: Serving;
const hello: Body = { model: 'micro', messages: [{ role: 'user', content: 'Hello' }], max_tokens: 2 };
const create = (body: object, at = server) => at.client.chat.completions.create({ ...hello, ...body } as Body);

beforeAll(async () => {
  server = await serveMicro();
});
afterAll(() => server.stop());

describe('who asks', () => {
  test('without the token: 401; /health is open; a named variable must hold one', async () => {
    await using locked = await serveMicro({ apiKeyEnv: 'SERVE_KEY' }, { env: { SERVE_KEY: 'sesame' } });
    const wrong = new OpenAI({ baseURL: locked.baseURL, apiKey: 'guess', maxRetries: 0 });
    expect(await failureOf(wrong.chat.completions.create(hello))).toBeInstanceOf(OpenAI.AuthenticationError);
    expect(await failureOf(wrong.models.list())).toMatchObject({ status: 401, code: 'invalid_api_key' });
    const none = await locked.post(JSON.stringify(hello));
    expect([none.status, none.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    const right = new OpenAI({ baseURL: locked.baseURL, apiKey: 'sesame', maxRetries: 0 });
    expect((await right.chat.completions.create(hello)).choices).toHaveLength(1);
    expect((await locked.health()).requests).toBe(0);
    await expect(serveMicro({ apiKeyEnv: 'SERVE_KEY' }, { env: {} })).rejects.toMatchObject({ code: 'serve-no-key' });
  });
});

describe('too many and too long', () => {
  const endless = { max_tokens: 1500, temperature: 1.5, seed: 3 };

  test('overload is a 429 with Retry-After, before the body is read; the official client waits and is served', async () => {
    await using small = await serveMicro({ maxConcurrent: 1, maxQueue: 1, maxTokens: 1500 });
    const controller = new AbortController();
    const { signal } = controller;
    const held = [0, 1].map(() =>
      small.client.chat.completions.create({ ...hello, ...endless }, { signal }).catch((e: unknown) => e),
    );
    while ((await small.health()).requests < 2);
    const error = await failureOf(create({}, small));
    expect(error).toBeInstanceOf(OpenAI.RateLimitError);
    expect(error).toMatchObject({ status: 429, code: 'server-busy', type: 'rate_limit_error' });
    expect(Number(error.headers?.get('retry-after'))).toBeGreaterThanOrEqual(1);
    const patient = new OpenAI({ baseURL: small.baseURL, apiKey: 'none', maxRetries: 5 });
    const waiting = patient.chat.completions.create(hello);
    controller.abort();
    expect((await waiting).choices).toHaveLength(1);
    await Promise.all(held);
    await untilIdle(small);
  });

  test('time that is up is a 504 that is not tried again, or the end of a stream with its reason', async () => {
    await using slow = await serveMicro({ timeoutSeconds: 0.15, maxTokens: 1500 });
    const retrying = new OpenAI({ baseURL: slow.baseURL, apiKey: 'none', maxRetries: 3 });
    const many = { ...hello, ...endless, n: 16 };
    expect(await failureOf(retrying.chat.completions.create(many))).toMatchObject({ status: 504, code: 'timeout' });
    const stream = await slow.client.chat.completions.create({ ...many, stream: true });
    let chunks = 0;
    const read = async () => {
      for await (const _ of stream) chunks++;
    };
    expect(await failureOf(read())).toMatchObject({ code: 'timeout', type: 'timeout_error' });
    expect(chunks).toBeGreaterThan(16);
    await untilIdle(slow);
  });

  test('the time to wait grows with what requests take, within a minute', () => {
    let now = 0;
    const gate = new Gate({ maxConcurrent: 2, maxQueue: 0 }, () => now);
    const wait = () => {
      const places = [gate.enter(), gate.enter()];
      try {
        gate.enter();
      } catch (error) {
        return Number((error as { headers: Record<string, string> }).headers['Retry-After']);
      } finally {
        now += 400;
        for (const leave of places) leave();
      }
      return undefined;
    };
    const waits = [wait(), wait(), wait(), wait()] as number[];
    expect(waits[0]).toBe(1);
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
    expect(waits[3]).toBe(60);
  });
});

test('a failure of ours is a 500 without details, or the end of a stream; it is reported, and the next request is served', async () => {
  const { model } = await microServed();
  let failing = true;
  const decodeFeeds: typeof model.decodeFeeds = (positions) => {
    if (failing) throw new Error('secret of the house');
    return model.decodeFeeds(positions);
  };
  await using own = await serveMicro({}, {}, { model: { ...model, decodeFeeds } });
  const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const error = await failureOf(create({}, own));
  expect(error).toMatchObject({ status: 500, code: 'server-failed', type: 'server_error' });
  const stream = await own.client.chat.completions.create({ ...hello, stream: true });
  const read = async () => {
    for await (const _ of stream);
  };
  const ended = await failureOf(read());
  const reported = said.mock.calls.map(([text]) => String(text)).join('');
  said.mockRestore();
  expect([error.message, ended.message].join()).not.toContain('secret');
  expect(reported.match(/secret of the house/g)).toHaveLength(2);
  failing = false;
  expect((await create({}, own)).choices).toHaveLength(1);
});

describe('stopping', () => {
  test('running answers end well within the grace; who comes then is told, and the port is free', async () => {
    const own = await serveMicro({ graceSeconds: 30 });
    const running = create({ max_tokens: 60, temperature: 0 }, own);
    while ((await own.health()).rows === 0);
    const stopped = own.stop();
    expect((await running).usage?.completion_tokens).toBeGreaterThan(2);
    await stopped;
    await expect(own.health()).rejects.toThrow();
  });

  test('after the grace they end with an error that says so', async () => {
    const own = await serveMicro({ graceSeconds: 0, maxTokens: 1500 });
    const many = { ...hello, max_tokens: 1500, temperature: 1.5, n: 16 };
    const stream = await own.client.chat.completions.create({ ...many, stream: true });
    const whole = failureOf(create(many, own));
    while ((await own.health()).requests < 2);
    let stopped: Promise<void> | undefined;
    const read = async () => {
      for await (const _ of stream) stopped ??= own.stop();
    };
    expect(await failureOf(read())).toMatchObject({ code: 'server-stopping' });
    expect(await whole).toMatchObject({ status: 503, code: 'server-stopping' });
    await stopped;
  });

  test.each([{ mediaRoot: '/no/such/folder' }, { mediaRoot: import.meta.filename }])(
    '%j is refused at the start',
    async (options) => {
      await expect(serveMicro(options)).rejects.toMatchObject({ code: 'serve-media-root' });
    },
  );

  test.each(['http://media.internal', 'media.internal:80', '10.0.0.0/8', ''])('%j is no host to allow', (host) => {
    expect(serveSchema.safeParse({ allowHost: [host] }).success).toBe(false);
    expect(serveSchema.safeParse({ allowHost: ['media.internal', '10.0.0.7', '::1', '[fd00::1]'] }).success).toBe(true);
  });

  test('a port that is taken is an error with its fix', async () => {
    const port = Number(new URL(server.baseURL).port);
    await expect(serveMicro({ port })).rejects.toMatchObject({
      code: 'listen',
      fix: expect.stringContaining('another port'),
    });
  });
});
