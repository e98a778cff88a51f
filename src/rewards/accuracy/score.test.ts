// Accuracy by answer type: ranges, released variants, bad truths against bad answers.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { problemTypes } from '../../data/sample.ts';
import { meanRelativeAccuracy } from './mean-relative-accuracy.ts';
import { roundToCents, scoreNumerical } from './numerical.ts';
import { scoreOcr, wordErrorRate } from './ocr.ts';
import { relativeAccuracy, scoreRegression } from './regression.ts';
import { accuracyReward, type ScoredSample } from './score.ts';

const truths = {
  'multiple choice': 'A',
  numerical: '42',
  OCR: 'NO ENTRY',
  'free-form': 'A red circle moves left.',
  regression: '0.5',
} as const;
const sampleOf = (type: keyof typeof truths, truth: string = truths[type]): ScoredSample => ({
  problem_id: 7,
  problem_type: type,
  solution: `<answer>${truth}</answer>`,
  options: null,
});

describe('numerical', () => {
  it.each([
    ['42.0', '42', 1, 0],
    ['42', '42', 1, 1],
    ['50%', '50', 1, 0],
    ['0.5', '50%', 0, undefined],
    ['1,000', '1000', 1, 0],
    ['1,000', '1,000.00', 1, 1],
    ['3.141', '3.14', 0, 1],
    ['3.1400001', '3.14', 1, 1],
    ['3.14001', '3.14', 0, 1],
    ['1e-7', '0', 0, 1],
    ['0.125', '0.12', 0, 1],
    ['5 m', '5', 1, 0],
    ['five', '5', 0, 0],
    ['-5', '5', 0, 0],
  ])('%j against %j: paper %d, released %s', (answer, truth, paper, released) => {
    expect(scoreNumerical(answer, truth).value).toBe(paper);
    if (released === undefined) expect(() => scoreNumerical(answer, truth, 'released')).toThrow(/plain float/);
    else expect(scoreNumerical(answer, truth, 'released').value).toBe(released);
  });

  it('the tolerance is 1e-6 relative, on both sides', () => {
    expect(scoreNumerical('1000000.9', '1000000').value).toBe(1);
    expect(scoreNumerical('1000001.1', '1000000').value).toBe(0);
    expect(scoreNumerical('0.0000010000009', '0.000001').value).toBe(1);
  });

  it('rounds as Python does: 0.125, 0.375, 2.675, -0.125, 1e22', () => {
    expect([0.125, 0.375, 2.675, 1.005, -0.125, 1e22, 2.5].map(roundToCents)).toEqual([
      0.12, 0.38, 2.67, 1, -0.12, 1e22, 2.5,
    ]);
  });
});

describe('regression and MRA', () => {
  it.each([
    [0.5, 0.5, 1],
    [0.45, 0.5, 0.9],
    [0.55, 0.5, 0.9],
    [1, 0.5, 0],
    [5, 0.5, 0],
    [-0.5, 0.5, 0],
    [-0.4, -0.5, 0.8],
    [0, 0, 1],
    [1e-3, 0, 0],
  ])('%d against %d is %d', (predicted, target, value) => {
    expect(relativeAccuracy(predicted, target)).toBeCloseTo(value, 12);
  });

  it('released adds eps to both, so an exact 0 scores 0', () => {
    expect(relativeAccuracy(0, 0, 'released')).toBe(0);
    expect(relativeAccuracy(0.45, 0.5, 'released')).toBeCloseTo(0.9, 8);
    expect(relativeAccuracy(0.5, 0.5, 'released')).toBeCloseTo(1 - 1e-9 / (0.5 + 1e-9), 15);
  });

  it('an answer with its unit counts', () => {
    expect(scoreRegression('0.4 heights per second', '0.5').value).toBeCloseTo(0.8, 12);
    expect(scoreRegression('fast', '0.5')).toEqual({ value: 0, reason: 'the answer is not one number' });
  });

  it('MRA is the share of the ten thresholds, strictly below', () => {
    const at = (error: number) => meanRelativeAccuracy(100 + error, 100);
    expect([0, 4, 5, 6, 10, 11, 49, 50, 51, 500].map(at)).toEqual([1, 1, 0.9, 0.9, 0.8, 0.8, 0.1, 0, 0, 0]);
    expect([meanRelativeAccuracy(0, 0), meanRelativeAccuracy(1, 0), meanRelativeAccuracy(-96, -100)]).toEqual([
      1, 0, 1,
    ]);
  });
});

describe('OCR', () => {
  it('is one minus the word error rate, floored at 0', () => {
    expect(scoreOcr('NO EXIT', 'NO ENTRY').value).toBe(0.5);
    expect(scoreOcr('a b c d e', 'x').value).toBe(0);
    expect(scoreOcr('no entry', 'NO ENTRY').value).toBe(0);
  });

  it('jiwer splits at spaces, the released code at any white space', () => {
    expect(wordErrorRate('NO ENTRY', 'NO\nENTRY')).toBe(1);
    expect(wordErrorRate('NO ENTRY', 'NO\nENTRY', 'released')).toBe(0);
  });
});

describe('accuracyReward', () => {
  it.each(problemTypes)(
    '%s: the truth itself is right; nothing, white space and junk are wrong with a reason',
    (type) => {
      expect(accuracyReward(sampleOf(type), truths[type]).value).toBe(1);
      expect(accuracyReward(sampleOf(type), undefined)).toEqual({ value: 0, reason: 'no answer block' });
      expect(accuracyReward(sampleOf(type), ' \n')).toEqual({ value: 0, reason: 'the answer is empty' });
      expect(accuracyReward(sampleOf(type), '🔴🔴').value).toBe(0);
    },
  );

  it.each([
    ['multiple choice', 'left'],
    ['numerical', 'many'],
    ['OCR', '  '],
    ['free-form', '红色的圆'],
    ['regression', '3 to 5'],
  ] as const)('%s with the truth %j is the sample’s failure, even without an answer', (type, truth) => {
    for (const answer of [undefined, '', 'A', '5']) {
      expect(() => accuracyReward(sampleOf(type, truth), answer)).toThrow(
        expect.objectContaining({
          code: 'reward-truth-unreadable',
          facts: expect.objectContaining({ sample: 7, type }),
        }),
      );
    }
  });

  it('stays in [0, 1] for any answer', () => {
    const piece = fc.constantFrom(
      'A',
      'B',
      '42',
      '0.5',
      'NO',
      'ENTRY',
      'red',
      'circle',
      '.',
      ' ',
      '\n',
      '%',
      '<answer>',
      '🔴',
      'א',
    );
    const answer = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece, { maxLength: 40 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...problemTypes),
        answer,
        fc.constantFrom('paper', 'released'),
        (type, text, variant) => {
          const { value } = accuracyReward(sampleOf(type), text, { variant });
          expect(value >= 0 && value <= 1).toBe(true);
          if (text.trim() === '') expect(value).toBe(0);
        },
      ),
      { numRuns: 1000, seed: 5 },
    );
  });

  it('ends on a very long answer', () => {
    const long = 'a red circle moves left '.repeat(3000);
    for (const type of problemTypes) expect(accuracyReward(sampleOf(type), long).value).toBeLessThan(0.1);
  });
});
