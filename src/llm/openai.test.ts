// The HTTP adapter against a scripted local server: the conformance suite, what goes over the wire, and what is retried.
import { expect, test } from 'vitest';
import { type Behaviour, chatModelConformance } from '../../test/conformance/chat-model.ts';
import { type ScriptedReply, startChatServer, type WireBody, type WirePart } from '../../test/support/chat-server.ts';
import { VideorftError } from '../base/errors.ts';
import { type EndpointInput, endpointSchema } from './config.ts';
import { createOpenAIModel } from './openai.ts';

const endpoint = (baseURL: string, rest: Partial<EndpointInput> = {}) =>
  endpointSchema.parse({ baseURL, model: 'm', maxAttempts: 4, ...rest });
const fast = { baseDelayMs: 2, maxDelayMs: 8 };
const hello = { messages: [{ role: 'user', content: 'hello' }] } as const;
const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error as VideorftError,
  );

function behave(behaviour: Behaviour, body: WireBody): ScriptedReply {
  if (behaviour === 'fail') return { status: 500 };
  if (behaviour === 'hang') return { text: 'late', delayMs: 2000 };
  if (behaviour === 'empty') return { text: ' ' };
  if (behaviour === 'thinks') return { text: 'B', message: { reasoning_content: 'because' } };
  const content = body.messages.at(-1)?.content;
  return { text: typeof content === 'string' ? content : content?.at(-1)?.text };
}

chatModelConformance('openai over HTTP', async (behaviour) => {
  const server = await startChatServer((body) => behave(behaviour, body));
  const model = createOpenAIModel(endpoint(server.baseURL), fast);
  return { model, asked: () => server.requests.length, [Symbol.asyncDispose]: server.close };
});

test('images go as JPEG data URLs in order, each after its time; key and JSON Schema as the protocol wants them', async () => {
  await using server = await startChatServer(() => ({ text: '{}' }));
  const settings = endpoint(server.baseURL, { apiKeyEnv: 'TEST_KEY', extraBody: { top_k: 5 } });
  const model = createOpenAIModel(settings, { env: { TEST_KEY: 'secret' } });
  const schema = { type: 'object' };
  await model.chat({
    messages: [
      {
        role: 'user',
        content: [
          { type: 'image', jpeg: Uint8Array.of(1, 2, 3), timeSeconds: 0 },
          { type: 'image', jpeg: Uint8Array.of(4, 5, 6), timeSeconds: 1 / 3 },
          { type: 'image', jpeg: Uint8Array.of(7) },
          { type: 'text', text: 'Describe.' },
        ],
      },
    ],
    temperature: 0.5,
    max_tokens: 9,
    jsonSchema: { name: 'd', schema },
  });
  const shown = (server.requests[0].messages[0].content as readonly WirePart[]).map(
    (part) => part.text ?? part.image_url?.url,
  );
  expect(shown).toEqual([
    'Frame at 0 seconds:',
    'data:image/jpeg;base64,AQID',
    'Frame at 0.33 seconds:',
    'data:image/jpeg;base64,BAUG',
    'data:image/jpeg;base64,Bw==',
    'Describe.',
  ]);
  expect(server.requests[0]).toMatchObject({
    model: 'm',
    temperature: 0.5,
    max_tokens: 9,
    top_k: 5,
    response_format: { type: 'json_schema', json_schema: { name: 'd', strict: true, schema } },
  });
  expect(server.headers[0].get('authorization')).toBe('Bearer secret');
});

test('pictures have the detail that is set, and none where none is', async () => {
  await using server = await startChatServer(() => ({ text: 'ok' }));
  const content = [{ type: 'image', jpeg: Uint8Array.of(1), timeSeconds: 0 }] as const;
  for (const rest of [{ imageDetail: 'low' }, {}] as const)
    await createOpenAIModel(endpoint(server.baseURL, rest)).chat({ messages: [{ role: 'user', content }] });
  const sent = server.requests.map(({ messages }) => (messages[0].content as WirePart[])[1].image_url);
  expect(sent).toEqual([{ url: 'data:image/jpeg;base64,AQ==', detail: 'low' }, { url: 'data:image/jpeg;base64,AQ==' }]);
});

