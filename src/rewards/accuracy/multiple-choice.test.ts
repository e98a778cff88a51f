// The letter decides, not its spelling.
import { describe, expect, it } from 'vitest';
import { optionLetter, scoreMultipleChoice } from './multiple-choice.ts';

const options = ['A. left', 'B. right', 'C. up', 'D. down'];

describe('optionLetter', () => {
  // biome-ignore format: a list
  it.each([
    'A', 'a', ' A ', 'A.', 'a.', 'A)', '(A)', '[A]', '(a).', 'A:', 'A. left', 'A.left', '(A) left', 'A: left', 'a. left', 'A - left', 'A left',
    '**A**', '"A"', "'A'", '`A`', '\\boxed{A}', '$\\text{A}$', 'Ａ', 'Ⓐ', 'Option A', 'Answer: A', 'The answer is A.', 'the correct answer is (A) left',
    'A. right', 'A.\nleft',
  ])('%j is A', (text) => {
    expect(optionLetter(text, options)).toBe('A');
  });

  // biome-ignore format: a list
  it.each([
    '', 'left', 'A red circle moves left.', 'A or B', 'A, B', 'A and B', 'AB', 'A.B', 'A. B.', '(A)(B)', 'A/B', 'A B', '1', 'both', '.', '()', '🅰️', 'А (кириллица)',
    'I think it moves left', 'A left right',
  ])('%j names no option, or several', (text) => {
    expect(optionLetter(text, options)).toBeUndefined();
  });

  it('an option text that is a letter is not a second answer', () => {
    expect(optionLetter('A. B', ['A. B', 'B. C'])).toBe('A');
    expect(optionLetter('A. B', ['A. X', 'B. C'])).toBeUndefined();
  });

  it('needs options to read "A left"', () => {
    expect(optionLetter('A left')).toBeUndefined();
    expect(optionLetter('A. left')).toBe('A');
  });
});

describe('scoreMultipleChoice', () => {
  it('compares letters', () => {
    expect(scoreMultipleChoice('(b)', 'B', { options })).toEqual({ value: 1 });
    expect(scoreMultipleChoice('B. right', 'A', { options })).toEqual({ value: 0 });
    expect(scoreMultipleChoice('B', 'B. right', { options })).toEqual({ value: 1 });
    expect(scoreMultipleChoice('A red circle', 'A', { options })).toMatchObject({
      value: 0,
      reason: expect.any(String),
    });
  });

  it('strict: the trimmed text', () => {
    expect(scoreMultipleChoice(' A ', 'A', { strict: true }).value).toBe(1);
    expect(scoreMultipleChoice('A.', 'A', { strict: true }).value).toBe(0);
    expect(scoreMultipleChoice('a', 'A', { strict: true }).value).toBe(0);
  });

  it('a truth without a letter is the sample’s failure', () => {
    expect(() => scoreMultipleChoice('A', 'left', { options })).toThrow(
      expect.objectContaining({ code: 'reward-truth-unreadable' }),
    );
  });
});
