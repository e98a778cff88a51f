// Any body at all is a call or a 400 that names the place; what a call means is read as OpenAI's protocol has it.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ApiError } from '../errors.ts';
import { readRequest } from './request.ts';

const read = (body: object) => readRequest(JSON.stringify(body));
const hello = { model: 'm', messages: [{ role: 'user', content: 'Hello' }] };

/** Reads, or returns the refusal; anything else fails the test. */
function attempt(text: string): unknown {
  try {
    return readRequest(text);
  } catch (error) {
    if (error instanceof ApiError && error.status === 400) return error;
    throw error;
  }
}

describe('any body', () => {
  test('text, and JSON of any shape', () => {
    fc.assert(fc.property(fc.string(), (text) => void attempt(text)));
    fc.assert(fc.property(fc.json(), (text) => void attempt(text)));
  });

  test('a good body with any value in any place', () => {
    const full = {
      ...hello,
      messages: [
        { role: 'system', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'video_url', video_url: { url: 'data:,' } },
            { type: 'image_url', image_url: { url: 'data:,', detail: 'low' } },
            { type: 'text', text: 'What?' },
          ],
        },
      ],
      ...{
        temperature: 0.5,
        top_p: 0.9,
        top_k: 5,
        seed: 1,
        n: 2,
        stop: ['x'],
        max_tokens: 3,
        logprobs: true,
        top_logprobs: 2,
      },
      ...{ stream: true, stream_options: { include_usage: true }, media_io_kwargs: { video: { num_frames: 4 } } },
      ...{ mm_processor_kwargs: { fps: 2, do_sample_frames: false, min_pixels: 784, max_pixels: 784 } },
      ...{ return_token_ids: true, return_tokens_as_token_ids: true },
      ...{ tools: [], response_format: { type: 'text' }, user: 'me' },
    };
    expect(attempt(JSON.stringify(full))).not.toBeInstanceOf(ApiError);
    const places: (readonly (string | number)[])[] = [];
    const walk = (value: unknown, path: readonly (string | number)[]): void => {
      if (path.length > 0) places.push(path);
      if (typeof value !== 'object' || value === null) return;
      for (const [key, inner] of Object.entries(value))
        walk(inner, [...path, Array.isArray(value) ? Number(key) : key]);
    };
    walk(full, []);
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.jsonValue(), (path, value) => {
        const body = structuredClone(full) as unknown as Record<string | number, unknown>;
        let at = body;
        for (const key of path.slice(0, -1)) at = at[key] as typeof at;
        at[path[path.length - 1]] = value;
        attempt(JSON.stringify(body));
      }),
      { numRuns: 3000 },
    );
  });

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('a field called %s is unknown', (name) => {
    expect(attempt(`{"model": "m", "messages": [{"role": "user", "content": "x"}], "${name}": 1}`)).toMatchObject({
      code: 'unknown-field',
      param: name,
    });
  });
});

describe('a call', () => {
  test('has the defaults of the protocol', () => {
    expect(read(hello)).toEqual({
      model: 'm',
      messages: hello.messages,
      media: [],
      sampling: { temperature: 1, topP: 1, topK: 0, seed: undefined },
      n: 1,
      maxTokens: undefined,
      stop: [],
      topLogprobs: undefined,
      stream: false,
      includeUsage: false,
      tokenIds: false,
      tokensAsIds: false,
      view: { frames: undefined, fps: undefined, ofFrames: undefined, minPixels: undefined, maxPixels: undefined },
    });
  });

  test('null is absence, max_completion_tokens wins, top_k −1 is none, stop may be one', () => {
    const nothing = Object.fromEntries(
      ['temperature', 'top_p', 'top_k', 'seed', 'n', 'stop', 'max_tokens', 'logprobs', 'stream'].map((key) => [
        key,
        null,
      ]),
    );
    expect(read({ ...hello, ...nothing })).toEqual(read(hello));
    expect(
      read({ ...hello, max_tokens: 5, max_completion_tokens: 7, top_k: -1, stop: 'x', logprobs: true }),
    ).toMatchObject({
      maxTokens: 7,
      stop: ['x'],
      sampling: { topK: 0 },
      topLogprobs: 0,
    });
  });

  test('media keep their order and place; a developer speaks as system; reasoning of earlier turns is left out', () => {
    const image = { type: 'image_url', image_url: { url: 'data:a' } };
    const video = { type: 'video_url', video_url: { url: 'data:b' } };
    const call = read({
      ...hello,
      messages: [
        { role: 'developer', content: 'Be brief.', name: 'ops' },
        { role: 'user', content: [{ type: 'text', text: 'first' }, video, image] },
        {
          role: 'assistant',
          content: 'B',
          reasoning_content: 'because',
          reasoning: 'because',
          refusal: null,
          tool_calls: [],
        },
        { role: 'user', content: [image] },
      ],
    });
    expect(call.media).toEqual([
      { kind: 'video', url: 'data:b', param: 'messages.1.content.1' },
      { kind: 'image', url: 'data:a', param: 'messages.1.content.2' },
      { kind: 'image', url: 'data:a', param: 'messages.3.content.0' },
    ]);
    expect(call.messages).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: [{ type: 'text', text: 'first' }, { type: 'video' }, { type: 'image' }] },
      { role: 'assistant', content: 'B' },
      { role: 'user', content: [{ type: 'image' }] },
    ]);
  });
});
