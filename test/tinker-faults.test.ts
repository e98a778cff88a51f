// What a remote backend says of trouble that no waiting mends: each failure with its code and the way out. Trouble that passes, and servers
// that are killed, are test/long/tinker-faults.test.ts's.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { failureOf } from './support/failure.ts';
import { tinyTinker } from './support/tinker-server/index.ts';
import type { Fault } from './support/tinker-server/server.ts';
import { serversOfTests } from './support/tinker-server/tests.ts';
import { tinyPrompts, tinyTokenizer } from './support/tiny-model.ts';

const serve = serversOfTests();

describe('what cannot be waited out', () => {
  const prompts = tinyPrompts(3);
  const options = { numSamples: 2, maxTokens: 4, temperature: 1, seed: 1 };

  test('a server that stays away', async () => {
    const server = await serve();
    const backend = await tinyTinker(server, { patienceMs: 200, retryMs: 20 });
    await server.kill();
    expect(await failureOf(backend.sample(prompts, options))).toMatchObject({ code: 'tinker-down' });
  });

  test('a server that asks to come back after the patience has ended', async () => {
    const busy = { status: 429, headers: { 'retry-after': '3600' } };
    const backend = await tinyTinker(await serve({ fault: (path) => (path === '/asample' ? busy : undefined) }), {
      patienceMs: 200,
    });
    expect(await failureOf(backend.sample([prompts[2]], options))).toMatchObject({
      code: 'tinker-down',
      message: expect.stringContaining('429'),
    });
  });

  test.each([
    [401, 'tinker-refused', 'tinker.apiKeyEnv'],
    [402, 'tinker-refused', 'credit'],
    [404, 'tinker-refused', 'before /api/v1'],
    [422, 'tinker-refused', "server's message"],
  ])('HTTP %i', async (status, code, fix) => {
    const server = await serve({ fault: () => ({ status }) });
    const error = await failureOf(tinyTinker(server));
    expect(error).toMatchObject({ code, facts: { status }, fix: expect.stringContaining(fix) });
  });

  test('a request that fails, told as a result or as HTTP 400; an answer of another protocol', async () => {
    const told = (answer: Fault) => async () => {
      const server = await serve({ fault: (path, n) => (path === '/retrieve_future' && n >= 1 ? answer : undefined) });
      return failureOf((await tinyTinker(server)).sample([prompts[2]], options));
    };
    const error = { error: 'out of memory', category: 'server' };
    expect(await told({ status: 200, body: error })()).toMatchObject({
      code: 'tinker-failed',
      facts: { category: 'server' },
    });
    expect(await told({ status: 400, body: { detail: 'shape' } })()).toMatchObject({ code: 'tinker-failed' });
    expect(await told({ status: 200, body: { nonsense: 1 } })()).toMatchObject({ code: 'tinker-answer' });
  });

  test('completions without the token that ended them; the end of the text ends a turn as well', async () => {
    const ending = async (last: number) => {
      const sequence = { stop_reason: 'stop', tokens: [70, last], logprobs: [-1, -1] };
      const answer = { status: 200, body: { sequences: [sequence, sequence] } };
      const isSample = (path: string, n: number) => path === '/retrieve_future' && n === 2; // after model and weights
      const server = await serve({ holdMs: 60_000, fault: (path, n) => (isSample(path, n) ? answer : undefined) });
      return (await tinyTinker(server)).sample([prompts[2]], options);
    };
    expect(await failureOf(ending(71))).toMatchObject({
      code: 'tinker-answer',
      facts: { last: 71 },
      fix: expect.stringContaining('stop tokens'),
    });
    const [[{ text }]] = await ending(tinyTokenizer().idOf('<|endoftext|>'));
    expect(text).toBe(tinyTokenizer().decode([70]));
  });

  test('sampling that is interrupted ends at once', async () => {
    const server = await serve({ holdMs: 60_000 });
    const backend = await tinyTinker(server);
    await backend.setReference();
    const controller = new AbortController();
    const sampling = failureOf(backend.sample(prompts, { ...options, maxTokens: 100_000, signal: controller.signal }));
    controller.abort();
    expect((await sampling).code).toBe('aborted');
  });

  test('pictures that the server drops; a text-only prompt is still answered', async () => {
    const server = await serve({ dropImages: true });
    const backend = await tinyTinker(server);
    const text = prompts.filter((p) => !p.clip);
    expect((await backend.sample(text, options))[0]).toHaveLength(2);
    const shown = prompts.filter((p) => p.clip);
    const batch = shown.map((prompt) => ({ prompt, tokens: [1, 2, 3] }));
    const cases = [
      backend.sample(shown, options),
      backend.logprobs(batch, 'current', 1),
      backend.forwardBackward(batch, { kind: 'cross_entropy', weights: batch.map(() => new Float32Array(3)) }, 1),
    ];
    for (const promise of cases)
      expect(await failureOf(promise)).toMatchObject({
        code: 'tinker-images',
        fix: expect.stringContaining('not jax'),
      });
  });

  test('weights that lie on another server; the model that was made for them is unloaded', async () => {
    const [here, elsewhere] = [await serve(), await serve()];
    const dir = mkdtempSync(join(tmpdir(), 'elsewhere-'));
    const [one, two] = [await tinyTinker(elsewhere), await tinyTinker(here)];
    await one.save(dir, { optimizer: true });
    expect(await failureOf(two.load(dir, { optimizer: true }))).toMatchObject({
      code: 'tinker-weights',
      facts: { said: expect.stringContaining('not found') },
      fix: expect.stringContaining('tinker.json'),
    });
    expect(here.requests.slice(-2)).toEqual(['/load_weights', '/unload_model']);
    expect((await two.sample([prompts[2]], options))[0]).toHaveLength(2);
  });

  test('another temperature than 1', async () => {
    const backend = await tinyTinker(await serve());
    expect(await failureOf(backend.sample(prompts, { ...options, temperature: 0.7 }))).toMatchObject({
      code: 'tinker-temperature',
    });
  });
});

