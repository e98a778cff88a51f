// Format and extraction, on adversarial completions and against an independent checker without regular expressions.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lenientAnswer, parseCompletion, reasoningWords, solutionText } from './parse.ts';

const good = '<think>The question asks which way. A red circle moves left.</think>\n<answer>A</answer>';
const whites =
  ' \t\n\r\v\f\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff';

/** A state machine over characters: the grammar W* <think> T* </think> W* <answer> T* </answer> W*, T without tags. */
function independentlyOk(text: string): boolean {
  const order = ['<think>', '</think>', '<answer>', '</answer>'];
  let next = 0;
  let at = 0;
  while (at < text.length) {
    const tag = order.find((candidate) => text.startsWith(candidate, at));
    if (tag !== undefined) {
      if (tag !== order[next]) return false;
      next++;
      at += tag.length;
      continue;
    }
    const inside = next === 1 || next === 3;
    if (!inside && !whites.includes(text[at])) return false;
    at++;
  }
  return next === 4;
}

describe('parseCompletion', () => {
  it('reads a well-formed completion', () => {
    const parsed = parseCompletion(good);
    expect(parsed).toMatchObject({
      answer: 'A',
      answers: ['A'],
      formatOk: true,
      violations: [],
      looksPrefilled: false,
    });
    expect(parsed.think).toBe('The question asks which way. A red circle moves left.');
    expect(good.slice(parsed.thinkRange?.start, parsed.thinkRange?.end)).toBe(parsed.think);
  });

  it.each([
    ['empty completion', '', undefined, 'no <think>'],
    ['text only', 'The answer is A.', undefined, 'no <answer>'],
    ['no think block', '<answer>A</answer>', 'A', 'no <think>'],
    ['two answers', `${good}<answer>B</answer>`, 'A', '2 times <answer>'],
    [
      'answer inside the think block',
      '<think>x <answer>B</answer> y</think><answer>A</answer>',
      'B',
      '2 times <answer>',
    ],
    ['nested think', '<think>a<think>b</think></think><answer>A</answer>', 'A', '2 times <think>'],
    ['nested answers', '<think>a</think><answer><answer>A</answer></answer>', '<answer>A', '2 times <answer>'],
    ['text before', `Sure! ${good}`, 'A', 'text before <think>'],
    ['text between', '<think>a</think> so <answer>A</answer>', 'A', 'text between </think> and <answer>'],
    ['text after', `${good} Hope this helps.`, 'A', 'text after </answer>'],
    ['answer first', '<answer>A</answer><think>a</think>', 'A', 'tags out of order'],
    ['answer wraps the think block', '<answer><think>a</think>A</answer>', '<think>a</think>A', 'tags out of order'],
    ['cut off in the think block', '<think>A red circle moves', undefined, 'no </think>'],
    ['cut off in the answer', '<think>a</think><answer>A', undefined, 'no </answer>'],
    ['upper-case tags', '<THINK>a</THINK><answer>A</answer>', 'A', 'no <think>'],
  ])('refuses: %s', (_, text, answer, violation) => {
    const parsed = parseCompletion(text);
    expect(parsed.formatOk).toBe(false);
    expect(parsed.answer).toBe(answer);
    expect(parsed.violations).toContain(violation);
  });

  it('an empty answer keeps the format and is an empty answer', () => {
    expect(parseCompletion('<think>a</think><answer></answer>')).toMatchObject({ formatOk: true, answer: '' });
    expect(parseCompletion('<think>a</think>\n\n<answer> \n </answer>\n')).toMatchObject({
      formatOk: true,
      answer: '',
    });
  });

  it('handles right-to-left text, emoji and thousands of characters', () => {
    const think = 'הכדור האדום זז שמאלה. 🔴👩‍👩‍👧 '.repeat(2000);
    const parsed = parseCompletion(`<think>${think}</think><answer>א 🔴</answer>`);
    expect(parsed).toMatchObject({ think, answer: 'א 🔴', formatOk: true });
  });

  it('is linear in a flood of tags', () => {
    const parsed = parseCompletion('<answer>'.repeat(50_000) + '</answer>'.repeat(50_000));
    expect(parsed.answers).toHaveLength(1);
    expect(parsed.formatOk).toBe(false);
  });

  it('a prefilled <think> belongs to the completion, with ranges of the text as given', () => {
    const text = 'First. Then.</think><answer>A</answer>';
    const parsed = parseCompletion(text, { prefilledThink: true });
    expect(parsed).toMatchObject({
      think: 'First. Then.',
      answer: 'A',
      formatOk: true,
      thinkRange: { start: 0, end: 12 },
    });
    expect(parseCompletion(text)).toMatchObject({
      formatOk: false,
      looksPrefilled: true,
      think: undefined,
      answer: 'A',
    });
    expect(parseCompletion(good, { prefilledThink: true }).violations).toContain('2 times <think>');
    expect(parseCompletion(good, { prefilledThink: true }).looksPrefilled).toBe(false);
  });

  it('formatOk agrees with an independent checker', () => {
    const piece = fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom('<think>', '</think>', '<answer>', '</answer>') },
      { weight: 3, arbitrary: fc.constantFrom(' ', '\n', '\u00a0', 'A', '.', '<', 'think>', '</', '🔴') },
      { weight: 1, arbitrary: fc.string({ maxLength: 3, unit: 'binary' }) },
    );
    const soup = fc.array(piece, { maxLength: 12 }).map((parts) => parts.join(''));
    const text = fc.string({ maxLength: 20, unit: 'grapheme' });
    const space = fc.string({ maxLength: 3, unit: fc.constantFrom(...whites) });
    const nearlyGood = fc
      .tuple(space, text, space, text, space, fc.constantFrom('', '', '', 'x', '<think>', '</answer>'))
      .map(([a, t, b, ans, c, extra]) => `${a}<think>${t}</think>${b}<answer>${ans}</answer>${c}${extra}`);
    let accepted = 0;
    fc.assert(
      fc.property(fc.oneof(soup, nearlyGood), (completion) => {
        const ok = parseCompletion(completion).formatOk;
        if (ok) accepted++;
        expect(ok).toBe(independentlyOk(completion));
        expect(parseCompletion(completion.replace('<think>', ''), { prefilledThink: true }).formatOk).toBe(
          independentlyOk(`<think>${completion.replace('<think>', '')}`),
        );
      }),
      { numRuns: 1000, seed: 1 },
    );
    expect(accepted).toBeGreaterThan(200);
  });
});

