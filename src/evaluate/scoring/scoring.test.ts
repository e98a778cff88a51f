// The ladder by rungs, which part of an output is read, and that what is no answer is never silently wrong.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { problemTypes } from '../../data/sample.ts';
import { candidateOf } from './candidate.ts';
import { chooseOption } from './ladder.ts';
import { ladders, type ScoredQuestion, scoreOutput } from './scoring.ts';

const sides = ['A. left', 'B. right', 'C. front left', 'D. 12.5'];
const question = (extra: Partial<ScoredQuestion> = {}): ScoredQuestion => ({
  id: 'q',
  type: 'multiple choice',
  options: sides,
  solution: '<answer>B</answer>',
  ...extra,
});

describe('the ladder of multiple choice', () => {
  it.each([
    ['B', 'B', 'letter'],
    [' B \n', 'B', 'letter'],
    ['b', 'B', 'words'],
    ['(B)', 'B', 'words'],
    ['B.', 'B', 'words'],
    ['B. right', 'B', 'words'],
    ['**B**', 'B', 'words'],
    ['option B', 'B', 'words'],
    ['The answer is B', 'B', 'words'],
    ['So the final answer is (B), since it moves that way.', 'B', 'words'],
    ['I first thought of (A). The correct option is B.', 'B', 'words'],
    ['It moves that way, so (B) fits.', 'B', 'words'],
    ['\\boxed{B}', 'B', 'words'],
    ["I'd go with B", 'B', 'words'],
    ['Let me look. **B**', 'B', 'words'],
    ['So B is right.', 'B', 'words'],
    ['A circle moves right, which is B.', 'B', 'words'],
    ['right', 'B', 'option text'],
    ['The circle goes to the right.', 'B', 'option text'],
    ['front left', 'C', 'option text'],
    ['It is at the front left.', 'C', 'option text'],
    ['It measures 12.5 metres.', 'D', 'option text'],
  ])('%j names %s by its %s', (text, letter, rung) => {
    expect(chooseOption(text, sides)).toEqual({ letter, rung });
  });

  it.each([
    '',
    'E',
    'Z.',
    'A or B',
    'It is A or B',
    'Vitamin B is shown.',
    'Figure B shows a car.',
    'A, B',
    '(A) and (B)',
    'The answer is A. No, the answer is B.',
    'left or right',
    'A circle moves.',
    'The answer is a circle.',
    'It is 112.53 long',
    'brightness',
    'I cannot tell.',
  ])('%j names none', (text) => {
    expect(chooseOption(text, sides)).toEqual({ letter: undefined, rung: 'none' });
  });

  it('both sides and the front: an option inside another counts only where it stands alone too', () => {
    expect(chooseOption('front left, then left', sides).letter).toBeUndefined();
  });

  it('letters inside options are their words, no letters of options', () => {
    const vitamins = ['A. Vitamin C', 'B. Vitamin A', 'C. Vitamin B'];
    expect(chooseOption('Vitamin B', vitamins)).toEqual({ letter: 'C', rung: 'option text' });
    expect(chooseOption('I think it is Vitamin A', vitamins)).toEqual({ letter: 'B', rung: 'option text' });
    expect(chooseOption('B', vitamins).letter).toBe('B');
    const elements = ['A. Sodium (Na), a metal', 'B. Carbon (C), a nonmetal', 'C. Chlorine (Cl), a halogen'];
    expect(chooseOption('Carbon (C), a nonmetal', elements)).toEqual({ letter: 'B', rung: 'option text' });
    expect(chooseOption('It is Carbon (C), a nonmetal.', elements).letter).toBe('B');
    expect(chooseOption('It is Carbon (C), a nonmetal. The answer is B', elements)).toEqual({
      letter: 'B',
      rung: 'words',
    });
    const shifted = ['A. A. first', 'B. B. second', 'C. D. third', 'D. E. fourth'];
    expect(chooseOption('D. third', shifted).letter).toBe('C');
  });

  it('fourteen options, no labels, equal texts', () => {
    const many = Array.from({ length: 14 }, (_, i) => `${String.fromCharCode(65 + i)}. item ${i}`);
    expect(chooseOption('(N)', many)).toEqual({ letter: 'N', rung: 'words' });
    expect(chooseOption('item 13', many).letter).toBe('N');
    expect(chooseOption('item 1', many).letter).toBe('B');
    expect(chooseOption('yes', ['yes', 'no'])).toEqual({ letter: 'A', rung: 'option text' });
    expect(chooseOption('same', ['A. same', 'B. same']).letter).toBeUndefined();
  });
});

describe('the part that is read', () => {
  it.each([
    ['<think>A</think>\n<answer>B</answer>', 'B', 'answer block'],
    ['<answer></answer><answer>B</answer>', 'B', 'answer block'],
    ['<think>A</think><answer>B', 'B', 'open answer block'],
    ['<think>A</think>\nB', 'B', 'after the thinking'],
    ['reasoning of a prefilled thought (A)</think>B', 'B', 'after the thinking'],
    ['B', 'B', 'whole output'],
    ['<think>The answer is A', '', 'nothing'],
    ['<think>The answer is A</think>', '', 'nothing'],
    ['', '', 'nothing'],
  ])('%j: %j from the %s', (output, text, from) => {
    expect(candidateOf(output)).toEqual({ text, from });
  });
});

