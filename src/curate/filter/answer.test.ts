// Right answers and alike ones: a table of answers, and the embeddings of open-ended ones.
import { describe, expect, test } from 'vitest';
import type { ProblemType, Sample } from '../../data/sample.ts';
import { isRight } from './answer.ts';
import { filterSchema } from './config.ts';
import { embedAll, similarityOf } from './similarity.ts';

const config = filterSchema.parse({});
const sample = (problem_type: ProblemType, truth: string, options: string[] = []): Sample => ({
  problem_id: 1,
  problem: 'q',
  data_type: 'video',
  problem_type,
  options,
  solution: `<answer>${truth}</answer>`,
  path: 'a.mp4',
});

describe('one right answer', () => {
  test.each<[ProblemType, string, string, boolean]>([
    ['multiple choice', 'A', 'A', true],
    ['multiple choice', 'A', 'a. left', true],
    ['multiple choice', 'A', 'B', false],
    ['multiple choice', 'A', 'A or B', false],
    ['numerical', '42', '42.0', true],
    ['numerical', '1,234', '1234', true],
    ['numerical', '42', '42.1', false],
    ['numerical', '42', 'none', false],
    ['OCR', 'STOP  HERE', ' STOP\nHERE ', true],
    ['OCR', 'STOP', 'stop', false],
    ['OCR', 'STOP HERE', 'STOPHERE', false],
    ['regression', '2', '2.1', true],
    ['regression', '2', '1.9', true],
    ['regression', '2', '2.11', false],
    ['regression', '0', '0', true],
    ['regression', '0', '0.01', false],
  ])('%s: truth %j, answer %j → %s', (type, truth, answer, right) => {
    expect(isRight(sample(type, truth, ['A. left', 'B. right']), answer, config)).toBe(right);
  });

  test('tolerances are configurable', () => {
    const loose = { ...config, regressionTolerance: 0.2, maxWordErrorRate: 0.5 };
    expect(isRight(sample('regression', '10'), '11.9', loose)).toBe(true);
    expect(isRight(sample('regression', '10'), '12.1', loose)).toBe(false);
    expect(isRight(sample('OCR', 'STOP HERE'), 'STOP THERE', loose)).toBe(true);
    expect(isRight(sample('OCR', 'STOP HERE'), 'GO THERE', loose)).toBe(false);
  });
});

test('open-ended: the cosine, each distinct text embedded once, in batches', async () => {
  const batches: number[] = [];
  const embedder = {
    name: 'e',
    embedTexts: async (texts: readonly string[]) => {
      batches.push(texts.length);
      return texts.map((text) => Float32Array.of(Math.cos(text.length), Math.sin(text.length)));
    },
    embedFrames: () => Promise.reject(new Error('not asked for')),
  };
  const texts = Array.from({ length: 150 }, (_, i) => 'x'.repeat(1 + (i % 100)));
  const embeddings = await embedAll(texts, embedder);
  expect(batches).toEqual([64, 36]);
  const open = sample('free-form', 'xx');
  expect(similarityOf(open, ' xx ', embeddings)).toBeCloseTo(1, 6);
  expect(similarityOf(open, 'xxx', embeddings)).toBeCloseTo(Math.cos(1), 6);
  expect(similarityOf(sample('OCR', 'xx'), 'xx', embeddings)).toBeUndefined();
  expect(() => similarityOf(open, 'never embedded', embeddings)).toThrow(/not embedded/);
});