test('weights for sampling are asked for at the last step before: their failure is told by the sampling, not before, and not lost', async () => {
  const full = { status: 400, body: { detail: 'disk full' } };
  const server = await serve({
    fault: (path, n) => (path === '/save_weights_for_sampler' && n === 2 ? full : undefined),
  });
  const backend = await tinyTinker(server);
  const prompts = tinyPrompts(1);
  const options = { numSamples: 1, maxTokens: 4, temperature: 1, seed: 1 };
  const adam = { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0, maxGradNorm: 1 };
  for (let round = 0; round < 2; round++) {
    await backend.sample(prompts, options);
    await backend.optimStep(adam);
  }
  await backend.setReference(); // is answered after that failure
  expect(await failureOf(backend.sample(prompts, options))).toMatchObject({ facts: { said: 'disk full' } });
  await backend.close();
});

test('closing ends what is still under way, a server that stays silent included', async () => {
  const server = await serve({
    fault: (path, n) => (path === '/retrieve_future' && n > 0 ? { status: 503 } : undefined),
  });
  const backend = await tinyTinker(server, { patienceMs: 600_000 });
  const [prompt] = tinyPrompts(3).filter((p) => !p.clip);
  const scoring = failureOf(backend.logprobs([{ prompt, tokens: [1, 2] }], 'current', 1));
  while (!server.requests.includes('/forward')) await new Promise((done) => setTimeout(done, 5));
  await backend.close();
  expect((await scoring).code).toBe('aborted');
});

test('heartbeats keep the session; the base model of a server with one is found', async () => {
  const server = await serve();
  const backend = await tinyTinker(server, { heartbeatMs: 10 });
  expect(backend.baseModel).toBe('tiny');
  while (server.requests.filter((path) => path === '/session_heartbeat').length < 3)
    await new Promise((done) => setTimeout(done, 5));
  await backend.close();
});