describe('outcomes', () => {
  const words = { ladder: 'words', regression: 'mra' } as const;
  const outcome = (output: string, finish = 'stop', extra: Partial<ScoredQuestion> = {}) =>
    scoreOutput(question(extra), output, finish, words).outcome;

  it('right, wrong, unanswered, refused, truncated', () => {
    expect(outcome('<think>x</think><answer>B</answer>')).toBe('right');
    expect(outcome('<think>x</think><answer>A</answer>')).toBe('wrong');
    expect(outcome('<think>x</think><answer>up</answer>')).toBe('unanswered');
    expect(outcome("I'm sorry, but I can't help with that.")).toBe('refused');
    expect(outcome('<think>The answer is B', 'length')).toBe('truncated');
    expect(outcome('<think>x</think><answer>B</answer> and', 'length')).toBe('right');
    expect(outcome("<answer>A</answer> I'm sorry")).toBe('wrong');
  });

  it.each(['OCR', 'free-form'] as const)(
    '%s: a refusal or a text cut off is no wrong answer, an answer block is',
    (type) => {
      const text = { type, options: null, solution: '<answer>NO ENTRY</answer>' } as const;
      expect(outcome("I'm sorry, but I can't help with that.", 'stop', text)).toBe('refused');
      expect(outcome('<think>x</think> The sign', 'length', text)).toBe('truncated');
      expect(outcome('<answer>The', 'length', text)).toBe('truncated');
      for (const ladder of ladders)
        expect(scoreOutput(question(text), '<answer>STOP</answer> and', 'length', { ...words, ladder }).outcome).toBe(
          'wrong',
        );
      expect(outcome("<answer>I'm sorry</answer>", 'stop', text)).toBe('wrong');
      expect(outcome('STOP', 'stop', text)).toBe('wrong');
    },
  );

  it('numbers: one number, else the last; MRA in tenths, relative error where asked', () => {
    const number = { type: 'numerical', options: null, solution: '<answer>42</answer>' } as const;
    expect(outcome('<answer>42.0</answer>', 'stop', number)).toBe('right');
    expect(outcome('There are 3 rows of 14, so 42', 'stop', number)).toBe('right');
    expect(outcome('many', 'stop', number)).toBe('unanswered');
    const size = question({ type: 'regression', options: null, solution: '<answer>100</answer>' });
    expect(scoreOutput(size, '<answer>89 cm</answer>', 'stop', words)).toMatchObject({
      score: 0.8,
      outcome: 'partial',
    });
    expect(scoreOutput(size, '<answer>89</answer>', 'stop', { ...words, regression: 'relative' }).score).toBeCloseTo(
      0.89,
    );
    expect(scoreOutput(size, '<answer>5000</answer>', 'stop', words)).toMatchObject({ score: 0, outcome: 'wrong' });
    expect(scoreOutput(size, '<answer>big</answer>', 'stop', words)).toMatchObject({ score: 0, outcome: 'unanswered' });
  });

  it('a truth that cannot be read is an error under every ladder, whatever the answer', () => {
    for (const ladder of ladders) {
      const bad = question({ type: 'numerical', options: null, solution: '<answer>many</answer>' });
      expect(() => scoreOutput(bad, '<answer>3</answer>', 'stop', { ladder, regression: 'mra' })).toThrow(/solution/);
    }
  });

  it('the released ladder: a bare wrong letter is wrong, prose is unanswered, and never more than its rule gives', () => {
    const released = { ladder: 'released', regression: 'mra' } as const;
    const by = (output: string) => scoreOutput(question(), output, 'stop', released);
    expect(by('B')).toMatchObject({ score: 1, outcome: 'right' });
    expect(by('A')).toMatchObject({ score: 0, outcome: 'wrong' });
    expect(by('B.')).toMatchObject({ score: 0, outcome: 'wrong' });
    expect(by('It is hard to say')).toMatchObject({ score: 0, outcome: 'unanswered', extracted: null });
    expect(by('<answer>B.</answer>')).toMatchObject({ score: 0, outcome: 'wrong', extracted: 'B.' });
  });

  it('any output: a score in [0, 1], right exactly at 1, and an empty one is never right', () => {
    const piece = fc.constantFrom(
      '<think>',
      '</think>',
      '<answer>',
      '</answer>',
      'A',
      'B',
      '(C)',
      'left',
      '42',
      '0.5',
      ' ',
      '\n',
      '.',
      'answer is ',
      'no',
    );
    const output = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece, { maxLength: 12 }).map((p) => p.join('')),
    );
    const truths = {
      'multiple choice': 'B',
      numerical: '42',
      OCR: 'NO ENTRY',
      'free-form': 'A red circle.',
      regression: '0.5',
    };
    fc.assert(
      fc.property(fc.constantFrom(...problemTypes), fc.constantFrom(...ladders), output, (type, ladder, text) => {
        const options = type === 'multiple choice' ? sides : null;
        const asked = question({ type, options, solution: `<answer>${truths[type]}</answer>` });
        const scored = scoreOutput(asked, text, 'stop', { ladder, regression: 'mra' });
        expect(scored.score >= 0 && scored.score <= 1).toBe(true);
        expect(scored.outcome === 'right').toBe(scored.score === 1);
        if (text.trim() === '') expect(scored).toMatchObject({ score: 0, extracted: null });
      }),
      { numRuns: 2000, seed: 3 },
    );
  });
});
