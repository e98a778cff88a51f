// Our `released` ladder against the released evaluation script on varied outputs, verdict for verdict; made by make/released_scoring.py.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../../src/base/hash.ts';
import type { ProblemType } from '../../src/data/sample.ts';
import { scoreOutput } from '../../src/evaluate/index.ts';
import { promptText } from '../../src/prompt/train.ts';

type Case = [type: ProblemType, options: string[] | null, truth: string, output: string, score: number];
const file = new URL('./fixtures/released-scoring.json.gz', import.meta.url);
const { cases, prompts } = JSON.parse(gunzipSync(readFileSync(file)).toString('utf8')) as {
  cases: Case[];
  prompts: [problem: string, options: string[] | null, type: ProblemType, sha256: string][];
};

const scored = ([type, options, truth, output]: Case, ladder: 'released' | 'words' | 'strict' = 'released') =>
  scoreOutput({ id: 'x', type, options, solution: `<answer>${truth}</answer>` }, output, 'stop', {
    ladder,
    regression: 'mra',
  });
const unreadable = (c: Case) => c[2] === 'many';

test.each(prompts)(
  'the prompt of %j with options %j, %s, is the script’s to the byte',
  (problem, options, problem_type, hash) => {
    expect(sha256(promptText({ problem, options, problem_type }, { mode: 'think', profile: 'released' }))).toBe(hash);
  },
);

describe('released scoring', () => {
  test('every verdict is the one of the script', () => {
    const readable = cases.filter((c) => !unreadable(c));
    expect(readable.length).toBeGreaterThan(2000);
    const off = readable.flatMap((c) => {
      const { score } = scored(c);
      return Math.abs(score - c[4]) < 1e-6 ? [] : [{ case: c, score }];
    });
    expect(off).toEqual([]);
  });

  test('a truth that cannot be read is an error of the row, where the script scores 0', () => {
    for (const c of cases.filter(unreadable)) {
      expect(c[4]).toBe(0);
      expect(() => scored(c)).toThrow(expect.objectContaining({ code: 'reward-truth-unreadable' }));
    }
  });

  test('the table is varied, and another ladder would fail it', () => {
    const share = (type: ProblemType, test: (score: number) => boolean) =>
      cases.filter((c) => c[0] === type && test(c[4])).length / cases.filter((c) => c[0] === type).length;
    expect(share('multiple choice', (s) => s === 1)).toBeGreaterThan(0.05);
    expect(share('numerical', (s) => s === 1)).toBeGreaterThan(0.05);
    expect(share('regression', (s) => s > 0 && s < 1)).toBeGreaterThan(0.1);
    const others = cases.filter((c) => !unreadable(c) && c[0] === 'multiple choice');
    expect(others.filter((c) => scored(c, 'words').score !== c[4]).length).toBeGreaterThan(100);
  });
});
