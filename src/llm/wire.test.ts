// Pure parts of the chat policy: thinking apart from text, Retry-After, backoff, statuses.
import { expect, test } from 'vitest';
import { backoffMs, retryAfterMs, verdictOfStatus } from './retry.ts';
import { readCompletion, splitThinking } from './wire.ts';

test.each([
  ['plain', 'B', { text: 'B', reasoning: undefined }],
  ['tags', '<think>\nbecause\n</think>\n\nB', { text: 'B', reasoning: 'because' }],
  ['opening tag prefilled by the template', 'because\n</think>\nB', { text: 'B', reasoning: 'because' }],
  ['empty thinking', '<think>\n\n</think>\n\nB', { text: 'B', reasoning: undefined }],
  [
    'tags inside JSON stay',
    '{"revised": "<think>a</think><answer>B</answer>"}',
    { text: '{"revised": "<think>a</think><answer>B</answer>"}', reasoning: undefined },
  ],
  [
    'JSON after thinking',
    '<think>hm</think>{"revised": "<think>a</think>"}',
    { text: '{"revised": "<think>a</think>"}', reasoning: 'hm' },
  ],
  [
    'tags later in the text stay',
    'I write <think>a</think>',
    { text: 'I write <think>a</think>', reasoning: undefined },
  ],
])('thinking: %s', (_, content, expected) => {
  expect(splitThinking(content)).toEqual(expected);
});

test.each(['reasoning_content', 'reasoning'])('reasoning from %s leaves the content alone', (field) => {
  const body = { choices: [{ message: { content: 'B', [field]: ' because ' } }] };
  expect(readCompletion(body, 'm')).toEqual({
    text: 'B',
    reasoning: 'because',
    model: 'm',
    finishReason: 'unknown',
    usage: { promptTokens: 0, completionTokens: 0 },
  });
});

test('reasoning that is told apart and stands in the content too is taken out of it; other tags stay', () => {
  const read = (content: string, reasoning: string) =>
    readCompletion({ choices: [{ message: { content, reasoning } }] }, 'm');
  expect(read('<think> because</think>\n<answer>B</answer>', ' because')).toMatchObject({
    text: '<answer>B</answer>',
    reasoning: 'because',
  });
  const draft = '<think>a draft</think><answer>B</answer>';
  expect(read(draft, 'because')).toMatchObject({ text: draft, reasoning: 'because' });
});

test('a refusal and an answer that a filter cut are failures, however much text there is, and asking again is no use', () => {
  const read = (message: object, finish_reason = 'stop') =>
    readCompletion({ choices: [{ message, finish_reason }] }, 'm');
  const failure = (run: () => unknown) => {
    try {
      return run();
    } catch (error) {
      return error;
    }
  };
  expect(failure(() => read({ content: null, refusal: 'I cannot help with that.' }))).toMatchObject({
    kind: 'refused',
    verdict: 'never',
    message: 'refused by the model (I cannot help with that.)',
  });
  expect(failure(() => read({ content: 'The answer is' }, 'content_filter'))).toMatchObject({ kind: 'filtered' });
  expect(failure(() => read({ content: '' }, 'length'))).toMatchObject({ kind: 'cut', verdict: 'never' });
  expect(failure(() => read({ content: ' ' }))).toMatchObject({
    kind: 'empty',
    verdict: 'again',
    message: 'empty answer',
  });
  expect(read({ content: 'fine', refusal: null })).toMatchObject({ text: 'fine' });
});

test.each([
  [{ content: null, reasoning_content: 'so…' }],
  [{ content: '', reasoning: 'so…' }],
  [{ content: '<think>so…</think>' }],
])('reasoning and no text is no answer, and the reason says so: %j', (message) => {
  const read = (finish_reason: string) => () => readCompletion({ choices: [{ message, finish_reason }] }, 'm');
  expect(read('stop')).toThrow(/^empty answer: 3 characters of reasoning, and no text after them$/);
  expect(read('length')).toThrow(/at its token limit: 3 characters of reasoning, and no text after them$/);
});

test('an answer cut off before its text is one where it is accepted; an empty one that ended is none all the same', () => {
  const message = { content: '', reasoning_content: 'so…' };
  const read = (finish_reason: string) => () =>
    readCompletion({ choices: [{ message, finish_reason }] }, 'm', { acceptCut: true });
  expect(read('length')()).toMatchObject({ text: '', reasoning: 'so…', finishReason: 'length' });
  expect(read('stop')).toThrow(/^empty answer/);
});

test('Retry-After in seconds, as a date, in milliseconds, absent or nonsense', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  const read = (headers: Record<string, string>) => retryAfterMs(new Headers(headers), now);
  expect(read({ 'retry-after': '2' })).toBe(2000);
  expect(read({ 'retry-after': 'Thu, 01 Jan 2026 00:00:05 GMT' })).toBe(5000);
  expect(read({ 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT' })).toBe(0);
  expect(read({ 'retry-after-ms': '150', 'retry-after': '9' })).toBe(150);
  expect(read({})).toBeUndefined();
  expect(read({ 'retry-after': 'soon' })).toBeUndefined();
});

test('backoff doubles up to its limit, with full jitter', () => {
  const policy = { baseDelayMs: 100, maxDelayMs: 1000 };
  expect([1, 2, 3, 4, 5, 99].map((failures) => backoffMs(failures, policy, 1))).toEqual([
    100, 200, 400, 800, 1000, 1000,
  ]);
  expect(backoffMs(3, policy, 0)).toBe(0);
});

test('verdicts by status', () => {
  const by = (verdict: string) =>
    [400, 401, 402, 403, 404, 408, 409, 413, 422, 425, 429, 500, 502, 503, 504, 529].filter(
      (status) => verdictOfStatus(status) === verdict,
    );
  expect(by('again')).toEqual([408, 409, 425, 500, 502, 503, 504, 529]);
  expect(by('later')).toEqual([429]);
  expect(by('refused')).toEqual([401, 402, 403, 404]);
  expect(by('never')).toEqual([400, 413, 422]);
});
