// Decisions applied to a real curation's output: counts, bytes, edits, chains that have changed since, files that do not belong together.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { rowsOf } from '../../../test/support/cli-world.ts';
import { useCurateFixture } from '../../../test/support/curate-fixture.ts';
import { fakeExperts, makeSamples } from '../../../test/support/curate-world.ts';
import { failureOf } from '../../../test/support/failure.ts';
import { lockRun } from '../../runs/lock.ts';
import { applyReview, checkDecision, type Decision, findReviewSet, ReviewStore, type Row } from './index.ts';

const world = useCurateFixture();
const out = (name: string) => join(world.at('out'), name);
const text = (name: string) => readFileSync(out(name), 'utf8');
const ids = (name: string) => rowsOf(out(name)).map(({ problem_id }) => problem_id);
const rowNamed = (file: string, id: number) => rowsOf(out(file)).find((row) => row.problem_id === id) as Row;

/** 20 questions: 5 and 15 are rejected (wrong), the last line is no sample. */
beforeEach(async () => {
  await world.write(makeSamples(20), ['{"problem_id": 99}']);
  await world.run(fakeExperts());
});

async function decide(...decisions: readonly (readonly [string, number, Decision | null])[]): Promise<void> {
  using store = await ReviewStore.open(out('review'));
  for (const [file, id, decision] of decisions) await store.decide(rowNamed(file, id), decision);
}
const apply = async () => (await applyReview(await findReviewSet(world.at('out')))).counts;

describe('a curation', () => {
  test('without a decision everything is copied byte for byte', async () => {
    expect(await apply()).toMatchObject({ in: 21, kept: 18, rejected: 2, quarantined: 1, rl: 20 });
    for (const name of ['cot.jsonl', 'rejected.jsonl', 'rl.jsonl']) expect(text(`review/${name}`)).toBe(text(name));
  });

  test('what the reviewer kept, rejected, discarded and edited; the originals stay', async () => {
    const before = ['cot.jsonl', 'rejected.jsonl', 'rl.jsonl'].map(text);
    await decide(
      ['cot.jsonl', 1, { verdict: 'accept' }],
      ['cot.jsonl', 2, { verdict: 'reject', note: 'guesses' }],
      ['cot.jsonl', 3, { verdict: 'discard' }],
      ['cot.jsonl', 4, { verdict: 'accept', think: 'I counted.', answer: '44' }],
      ['rejected.jsonl', 5, { verdict: 'accept', answer: '-1' }],
      ['rejected.jsonl', 15, { verdict: 'reject' }],
      ['cot.jsonl', 6, { verdict: 'reject' }],
      ['cot.jsonl', 6, null],
    );
    const counts = await apply();
    expect(counts).toEqual({
      in: 21,
      kept: 17,
      rejected: 3,
      quarantined: 1,
      rl: 19,
      curation: { kept: 18, rejected: 2, quarantined: 1 },
      reviewer: {
        accept: { kept: 2, rejected: 1 },
        reject: { kept: 1, rejected: 1 },
        discard: { kept: 1, rejected: 0 },
        edited: 2,
      },
      notApplied: { stale: 0, gone: 0 },
    });
    expect(['cot.jsonl', 'rejected.jsonl', 'rl.jsonl'].map(text)).toEqual(before);
    // In the order of the input, restored rows too.
    expect(ids('review/cot.jsonl')).toEqual([
      0,
      1,
      4,
      5,
      ...Array.from({ length: 9 }, (_, i) => i + 6),
      16,
      17,
      18,
      19,
    ]);
    expect(ids('review/rejected.jsonl')).toEqual([2, 3, 15]);
    expect(ids('review/rl.jsonl')).toEqual(Array.from({ length: 20 }, (_, i) => i).filter((i) => i !== 3));
    expect(rowNamed('review/cot.jsonl', 4)).toEqual({
      ...rowNamed('cot.jsonl', 4),
      process: '<think>I counted.</think>',
      solution: '<answer>44</answer>',
      reviewed: 'edited',
    });
    expect(rowNamed('review/rl.jsonl', 4)).toMatchObject({ solution: '<answer>44</answer>', process: '' });
    expect(rowNamed('review/cot.jsonl', 5)).not.toHaveProperty('rejected');
    expect(rowNamed('review/rejected.jsonl', 2)).toMatchObject({ rejected: 'reviewer', review_note: 'guesses' });
    expect(rowNamed('review/rejected.jsonl', 15)).toMatchObject({ rejected: 'wrong-answer', reviewed: 'reject' });
    expect(JSON.parse(text('review/counts.json'))).toEqual(counts);
  });

  test('another refiner: decisions about its old chains are not applied, and counted; others hold; curate applies them itself', async () => {
    await decide(['cot.jsonl', 1, { verdict: 'reject' }], ['cot.jsonl', 2, { verdict: 'reject' }]);
    const experts = fakeExperts((model, prompt) => {
      if (model !== 'refiner' || !prompt.includes('question 1?')) return undefined;
      const revised = '<think>The question asks for a number. Seen anew it is 1.</think><answer>1</answer>';
      return JSON.stringify({ inconsistencies: [], revised });
    });
    const changed = world.config();
    const refiner = { ...changed.experts.refiner, seed: 2 };
    const { reviewed } = await world.run(experts, {}, { ...changed, experts: { ...changed.experts, refiner } });
    expect(reviewed?.counts).toMatchObject({ kept: 17, rejected: 3, notApplied: { stale: 1, gone: 0 } });
    expect(ids('review/rejected.jsonl')).toEqual([2, 5, 15]);
  });

  test('a question that is no longer there is counted as gone', async () => {
    await decide(['cot.jsonl', 19, { verdict: 'reject' }]);
    await world.write(makeSamples(19));
    const { reviewed } = await world.run(fakeExperts());
    expect(reviewed?.counts).toMatchObject({ in: 19, notApplied: { stale: 0, gone: 1 } });
  });

  test('without a review a curation applies nothing', async () => {
    expect((await world.run(fakeExperts())).reviewed).toBeUndefined();
    expect(existsSync(out('review'))).toBe(false);
  });

  test('files of two runs are refused, with the place', async () => {
    const lines = text('cot.jsonl').split('\n');
    writeFileSync(out('cot.jsonl'), lines.toSpliced(3, 1).join('\n'));
    const error = await failureOf(apply());
    expect([error.code, error.facts.sample]).toEqual(['review-files', '3']);
    writeFileSync(out('cot.jsonl'), [...lines.slice(0, -1), lines[0], ''].join('\n'));
    expect((await failureOf(apply())).facts).toMatchObject({ line: 19, sample: '0' });
    expect(existsSync(out('review/cot.jsonl'))).toBe(false);
  });

  test('while the curation runs, nothing is applied', async () => {
    const unlock = lockRun(world.at('out'));
    expect((await failureOf(apply())).code).toBe('run-locked');
    unlock();
    await apply();
  });
});

