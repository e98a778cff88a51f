// Gemini's own protocol against a scripted local server: the port's conformance suite, bodies and answers, videos inline and uploaded.
import { describe, expect, test } from 'vitest';
import { type Behaviour, chatModelConformance } from '../../test/conformance/chat-model.ts';
import { type GeminiReply, type GeminiServer, startGeminiServer } from '../../test/support/gemini-server.ts';
import { type EndpointInput, endpointSchema } from './config.ts';
import { createChatModel } from './endpoint.ts';
import type { ChatPart, ChatRequest, VideoSource } from './port.ts';

const fast = { baseDelayMs: 2, maxDelayMs: 8, tools: { sleep: async () => undefined } };
const modelOf = ({ baseURL }: GeminiServer, rest: Partial<EndpointInput> = {}, options = {}) =>
  createChatModel(
    endpointSchema.parse({ protocol: 'gemini', baseURL, model: 'gemini-test', maxAttempts: 3, ...rest }),
    {
      ...fast,
      ...options,
    },
  );
const say = (text: string): GeminiReply => ({ parts: [{ text }] });
const asking = (...content: ChatPart[]): ChatRequest => ({ messages: [{ role: 'user', content }] });
const hello: ChatRequest = { messages: [{ role: 'user', content: 'hello' }] };

const behave: Readonly<Record<Behaviour, (text: string) => GeminiReply>> = {
  echo: say,
  fail: () => ({ status: 500, raw: {} }),
  hang: () => ({ ...say('late'), delayMs: 2000 }),
  empty: () => say(' '),
  thinks: () => ({ parts: [{ text: 'because', thought: true }, { text: 'B' }] }),
};

chatModelConformance('gemini over HTTP', async (behaviour) => {
  const server = await startGeminiServer({ reply: behave[behaviour] });
  const dispose = server[Symbol.asyncDispose];
  return { model: modelOf(server), asked: () => server.asked.length, [Symbol.asyncDispose]: dispose };
});

test('system prompt, turns, sampling, schema and key go where Gemini wants them; extra fields win', async () => {
  await using server = await startGeminiServer({ reply: () => say('{}') });
  const extraBody = { generationConfig: { thinkingConfig: { includeThoughts: true }, topP: 0.5 }, safetySettings: [] };
  const model = modelOf(server, { apiKeyEnv: 'KEY', extraBody }, { env: { KEY: 'secret' } });
  const schema = { type: 'object' };
  await model.chat({
    messages: [
      { role: 'system', content: 'Be brief.' },
      {
        role: 'user',
        content: [
          { type: 'image', jpeg: Uint8Array.of(1, 2, 3), timeSeconds: 1.5 },
          { type: 'text', text: 'Describe.' },
        ],
      },
      { role: 'assistant', content: 'bad' },
      { role: 'user', content: 'Again.' },
    ],
    temperature: 0.2,
    top_p: 0.9,
    max_tokens: 9,
    seed: 3,
    jsonSchema: { name: 'd', schema },
  });
  const [{ path, headers, body }] = server.asked;
  expect(path).toBe('/v1beta/models/gemini-test:generateContent');
  expect(headers.get('x-goog-api-key')).toBe('secret');
  expect(body).toEqual({
    systemInstruction: { parts: [{ text: 'Be brief.' }] },
    contents: [
      {
        role: 'user',
        parts: [
          { text: 'Frame at 1.5 seconds:' },
          { inlineData: { mimeType: 'image/jpeg', data: 'AQID' } },
          { text: 'Describe.' },
        ],
      },
      { role: 'model', parts: [{ text: 'bad' }] },
      { role: 'user', parts: [{ text: 'Again.' }] },
    ],
    generationConfig: {
      temperature: 0.2,
      topP: 0.5,
      maxOutputTokens: 9,
      seed: 3,
      responseMimeType: 'application/json',
      responseJsonSchema: schema,
      thinkingConfig: { includeThoughts: true },
    },
    safetySettings: [],
  });
});

test('a field that is set to null is not sent', async () => {
  await using server = await startGeminiServer({ reply: () => say('ok') });
  const extraBody = { generationConfig: { temperature: null } };
  await modelOf(server, { extraBody }).chat({ ...hello, temperature: 0, max_tokens: 9 });
  expect(server.asked[0].body.generationConfig).toEqual({ maxOutputTokens: 9 });
});

test.each([
  ['json_object', { responseMimeType: 'application/json' }],
  ['none', {}],
] as const)('JSON mode %s', async (jsonMode, config) => {
  await using server = await startGeminiServer({ reply: () => say('{}') });
  await modelOf(server, { jsonMode }).chat({ ...hello, jsonSchema: { name: 'd', schema: {} } });
  expect(server.asked[0].body.generationConfig).toEqual(config);
});

test('thoughts are reasoning, parts are one text, thinking is paid for', async () => {
  await using server = await startGeminiServer({
    reply: () => ({
      parts: [{ text: 'be', thought: true }, { text: 'cause', thought: true }, { text: 'The ' }, { text: 'end.' }],
    }),
  });
  expect(await modelOf(server).chat(hello)).toEqual({
    text: 'The end.',
    reasoning: 'because',
    model: 'gemini-test',
    finishReason: 'stop',
    usage: { promptTokens: 11, completionTokens: 7 },
    attempts: 1,
  });
});

