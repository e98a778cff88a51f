// Where the completion starts in OpenRLHF's query, and where it ends.
import { expect, test } from 'vitest';
import { completionOf, withoutEnd } from './completion.ts';

const prompt = '<|im_start|>user\nWhat?<|im_end|>\n<|im_start|>assistant\n';

test.each([
  ['as it was sent', prompt, `${prompt}yes<|im_end|>`, 'yes'],
  ['behind a token that was put in front', prompt, `<s>${prompt}yes</s>`, 'yes'],
  ['with a picture written out', `<image>${prompt}`, `<|image_pad|><|image_pad|>${prompt}yes`, 'yes'],
  ['that the completion repeats', prompt, `${prompt}a${prompt}b`, `a${prompt}b`],
  ['that is empty', '', 'yes<|endoftext|>', 'yes'],
])('a prompt %s', (_, asked, query, want) => {
  expect(completionOf(query, asked, 'query.0')).toBe(want);
});

const as = (n: number) => 'a'.repeat(n);

test.each([
  ['abab', 'aabaabab yes', ' yes'],
  ['aab', 'aaaab aab yes', ' aab yes'],
  ['abcabd', 'abcabcabd yes', ' yes'],
  [`${as(200_000)}b${as(200_000)}`, `${as(1_000_000)}b${as(200_000)} yes`, ' yes'],
])('the first place of a prompt that repeats itself: %#', (asked, query, want) => {
  expect(completionOf(query, asked, 'query.0')).toBe(want);
});

test('a prompt that is not there takes no longer, whatever is repeated', () => {
  expect(() => completionOf(as(1_000_000), `${as(200_000)}b${as(200_000)}`, 'query.0')).toThrow(/does not hold/);
});

test('a query without its prompt is refused, not guessed at', () => {
  expect(() => completionOf('yes', prompt, 'query.0')).toThrow(/query.0: the query does not hold its prompt/);
});

test.each([
  ['<answer>A</answer>', '<answer>A</answer>'],
  ['<answer>A</answer><|im_end|>\n<|endoftext|><|endoftext|>', '<answer>A</answer>'],
  ['a <|im_end|> b', 'a <|im_end|> b'],
  ['a \n', 'a \n'],
  ['a</s> ', 'a'],
  [`a${' '.repeat(2_000_000)}b`, `a${' '.repeat(2_000_000)}b`],
  [`a${' <pad>'.repeat(200_000)}`, 'a'],
  ['<|not a token', '<|not a token'],
  [`a${'<|'.repeat(50_000)}`, `a${'<|'.repeat(50_000)}`],
])('end tokens go, others stay: %#', (text, want) => {
  expect(withoutEnd(text)).toBe(want);
});