test('a file of samples: decisions beside it, lines that are no rows are quarantined, big numbers survive', async () => {
  const lines = [
    '{"problem_id": 12345678901234567890, "problem": "a", "path": "a.mp4", "solution": "<answer>1</answer>"}',
    '{"problem_id": 2, "problem": "b", "path": "a.mp4", "solution": "<answer>1</answer>"}',
    'no row',
    '[1]',
  ];
  const file = world.at('set.jsonl');
  writeFileSync(file, `${lines.join('\n')}\n`);
  const set = await findReviewSet(file);
  expect(set).toMatchObject({ folder: world.at('set.review'), mediaRoot: world.at('.').replace(/\/\.$/, '') });
  {
    using store = await ReviewStore.open(set.folder);
    await store.decide(JSON.parse(lines[1]), { verdict: 'reject' });
  }
  expect((await applyReview(set)).counts).toMatchObject({ in: 4, kept: 1, rejected: 1, quarantined: 2 });
  expect(readFileSync(world.at('set.review/kept.jsonl'), 'utf8')).toBe(`${lines[0]}\n`);
});

test('a curation of which a file is gone cannot be reviewed', async () => {
  rmSync(out('provenance.jsonl'));
  const error = await failureOf(findReviewSet(world.at('out')));
  expect([error.code, error.message]).toEqual([
    'review-nothing',
    expect.stringContaining('provenance.jsonl is not there'),
  ]);
});

test.each([
  ['nowhere', 'there is no such folder or file'],
  ['.', 'no output of videorft curate'],
  ['empty.jsonl', ''],
  ['array.json', 'no file of JSON lines'],
  ['video.mp4', 'no file of JSON lines'],
])('%s cannot be reviewed', async (name, reason) => {
  writeFileSync(world.at('empty.jsonl'), '');
  writeFileSync(world.at('array.json'), '[{}]');
  writeFileSync(world.at('video.mp4'), Buffer.from([0, 0, 0, 24, 102, 116, 121, 112]));
  const error = await failureOf(findReviewSet(world.at(name)));
  expect(error.code).toBe(name === 'empty.jsonl' ? 'media-empty' : 'review-nothing');
  expect(error.message).toContain(reason);
});

test.each<[Decision, string]>([
  [{ verdict: 'accept', answer: 'many' }, 'cannot be scored: it is not one number'],
  [{ verdict: 'accept', answer: '7' }, 'has no reasoning'],
])('the decision %j about a sample without reasoning is refused', (decision, reason) => {
  const { process: _, ...sample } = { ...makeSamples(1)[0], process: '' };
  expect(() =>
    checkDecision({ ...sample, ...(decision.answer === 'many' ? { process: 'x' } : {}) }, decision, true),
  ).toThrow(reason);
});
