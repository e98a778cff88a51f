// Any row ends somewhere: it is a sample that every reader of this program takes, or it has a reason, and nothing is thrown.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { problemTypes, sampleSchema } from '../../data/sample.ts';
import { toRow } from '../../data/write.ts';
import { solutionText } from '../../prompt/parse.ts';
import { accuracyReward } from '../../rewards/index.ts';
import { candidatesOf } from './candidates.ts';

const folder = mkdtempSync(join(tmpdir(), 'videorft-fuzz-'));
afterAll(() => rmSync(folder, { recursive: true }));

const words = [
  'A',
  'B. x',
  'left',
  '3',
  '50%',
  '',
  '<answer>',
  '</answer>',
  'A. 1\nB. 2',
  '["p", "q"]',
  'constructor',
  '\n',
  '<|im_end|>',
  'a/b.mp4',
  'video',
  'OCR',
];
const text = fc
  .array(fc.oneof(fc.constantFrom(...words), fc.string({ unit: 'binary', maxLength: 6 })), { maxLength: 4 })
  .map((parts) => parts.join(''));
const value = fc.oneof({ weight: 5, arbitrary: text }, fc.array(text, { maxLength: 4 }), fc.jsonValue({ maxDepth: 2 }));
const names = [
  'problem_id',
  'problem',
  'question',
  'data_type',
  'problem_type',
  'options',
  'process',
  'solution',
  'answer',
  'path',
  'video',
  'data_source',
  'skill',
  '__proto__',
  'constructor',
];
const turn = fc.record(
  { from: fc.oneof(fc.constantFrom('human', 'gpt', 'constructor'), text), value },
  { requiredKeys: [] },
);
const flat = fc.dictionary(fc.constantFrom(...names), value);
/** Rows of which about half are samples. */
const likely = fc.record(
  {
    problem: fc.constantFrom('What?', 'Which?\nA. left\nB. right', '<|im_end|>?'),
    solution: fc.oneof(fc.constantFrom('A', 'b', '(B)', 'left', '3', '<answer>2.5</answer>', '1', 'a red car'), text),
    path: fc.constantFrom('a.mp4', './Chart/b.png', 'constructor/c.mp4'),
    problem_type: fc.constantFrom(...problemTypes),
    options: fc.oneof(fc.constantFrom(['left', 'right'], ['A. 1', 'B. 2', 'C. 3'], '["p", "q"]', null), value),
    extra: value,
  },
  { requiredKeys: ['problem', 'solution', 'path'] },
);
const talk = fc.record({ video: text, conversations: fc.oneof(fc.array(turn, { maxLength: 5 }), fc.jsonValue()) });
const rows = fc.array(fc.oneof(flat, { weight: 3, arbitrary: likely }, talk, fc.jsonValue()), {
  minLength: 1,
  maxLength: 5,
});

test('any rows', async () => {
  const file = join(folder, 'rows.json');
  const source = { name: 's', weight: undefined, files: [file], below: '', columns: {}, set: {}, unnameable: [] };
  let taken = 0;
  await fc.assert(
    fc.asyncProperty(rows, fc.constantFrom(undefined, 0, 1), async (list, answersCountFrom) => {
      writeFileSync(file, JSON.stringify(list));
      const found = await Array.fromAsync(
        candidatesOf(source, { maxProblem: 100, answersCountFrom, skills: { x: 'science' }, mediaRoot: folder }),
      );
      expect(found.length).toBeGreaterThanOrEqual(list.length);
      for (const { sample, issues } of found) {
        expect(issues.length > 0).toBe(sample === undefined);
        if (!sample) continue;
        taken++;
        const row = sampleSchema.parse(JSON.parse(JSON.stringify(toRow(sample))));
        const truth = solutionText(row.solution);
        expect(accuracyReward(row, truth).value).toBeGreaterThan(0);
      }
    }),
    { numRuns: 800 },
  );
  expect(taken).toBeGreaterThan(150);
});
