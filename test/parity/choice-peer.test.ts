// Our ladder of multiple choice beside VLMEvalKit's extraction (can_infer), on 901 varied answers; made by make/choice_peer.py. Every difference is
// of a kind that docs/EVALUATION.md explains.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { chooseOption } from '../../src/evaluate/scoring/ladder.ts';

type Case = [template: string, options: string[], answer: string, theirs: string | null];
const file = new URL('./fixtures/choice-peer.json.gz', import.meta.url);
const { cases } = JSON.parse(gunzipSync(readFileSync(file)).toString('utf8')) as { cases: Case[] };

/** Kinds of answers, by the maker's template, on which the two may differ, and who reads what. */
const explained: Readonly<Record<string, 'ours reads a letter' | 'theirs reads a letter'>> = {
  // Lower case, quotes and dollar signs are spelling.
  '{l}': 'ours reads a letter',
  '({l})': 'ours reads a letter',
  '"{L}"': 'ours reads a letter',
  '${L}$': 'ours reads a letter',
  // The answer is what stands first, the rest says what it is not.
  '({L}), not ({M})': 'ours reads a letter',
  // Options inside longer options: "5 m" in "2.5 m", "left" in "front left".
  '{o}': 'ours reads a letter',
  '{O}': 'ours reads a letter',
  'I think it is {o}.': 'ours reads a letter',
  // A letter among a few words, whatever it says; "a" after "answer is" is an article.
  'Vitamin {L} is shown': 'theirs reads a letter',
  'the answer is {l}': 'theirs reads a letter',
  // Two answers are none.
  'The answer is {M}. Wait, the answer is {L}.': 'theirs reads a letter',
  // Options inside words: "no" in "None", "right" in "brightness".
  None: 'theirs reads a letter',
  'The square shows brightness and uprightness': 'theirs reads a letter',
};

test('equal but for the explained kinds, where one reads a letter and the other none', () => {
  const differing = cases.flatMap(([template, options, answer, theirs]) => {
    const ours = chooseOption(answer, options).letter ?? null;
    return ours === theirs ? [] : [{ template, answer, ours, theirs }];
  });
  const unexplained = differing.filter(({ template, ours, theirs }) => {
    const kind = explained[template];
    return kind === undefined || (kind === 'ours reads a letter' ? theirs !== null : ours !== null);
  });
  expect(unexplained).toEqual([]);
  expect(new Set(differing.map(({ template }) => template))).toEqual(new Set(Object.keys(explained)));
  expect(differing.length).toBeLessThan(cases.length / 6);
});

test('where both read a letter it is the same one', () => {
  const both = cases.filter(
    ([, options, answer, theirs]) => theirs !== null && chooseOption(answer, options).letter !== undefined,
  );
  expect(both.length).toBeGreaterThan(400);
  for (const [, options, answer, theirs] of both)
    expect([answer, chooseOption(answer, options).letter]).toEqual([answer, theirs]);
});