describe('no answers', () => {
  const cases: [string, GeminiReply, RegExp, number][] = [
    ['a blocked prompt', { raw: { promptFeedback: { blockReason: 'SAFETY' } } }, /content filter \(SAFETY\)/, 1],
    ['a withheld answer', { parts: [{ text: 'I' }], finishReason: 'PROHIBITED_CONTENT' }, /PROHIBITED_CONTENT/, 1],
    ['thoughts alone', { parts: [{ text: 'so…', thought: true }] }, /3 characters of reasoning, and no text/, 3],
    [
      'cut in thought',
      { parts: [{ text: 'so…', thought: true }], finishReason: 'MAX_TOKENS' },
      /token limit: 3 characters/,
      1,
    ],
    ['no candidates', { raw: {} }, /no candidates/, 3],
    ['another shape', { raw: { candidates: 'x' } }, /not an answer of generateContent/, 3],
    ['a server error', { status: 503, raw: { error: { message: 'overloaded' } } }, /HTTP 503 \(overloaded\)/, 3],
  ];
  test.each(cases)('%s', async (_, reply, message, attempts) => {
    await using server = await startGeminiServer({ reply: () => reply });
    await expect(modelOf(server).chat(hello)).rejects.toMatchObject({
      code: 'llm-failed',
      message: expect.stringMatching(message),
      facts: { attempts },
    });
  });

  test('an unknown key, which Gemini calls a bad request, refuses everybody', async () => {
    const raw = { error: { message: 'API key not valid.', details: [{ reason: 'API_KEY_INVALID' }] } };
    await using server = await startGeminiServer({ reply: () => ({ status: 400, raw }) });
    const model = modelOf(server, { apiKeyEnv: 'KEY' }, { env: { KEY: 'secret' } });
    await expect(model.chat(hello)).rejects.toMatchObject({ code: 'llm-refused', fix: expect.stringContaining('KEY') });
  });
});

test("a setting of OpenAI's protocol is refused, with what Gemini has", () => {
  const settings = endpointSchema.parse({
    protocol: 'gemini',
    baseURL: 'http://127.0.0.1:1/v1beta',
    model: 'm',
    imageDetail: 'low',
  });
  expect(() => createChatModel(settings)).toThrow(expect.objectContaining({ code: 'llm-image-detail' }));
});

describe('videos', () => {
  const video = (source: VideoSource): ChatPart => ({ type: 'video', source, frames: 3 });
  const data = Buffer.from('a clip');
  const upload = { kind: 'upload', data, mimeType: 'video/mp4' } as const;
  const partsOf = (server: GeminiServer, i = 0) => (server.asked[i].body.contents as { parts: object[] }[])[0].parts;

  test('inline, and by address', async () => {
    await using server = await startGeminiServer({ reply: () => say('seen') });
    const model = modelOf(server);
    await model.chat(asking(video({ kind: 'bytes', data, mimeType: 'video/mp4' })));
    await model.chat(asking(video({ kind: 'url', url: 'https://example.com/a.mp4', mimeType: 'video/mp4' })));
    expect(partsOf(server)).toEqual([{ inlineData: { mimeType: 'video/mp4', data: data.toString('base64') } }]);
    expect(partsOf(server, 1)).toEqual([{ fileData: { mimeType: 'video/mp4', fileUri: 'https://example.com/a.mp4' } }]);
    expect(server.uploads).toHaveLength(0);
  });

  test('uploaded once however often it is asked about, and waited for', async () => {
    await using server = await startGeminiServer({
      reply: () => say('seen'),
      states: ['PROCESSING', 'PROCESSING', 'ACTIVE'],
    });
    const model = modelOf(server);
    await Promise.all([1, 2, 3].map(() => model.chat(asking(video(upload), { type: 'text', text: 'What happens?' }))));
    await model.chat(asking(video({ ...upload, data: Buffer.from('a clip') })));
    expect(server.uploads).toEqual([{ mimeType: 'video/mp4', length: 6, data }]);
    expect(server.polls()).toBe(2);
    const fileUri = `${server.baseURL}/files/f0`;
    expect(server.asked).toHaveLength(4);
    for (const i of [0, 1, 2, 3])
      expect(partsOf(server, i)[0]).toEqual({ fileData: { mimeType: 'video/mp4', fileUri } });
  });

  test('anew when the upload failed', async () => {
    const states = ['FAILED'];
    await using server = await startGeminiServer({ reply: () => say('seen'), states });
    const model = modelOf(server);
    await expect(model.chat(asking(video(upload)))).rejects.toMatchObject({ code: 'llm-failed' });
    states[0] = 'ACTIVE';
    expect((await model.chat(asking(video(upload)))).text).toBe('seen');
    expect(server.uploads).toHaveLength(2);
  });

  test('anew when the file has expired there', async () => {
    await using server = await startGeminiServer({ reply: () => say('seen') });
    let now = 0;
    const model = modelOf(server, {}, { tools: { ...fast.tools, now: () => now } });
    await model.chat(asking(video(upload)));
    now = 41 * 3600_000;
    await model.chat(asking(video(upload)));
    expect(server.uploads).toHaveLength(2);
  });

  test('one that cannot be processed there is not asked about', async () => {
    await using server = await startGeminiServer({ reply: () => say('seen'), states: ['PROCESSING', 'FAILED'] });
    await expect(modelOf(server).chat(asking(video(upload)))).rejects.toMatchObject({
      code: 'llm-failed',
      message: expect.stringContaining('cannot be used (FAILED)'),
    });
    expect(server.asked).toHaveLength(0);
  });

  test('frames as one video are not for Gemini, which is said before anything is sent', async () => {
    await using server = await startGeminiServer({ reply: () => say('seen') });
    const jpegs: VideoSource = { kind: 'jpegs', jpegs: [], timesSeconds: [], durationSeconds: 1 };
    await expect(modelOf(server).chat(asking(video(jpegs)))).rejects.toMatchObject({ code: 'llm-video-form' });
    expect(server.asked).toHaveLength(0);
  });
});