describe('solutionText', () => {
  it('is the inside of the answer tags', () => {
    expect(solutionText('<answer> A </answer>')).toBe('A');
    expect(solutionText('42')).toBe('42');
  });
});

describe('lenientAnswer', () => {
  const options = ['A. left', 'B. right', 'C. up', 'D. down'];
  it.each([
    ['<think>x</think><answer>B</answer>', 'B'],
    ['<answer></answer> so it is C', 'C'],
    ['<think>It could be A or B.</think> The answer is (C).', 'C'],
    ['<think>First B, then the answer is D.</think>', 'D'],
    ['The red circle moves left, so A.', 'A'],
    ['The answer is B. A red circle moves left.', 'B'],
    ['I think so. I am sure: D', 'D'],
    ['c', 'C'],
    ['<think>… so C</think><answer>B', 'B'],
    ["It's X. Or B", 'B'],
    ['no letter here', undefined],
    ['', undefined],
  ])('multiple choice: %j → %j', (text, expected) => {
    expect(lenientAnswer(text, 'multiple choice', { options })).toBe(expected);
  });

  it('any letter counts when the options are not labelled', () => {
    expect(lenientAnswer('It is X', 'multiple choice')).toBe('X');
    expect(lenientAnswer('It is X', 'multiple choice', { options: ['left', 'right'] })).toBe('X');
  });

  it.each([
    ['<think>2 then 3.</think> So 5 circles.', 'numerical', '5'],
    ['It moves at 0.5 heights per second.', 'regression', '0.5'],
    ['Total: 1,234, I think', 'numerical', '1,234'],
    ['about −3.5e2%', 'numerical', '−3.5e2%'],
    ['no digits, H2O', 'numerical', undefined],
    ['<think>The sign.</think>\nSTOP', 'OCR', 'STOP'],
    ['<think>The circle grows.</think>', 'free-form', 'The circle grows.'],
  ] as const)('%j as %s → %j', (text, type, expected) => {
    expect(lenientAnswer(text, type)).toBe(expected);
  });

  it('keeps a strict answer as it is, whatever the option', () => {
    expect(lenientAnswer('x</think><answer>STOP 1</answer>', 'OCR', { prefilledThink: true })).toBe('STOP 1');
  });
});

it('counts the words of the reasoning, with the tag prefilled or not', () => {
  expect(reasoningWords('<think>A red circle moves.</think><answer>A</answer>')).toBe(4);
  expect(reasoningWords('A red circle moves.</think><answer>A</answer>')).toBe(4);
  for (const none of ['', '<answer>A</answer>', '<think> </think><answer>A</answer>', '<think>no end'])
    expect(reasoningWords(none)).toBe(0);
});