test('a field that is set to null is not sent, and its replacement is', async () => {
  await using server = await startChatServer(() => ({ text: 'ok' }));
  const extraBody = { max_tokens: null, temperature: null, max_completion_tokens: 4096 };
  const model = createOpenAIModel(endpoint(server.baseURL, { extraBody }));
  await model.chat({ ...hello, max_tokens: 9, temperature: 0 });
  expect(Object.keys(server.requests[0]).sort()).toEqual(['max_completion_tokens', 'messages', 'model']);
});

test('rate limits, server errors, broken JSON, wrong bodies, empty answers and a timeout cost attempts, not the answer', async () => {
  const troubles: ScriptedReply[] = [
    { status: 429, headers: { 'retry-after': '0' } },
    { status: 500 },
    { raw: '{"choices": [' },
    { raw: '{"error": {"message": "overloaded"}}' },
    { text: '' },
    { text: 'late', delayMs: 2000 },
    { status: 503, headers: { 'retry-after-ms': '1' } },
  ];
  await using server = await startChatServer((_, index) => troubles[index] ?? { text: 'good' });
  const model = createOpenAIModel(endpoint(server.baseURL, { maxAttempts: 7, timeoutSeconds: 0.6 }), fast);
  const response = await model.chat(hello);
  expect(response).toMatchObject({ text: 'good', attempts: 8 });
  expect(server.requests).toHaveLength(8);
});

test('the final error keeps every attempt', async () => {
  const troubles: ScriptedReply[] = [
    { status: 500, raw: '{"error":{"message":"boom"}}' },
    { raw: 'nonsense' },
    { text: '' },
    { status: 502 },
  ];
  await using server = await startChatServer((_, index) => troubles[index]);
  const error = await failureOf(createOpenAIModel(endpoint(server.baseURL), fast).chat({ ...hello, sampleId: 's9' }));
  expect(error).toMatchObject({ code: 'llm-failed', facts: { attempts: 4, sample: 's9', model: 'm' } });
  expect(error?.facts.history).toMatch(/HTTP 500 \(boom\) after .*broken JSON after .*empty answer after .*HTTP 502/);
});

test('failures of an earlier process count: a request that has one attempt left makes one', async () => {
  await using server = await startChatServer(() => ({ status: 500 }));
  const journal = { failures: 3, begin: async () => undefined, fail: async () => undefined };
  const error = await failureOf(createOpenAIModel(endpoint(server.baseURL), fast).chat({ ...hello, journal }));
  expect(error).toMatchObject({ code: 'llm-failed' });
  expect(server.requests).toHaveLength(1);
});

test('an endpoint that is down for a while costs nobody the answer, however few attempts a request has', async () => {
  let downUntil = 60;
  await using server = await startChatServer(() => (downUntil-- > 0 ? { status: 503 } : { text: 'back' }));
  const model = createOpenAIModel(endpoint(server.baseURL, { maxAttempts: 4, concurrency: 8 }), fast);
  const answers = await Promise.all(Array.from({ length: 8 }, () => model.chat(hello)));
  expect(answers.map(({ text }) => text)).toEqual(Array(8).fill('back'));
});

test('an endpoint that stays down ends the wait with what it said last', async () => {
  await using server = await startChatServer(() => ({ status: 503 }));
  const settings = endpoint(server.baseURL, { maxAttempts: 4, concurrency: 8, downPatienceSeconds: 0.1 });
  const model = createOpenAIModel(settings, fast);
  const errors = await Promise.all(Array.from({ length: 8 }, () => failureOf(model.chat(hello))));
  expect(errors.map((error) => error?.code)).toContain('llm-down');
  const down = errors.find((error) => error?.code === 'llm-down');
  expect(down?.message).toContain('HTTP 503');
  expect(down?.facts).toMatchObject({ model: 'm' });
});

test('nobody listens: a network error with its code', async () => {
  const server = await startChatServer(() => ({ text: 'x' }));
  await server.close();
  const error = await failureOf(createOpenAIModel(endpoint(server.baseURL, { maxAttempts: 2 }), fast).chat(hello));
  expect(error).toMatchObject({ code: 'llm-failed', facts: { attempts: 2 } });
  expect(error?.message).toContain('ECONNREFUSED');
});

