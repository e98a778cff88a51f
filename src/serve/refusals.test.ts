// What the server refuses in a request: bodies, fields, files. Each answer is an error that the official client knows and that says what is
// wrong, and the server goes on.

import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  about,
  type Body,
  failureOf,
  type MediaFolder,
  makeMedia,
  type Serving,
  serveMicro,
  untilIdle,
} from '../../test/support/serve-world.ts';
import { encodePng } from '../media/index.ts';
import { ignoredFields, neutralFields } from './protocol/fields.ts';

let media: MediaFolder;
let server: Serving;
let web: Server;
let webPort = 0;
const hello: Body = { model: 'micro', messages: [{ role: 'user', content: 'Hello' }], max_tokens: 2 };

beforeAll(async () => {
  media = await makeMedia();
  server = await serveMicro({
    mediaRoot: media.dir,
    allowHost: ['127.0.0.1'],
    maxBodyBytes: 200_000,
    maxPixels: 100_000,
    maxTokens: 1500,
  });
  web = createServer((request, response) => {
    if (request.url === '/private') response.writeHead(302, { location: `http://localhost:${webPort}/x` }).end();
    else if (request.url !== '/hang') response.writeHead(404).end();
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => web.once('listening', resolve));
  webPort = (web.address() as AddressInfo).port;
});
afterAll(async () => {
  await server.stop();
  web.closeAllConnections();
  web.close();
  await media[Symbol.asyncDispose]();
});

const create = (body: object, at = server) => at.client.chat.completions.create({ ...hello, ...body } as Body);
const served = async (at = server) => expect((await create({}, at)).choices).toHaveLength(1);

describe('a body', () => {
  test.each([
    ['{"model": ', 'invalid-json', null],
    ['[]', 'invalid-json', null],
    ['null', 'invalid-json', null],
    ['', 'invalid-json', null],
    ['{}', 'invalid-value', 'model'],
    ['{"model": 7, "messages": []}', 'invalid-value', 'model'],
    ['{"model": "micro", "messages": []}', 'invalid-value', 'messages'],
    ['{"model": "micro", "messages": [{"role": "tool", "content": "x"}]}', 'invalid-value', 'messages.0.role'],
    ['{"model": "micro", "messages": [{"role": "user"}]}', 'invalid-value', 'messages.0.content'],
    ['{"model": "micro", "messages": [{"role": "user", "content": []}]}', 'invalid-value', 'messages.0.content'],
    [
      '{"model": "micro", "messages": [{"role": "user", "content": [{"type": "text"}]}]}',
      'invalid-value',
      'messages.0.content.0.text',
    ],
    [
      '{"model": "micro", "messages": [{"role": "user", "content": [{"type": "input_audio"}]}]}',
      'invalid-value',
      'messages.0.content.0.type',
    ],
    [
      '{"model": "micro", "messages": [{"role": "user", "content": [{"type": "video_url", "video_url": "x"}]}]}',
      'invalid-value',
      'messages.0.content.0.video_url',
    ],
    [
      '{"model": "micro", "messages": [{"role": "user", "content": "x", "tool_calls": [{}]}]}',
      'unsupported-field',
      'messages.0.tool_calls',
    ],
  ])('%s', async (body, code, param) => {
    const response = await server.post(body);
    expect(response.status).toBe(400);
    const { error } = (await response.json()) as { error: Record<string, unknown> };
    expect(error).toMatchObject({ type: 'invalid_request_error', code, param, message: expect.any(String) });
    if (param) expect(error.message).toContain(param);
  });

  test('must be JSON by its header, which no page of another site can send unasked', async () => {
    const response = await server.post(JSON.stringify(hello), { 'content-type': 'text/plain' });
    expect(response.status).toBe(415);
    expect(await response.json()).toMatchObject({
      error: { code: 'content-type', message: expect.stringContaining('application/json') },
    });
  });

  test('larger than the limit: 413, with a length and without', async () => {
    const large = JSON.stringify({ ...hello, messages: [{ role: 'user', content: 'x'.repeat(200_000) }] });
    expect(await failureOf(create(JSON.parse(large)))).toMatchObject({ status: 413, code: 'body-too-large' });
    const chunks = new Blob([large]).stream();
    const response = await fetch(`${server.baseURL}/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: chunks,
      duplex: 'half',
    } as RequestInit);
    expect(response.status).toBe(413);
    await served();
  });

  test('that never ends is given up by the client or the clock, and holds nothing', async () => {
    const socket = connect(Number(new URL(server.baseURL).port), '127.0.0.1');
    socket.write(
      'POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"mo',
    );
    while ((await server.health()).requests === 0);
    socket.destroy();
    await untilIdle(server);
  });

  test('other paths and methods', async () => {
    expect((await fetch(`${server.baseURL}/completions`, { method: 'POST' })).status).toBe(404);
    expect((await fetch(`${server.baseURL}/chat/completions`)).status).toBe(404);
    expect(await (await fetch(`${server.baseURL}/nothing`)).json()).toMatchObject({ error: { code: 'no-such-path' } });
  });
});

describe('a field', () => {
  test.each([
    ['model', { model: 'gpt-4o' }, 404, 'model_not_found'],
    ['temperature', { temperature: 2.5 }, 400, 'invalid-value'],
    ['top_p', { top_p: 0 }, 400, 'invalid-value'],
    ['n', { n: 0 }, 400, 'invalid-value'],
    ['n', { n: 33 }, 400, 'invalid-value'],
    ['max_tokens', { max_tokens: 0 }, 400, 'invalid-value'],
    ['max_tokens', { max_tokens: 1501 }, 400, 'invalid-value'],
    [
      'messages',
      { max_tokens: 1500, messages: [{ role: 'user', content: 'Hello '.repeat(700) }] },
      400,
      'context_length_exceeded',
    ],
    ['top_logprobs', { top_logprobs: 3 }, 400, 'invalid-value'],
    ['top_logprobs', { logprobs: true, top_logprobs: 21 }, 400, 'invalid-value'],
    ['stop.0', { stop: [''] }, 400, 'invalid-value'],
    ['temprature', { temprature: 1 }, 400, 'unknown-field'],
    ['tools', { tools: [{ type: 'function', function: { name: 'f' } }] }, 400, 'unsupported-field'],
    ['response_format', { response_format: { type: 'json_object' } }, 400, 'unsupported-field'],
    ['frequency_penalty', { frequency_penalty: 0.5 }, 400, 'unsupported-field'],
    ['media_io_kwargs', { media_io_kwargs: { video: { num_frames: 65 } }, messages: [] }, 400, 'invalid-value'],
  ])('%s: %j', async (param, body, status, code) => {
    const error = await failureOf(create(body));
    expect(error).toMatchObject({ status, code });
    if (code !== 'invalid-value' || param !== 'media_io_kwargs') expect(error.param).toBe(param);
  });

  test('that asks for more memory than there is', async () => {
    await using small = await serveMicro({ decodeBytes: 2_000_000 });
    const error = await failureOf(create({ max_tokens: 512, n: 8 }, small));
    expect(error).toMatchObject({ status: 400, code: 'too-much-memory' });
    expect(error.message).toMatch(/8 × 512 to be written may need \d+ bytes, there are 2000000/);
    await served(small);
  });

  test('that could not change the answer is ignored; one that would is fine where it asks for nothing', async () => {
    const ignored = Object.fromEntries([...ignoredFields].map((name) => [name, 'anything']));
    const neutral = {
      ...Object.fromEntries(Object.keys(neutralFields).map((name) => [name, null])),
      tools: [],
      tool_choice: 'none',
      response_format: { type: 'text' },
      frequency_penalty: 0,
      logit_bias: {},
      modalities: ['text'],
    };
    const [plain, full] = [await create({ temperature: 0 }), await create({ temperature: 0, ...ignored, ...neutral })];
    expect(full.choices[0].message.content).toBe(plain.choices[0].message.content);
  });
});

describe('a file', () => {
  const video = (url: string, more: object = {}) => create({ messages: about(url), ...more });
  const image = (url: string) =>
    create({ messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }] });
  const data = (text: string | Uint8Array, type = 'video/mp4') =>
    `data:${type};base64,${Buffer.from(text).toString('base64')}`;

  test.each([
    ['bad-zero-bytes', 'media-empty', /is empty \(0 bytes\)/],
    ['bad-truncated', 'media-truncated', /cut off/],
    ['bad-text', 'media-not-video', /it is a text file/],
    ['bad-audio-only', 'media-no-video-stream', /no video stream/],
  ])('%s is a 400 that says what is wrong with it, streamed or not', async (name, code, message) => {
    for (const stream of [false, true]) {
      const error = await failureOf(video(media.bad[name], { stream }));
      expect(error).toMatchObject({ status: 400, code, type: 'invalid_request_error', param: 'messages.0.content.0' });
      expect(error.message).toMatch(message);
      expect(error.message).toContain('the video in messages.0.content.0');
      expect(error.message).not.toContain(media.dir);
    }
  });

  test('of the wrong kind, damaged, too large a picture, behind a redirect, outside the root', async () => {
    const grey = { width: 400, height: 300, data: new Uint8Array(400 * 300 * 3) };
    const small = await encodePng({ width: 56, height: 56, data: new Uint8Array(56 * 56 * 3) });
    expect(await failureOf(image(media.clips[0]))).toMatchObject({ status: 400, code: 'media-kind' });
    expect((await failureOf(video(data(small, 'image/png')))).message).toMatch(/is a picture.*image_url/);
    expect(await failureOf(image(data(small.subarray(0, 60), 'image/png')))).toMatchObject({
      status: 400,
      code: 'media-decode',
    });
    expect((await failureOf(image(data(await encodePng(grey))))).message).toMatch(
      /400×300 pixels are more than 100000/,
    );
    expect((await failureOf(image(data('a text')))).code).toBe('media-not-video');
    expect(await failureOf(video(`http://127.0.0.1:${webPort}/private`))).toMatchObject({
      status: 400,
      code: 'media-host',
    });
    expect(await failureOf(video(`http://127.0.0.1:${webPort}/absent`))).toMatchObject({
      status: 400,
      code: 'media-fetch',
    });
    expect(await failureOf(video('file:///etc/passwd'))).toMatchObject({ status: 400, code: 'media-outside-root' });
    await served();
  });

  test('too many of them, too many frames, in the wrong message', async () => {
    const nine = Array.from({ length: 9 }, () => about(media.clips[0])[0]);
    expect(await failureOf(create({ messages: nine }))).toMatchObject({ status: 400, code: 'too-many-media' });
    const kwargs = { media_io_kwargs: { video: { num_frames: 65 } } };
    expect(await failureOf(video(media.clips[0], kwargs))).toMatchObject({ status: 400, code: 'too-many-frames' });
    const [{ content }] = about(media.clips[0]);
    expect(await failureOf(create({ messages: [{ role: 'system', content }] }))).toMatchObject({
      status: 400,
      code: 'invalid-value',
    });
  });

  test('that is slow to come keeps nobody else waiting', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const url = `http://127.0.0.1:${webPort}/hang`;
    const hang = () => server.client.chat.completions.create({ ...hello, messages: about(url) }, { signal });
    const settled = Array.from({ length: 12 }, () => failureOf(hang()));
    while ((await server.health()).requests < 12);
    for (let i = 0; i < 3; i++) await served();
    expect((await video(media.clips[0])).choices).toHaveLength(1);
    expect((await server.health()).requests).toBe(12);
    controller.abort();
    await Promise.all(settled);
    await untilIdle(server);
  });

  test('that becomes another under the same name is seen anew', async () => {
    const url = media.url('changing.mp4');
    const write = async (from: string) => writeFile(join(media.dir, 'changing.mp4'), await readFile(new URL(from)));
    const say = async () => (await video(url, { temperature: 0, max_tokens: 30 })).choices[0].message.content;
    await write(media.clips[0]);
    const first = await say();
    await write(media.clips[1]);
    const second = await say();
    expect(second).not.toBe(first);
    await write(media.clips[0]);
    expect(await say()).toBe(first);
  });
});
