// What became of the answer that stood before a reflection, on hand-made thoughts; and that rates, intervals and counts of many add up.
import { describe, expect, it } from 'vitest';
import { thoughtOf } from '../prompt/parse.ts';
import { summarizeReflection, type Thought } from '../report/index.ts';
import { type JudgedOutput, thoughtOfRow } from './aha.ts';
import { scoreOutput } from './scoring/scoring.ts';

const choice = {
  id: '1',
  type: 'multiple choice',
  options: ['A. left', 'B. right', 'C. up'],
  solution: '<answer>B</answer>',
} as const;

function row(think: string, answer: string, question: object = choice): JudgedOutput {
  const output = `<think>${think}</think>\n<answer>${answer}</answer>`;
  const asked = { ...choice, ...question };
  const { score } = scoreOutput(asked, output, 'stop', { ladder: 'words', regression: 'relative' });
  return { ...asked, path: 'a.mp4', output, finish: 'stop', score };
}
const changeOf = (...args: Parameters<typeof row>) => thoughtOfRow(row(...args)).change;

describe('the answer before and after', () => {
  it.each<[string, string, string]>([
    ['The answer is A. Wait, it moves the other way. The answer is B.', 'B', 'to right'],
    ['The ball rolls. So it is right. Let me double-check. It rolls left.', 'A', 'to wrong'],
    ['The answer is (B). Hmm, let me look again. Yes.', 'B', 'kept right'],
    ['So it is left. Wait, the camera moves. Still left.', 'A', 'kept wrong'],
    ["I'd go with C. Hold on, it falls. Actually, it goes left.", 'A', 'to another wrong one'],
    ['Option A fits. No, that is the mirror.', 'B', 'to right'],
    ['答案是A。不对，应该是B。', 'B', 'to right'],
    ['It moves somewhere. Wait, it stops. The answer is B.', 'B', 'not told'],
    ['The answer is A or B. Wait, it is B.', 'B', 'not told'],
    ['The answer is A. Wait, no.', '', 'not told'],
  ])('%s → %s: %s', (think, answer, change) => {
    expect(changeOf(think, answer)).toBe(change);
  });

  it('numbers are compared as numbers, regressions within 5%, words without case', () => {
    const number = { type: 'numerical', options: null, solution: '<answer>4</answer>' };
    expect(changeOf('So it is 3. Let me recount. Four: 4.', '4.0', number)).toBe('to right');
    expect(changeOf('The answer is 3. Wait, yes.', '3.0', number)).toBe('kept wrong');
    const regression = { type: 'regression', options: null, solution: '<answer>100</answer>' };
    expect(changeOf('The answer is 98. Wait, more. ', '101', regression)).toBe('kept right');
    const sign = { type: 'OCR', options: null, solution: '<answer>STOP</answer>' };
    expect(changeOf('The answer is SHOP. Looking again, it is STOP.', 'STOP', sign)).toBe('to right');
  });

  it('a free text has no answer that is told, and neither has a question without a readable solution', () => {
    expect(changeOf('The answer is a man. Wait, no.', 'A dog runs.', { type: 'free-form', options: null })).toBe(
      'not told',
    );
    const broken = {
      ...row('The answer is 3. Wait, no.', '4'),
      type: 'numerical',
      options: null,
      solution: 'many',
    } as const;
    expect(thoughtOfRow(broken).change).toBe('not told');
  });

  it('a thought without reflection has none, and the answer block is never searched', () => {
    expect(thoughtOfRow(row('The people wait. The answer is B.', 'Wait, B'))).toMatchObject({
      kinds: [],
      change: undefined,
    });
    expect(thoughtOf('no tags. <answer>Wait, B</answer>')).toBe('no tags. ');
    expect(thoughtOf('<think>cut off. Wait')).toBe('cut off. Wait');
  });
});

describe('of many', () => {
  const thought = (i: number, score: number, change?: Thought['change']): Thought => ({
    cluster: `${i >> 1}.mp4`,
    score,
    kinds: change === undefined ? [] : ['pause', 'pause', 're-check'],
    change,
  });
  const thoughts = [
    ...[1, 1, 0, 1, 1, 1].map((score, i) => thought(i, score)),
    ...[thought(6, 1, 'to right'), thought(7, 0, 'to wrong'), thought(8, 1, 'to right'), thought(9, 0, 'not told')],
  ];
  const summary = summarizeReflection(thoughts);

  it('counts add up, and accuracies are of the two groups', () => {
    expect(summary).toMatchObject({ thoughts: 10, reflecting: 4, perThought: 1.2 });
    expect(summary.kinds).toEqual({ pause: 4, 're-check': 4, correction: 0 });
    expect(Object.values(summary.changes).reduce((a, b) => a + b, 0)).toBe(summary.reflecting);
    expect([summary.share?.estimate, summary.accuracyWith?.estimate]).toEqual([0.4, 0.5]);
    expect(summary.accuracyWithout?.estimate).toBeCloseTo(5 / 6, 12);
    expect(summary.difference?.estimate).toBeCloseTo(1 / 2 - 5 / 6, 12);
    expect(summary.net?.estimate).toBeCloseTo(1 / 3, 12);
    expect(summary.net?.n).toBe(3);
    for (const i of [summary.share, summary.difference, summary.net])
      expect([i!.low <= i!.estimate, i!.estimate <= i!.high]).toEqual([true, true]);
  });

  it('what stays as it was, or wrong, is neither gain nor loss', () => {
    const changes = ['to right', 'kept wrong', 'to another wrong one', 'kept right'] as const;
    const { net } = summarizeReflection(changes.map((change, i) => thought(i, 0, change)));
    expect([net?.estimate, net?.n]).toEqual([0.25, 4]);
  });

  it('of one video: no difference and no net, and shares of anything between 0 and 1', () => {
    const one = summarizeReflection([thought(0, 1, 'to right'), thought(1, 0)]);
    expect(one).toMatchObject({ difference: null, net: null, share: { estimate: 0.5, low: 0, high: 1 } });
    expect(one.changes['to right']).toBe(1);
  });

  it('without reflections there is a rate of 0 and nothing to compare', () => {
    const plain = summarizeReflection(thoughts.slice(0, 6));
    expect(plain).toMatchObject({ reflecting: 0, accuracyWith: null, difference: null, net: null });
    expect(plain.share?.estimate).toBe(0);
    expect(plain.share?.high).toBeGreaterThan(0);
    expect(summarizeReflection([])).toMatchObject({ thoughts: 0, share: null, accuracyWithout: null });
  });

  it('the interval of a difference that is there leaves 0 out, that of none holds it', () => {
    const many = (right: (i: number) => number) =>
      summarizeReflection(
        Array.from({ length: 400 }, (_, i) => thought(i, right(i), i % 4 < 2 ? 'not told' : undefined)),
      ).difference!;
    const there = many((i) => (i % 4 < 2 ? 1 : Number(i % 8 < 4)));
    expect(there.low).toBeGreaterThan(0.3);
    const none = many((i) => Number(i % 8 < 4));
    expect([none.low < 0, none.high > 0]).toEqual([true, true]);
  });
});