test.each([
  [401, {}, 'llm-refused', /TEST_KEY/],
  [403, {}, 'llm-refused', /TEST_KEY/],
  [404, {}, 'llm-refused', /baseURL and model/],
  [
    429,
    { raw: '{"error":{"code":"insufficient_quota","message":"You exceeded your quota"}}' },
    'llm-refused',
    /credit/,
  ],
  [400, {}, 'llm-failed', /jsonMode/],
  // vLLM 0.32, as it says it; the flag stands beyond what is shown of a long message.
  [
    400,
    { raw: `{"error":{"message":"${'words '.repeat(40)}Start the server with --trust-request-mm-kwargs only when"}}` },
    'llm-failed',
    /start vLLM with --trust-request-mm-kwargs/,
  ],
  [413, {}, 'llm-failed', /smaller frames/],
])('HTTP %i fails at once with the fix', async (status, rest, code, fix) => {
  await using server = await startChatServer(() => ({ status, ...rest }));
  const settings = endpoint(server.baseURL, { apiKeyEnv: 'TEST_KEY' });
  const error = await failureOf(
    createOpenAIModel(settings, { ...fast, env: { TEST_KEY: 'secret-value' } }).chat(hello),
  );
  expect(error).toMatchObject({ code, facts: { attempts: 1 } });
  expect(error?.fix).toMatch(fix);
  expect(error?.describe()).not.toContain('secret-value');
  expect(server.requests).toHaveLength(1);
});

test('an answer cut before it began is not asked again with the same limit', async () => {
  await using server = await startChatServer(() => ({
    text: '',
    finishReason: 'length',
    message: { reasoning_content: 'so…' },
  }));
  const error = await failureOf(createOpenAIModel(endpoint(server.baseURL), fast).chat(hello));
  expect(error).toMatchObject({ code: 'llm-failed', fix: 'Raise maxTokens.', facts: { attempts: 1 } });
});

test('429 answers are waited out without using up attempts, for as long as the patience lasts', async () => {
  await using server = await startChatServer((_, index) =>
    index < 20 ? { status: 429, headers: { 'retry-after-ms': '1' } } : { text: 'in' },
  );
  const patient = createOpenAIModel(endpoint(server.baseURL, { maxAttempts: 1 }), fast);
  expect(await patient.chat(hello)).toMatchObject({ text: 'in', attempts: 21 });
  await using busy = await startChatServer(() => ({ status: 429, headers: { 'retry-after': '60' } }));
  const impatient = createOpenAIModel(endpoint(busy.baseURL, { rateLimitPatienceSeconds: 30 }), fast);
  expect(await failureOf(impatient.chat(hello))).toMatchObject({
    code: 'llm-failed',
    fix: expect.stringContaining('concurrency'),
  });
  expect(busy.requests).toHaveLength(1);
});

test('one 429 holds back the other requests of the endpoint', async () => {
  await using server = await startChatServer(() => ({ status: 429, headers: { 'retry-after': '60' } }));
  const { promise: limited, resolve } = Promise.withResolvers<void>();
  const sleep = async () => {
    resolve();
    await new Promise(() => {});
  };
  const model = createOpenAIModel(endpoint(server.baseURL, { concurrency: 2 }), { ...fast, tools: { sleep } });
  void model.chat(hello);
  await limited;
  const controller = new AbortController();
  const second = model.chat({ ...hello, signal: controller.signal });
  await new Promise((wait) => setTimeout(wait, 50));
  expect(server.requests).toHaveLength(1);
  controller.abort(new Error('stop'));
  await expect(second).rejects.toThrow('stop');
});

test('never more requests in flight than the concurrency', async () => {
  let now = 0;
  let most = 0;
  await using server = await startChatServer(async () => {
    most = Math.max(most, ++now);
    await new Promise((resolve) => setTimeout(resolve, 10));
    now--;
    return { text: 'ok' };
  });
  const model = createOpenAIModel(endpoint(server.baseURL, { concurrency: 3 }));
  await Promise.all(Array.from({ length: 12 }, () => model.chat(hello)));
  expect(most).toBe(3);
});

test('a missing key is an error before any request', () => {
  const settings = endpoint('http://127.0.0.1:9/v1', { apiKeyEnv: 'NO_SUCH_KEY' });
  expect(() => createOpenAIModel(settings, { env: {} })).toThrow(VideorftError);
  expect(() => endpoint('http://127.0.0.1:9/v1', { apiKeyEnv: 'sk-abc.def' })).toThrow(/not a key/);
});
