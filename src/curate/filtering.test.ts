// The filter within a whole curation: rules in the account and in the rows, a judge that is asked once per answer, and settings that cost no calls.
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { useCurateFixture } from '../../test/support/curate-fixture.ts';
import { asked, fakeExperts, makeSamples, requestText } from '../../test/support/curate-world.ts';
import { readJsonl } from '../base/jsonl.ts';
import { loadSamples } from '../data/read.ts';
import { createFakeChatModel } from '../llm/fake.ts';
import { colourEmbedder } from '../rewards/fake-embedder.ts';
import type { CurateConfigInput } from './config.ts';

const world = useCurateFixture();

/** Revisions that go wrong, by question. */
const thinks: Readonly<Record<number, string>> = {
  1: "I'm sorry, but I can't help with that.",
  2: 'I see the number on a card. It stands at the left of',
  3: 'According to the description, the card shows a number.',
  4: '卡片上有一个数字。我再看一遍视频，数字很清楚，没有任何疑问，所以答案就是这个数字。',
  5: `I see a card. ${'Wait, let me look at it again. '.repeat(10)}`,
  6: 'A number.',
  7: `I see the numbers ${Array.from({ length: 760 }, (_, i) => `n${i}`).join(' ')}.`,
};
const revised = (i: number, answer: string) =>
  JSON.stringify({
    inconsistencies: [],
    revised: `<think>${thinks[i] ?? 'The question asks for a number. I see it.'}</think><answer>${answer}</answer>`,
  });
const numberIn = (text: string) => Number(/question (\d+)\?/.exec(text)?.[1]);
const failing = () =>
  fakeExperts((name, text) => (name === 'refiner' ? revised(numberIn(text), String(numberIn(text))) : undefined));

const counts = async () => JSON.parse(await readFile(world.at('out/counts.json'), 'utf8'));
const config = (filter: CurateConfigInput['filter'], rest = {}) => world.config({ filter, ...rest });

describe('rules', () => {
  test('each rejects its own under its name, in the account as in the rows, and it adds up', async () => {
    await world.write(makeSamples(10));
    const { counts: account } = await world.run(failing());
    const names = [
      'refused',
      'truncated',
      'mentions-description',
      'wrong-language',
      'repetitive',
      'too-short',
      'too-long',
    ];
    expect(account).toMatchObject({ in: 10, kept: 3, rejected: 7, quarantined: 0 });
    expect(account.reasons).toEqual(Object.fromEntries(names.map((name) => [name, 1])));
    const rejected = await loadSamples(world.at('out/rejected.jsonl'));
    expect(rejected.map((row) => [row.problem_id, row.rejected])).toEqual(names.map((name, i) => [i + 1, name]));
    expect(rejected[0].curation).toMatchObject({ filter: { found: ['refused'] } });
    expect((await loadSamples(world.at('out/cot.jsonl'))).map((row) => row.problem_id)).toEqual([0, 8, 9]);
    expect((await counts()).filter.rules['wrong-answer']).toEqual({ rejected: 0, found: 0 });
  });

  test('another setting asks nobody and changes what is kept', async () => {
    await world.write(makeSamples(10));
    await world.run(failing());
    const settings: [CurateConfigInput['filter'], number][] = [
      [{ minWords: 1 }, 4],
      [{ maxWords: 2000, language: 'any' }, 5],
      [{ off: ['refused', 'truncated', 'mentions-description'] }, 6],
      [{ maxRepetition: 1, maxForeign: 1, regressionTolerance: 1, maxWordErrorRate: 1, minSimilarity: -1 }, 4],
    ];
    for (const [filter, kept] of settings) {
      const models = failing();
      const { counts: account } = await world.run(models, {}, config(filter));
      expect([account.kept, asked(models)]).toEqual([kept, [0, 0, 0]]);
    }
  });
});

describe('open-ended answers', () => {
  const open = makeSamples(6).map((sample, i) => ({
    ...sample,
    problem_type: 'free-form' as const,
    solution: `<answer>${i === 4 ? 'a green cube' : `a red ball ${i}`}</answer>`,
  }));
  const answers = () =>
    fakeExperts((name, text) => {
      const i = numberIn(text);
      if (name === 'refiner') return revised(9, i === 0 ? 'A red  ball 0' : `one ball, red, number ${i}`);
      if (name === 'reasoner')
        return { text: `<answer>red ball number ${i}</answer>`, reasoning: 'I see a ball. It is red.' };
      return undefined;
    });
  const judgeModel = (score: (text: string) => number | string) =>
    createFakeChatModel((request) => {
      const said = score(requestText(request));
      return typeof said === 'string' ? said : JSON.stringify({ why: 'Because.', score: said });
    }, 'judge');
  const judged = { judge: { baseURL: 'http://127.0.0.1:9/v1', model: 'judge' } };
  const withJudge = (filter: CurateConfigInput['filter'] = {}) => {
    const base = world.config();
    const { describer, reasoner, refiner } = base.experts;
    return config({ minSimilarity: -1, ...filter }, { experts: { describer, reasoner, refiner, ...judged } });
  };
  const embedder = colourEmbedder();

  test('the distribution of their similarities is in the account, and drawn in the card', async () => {
    await world.write(open);
    const { counts: account } = await world.run(answers(), { embedder }, world.config({ output: {} }));
    const { similarity } = account.filter;
    expect(similarity).toMatchObject({ chains: 6, threshold: 0.8 });
    expect(similarity?.bins.reduce((sum, bin) => sum + bin.chains, 0)).toBe(6);
    expect(await readFile(world.at('out/README.md'), 'utf8')).toContain('(figures/similarities.svg)');
    const figure = await readFile(world.at('out/figures/similarities.svg'), 'utf8');
    const [, marks = ''] = /<g class="mark-rect role-mark[^>]*>(.*?)<\/g>/s.exec(figure) ?? [];
    expect(marks.match(/<path /g)).toHaveLength(similarity?.bins.length ?? 0);
    const rows = [
      ...(await loadSamples(world.at('out/cot.jsonl'))),
      ...(await loadSamples(world.at('out/rejected.jsonl'))),
    ];
    expect(
      rows.every(
        ({ curation }) => typeof (curation as { filter: { similarity: unknown } }).filter.similarity === 'number',
      ),
    ).toBe(true);
  });

  test('a judge is asked about revision and draft, once each, not about what repeats the reference, and never sees the reasoning', async () => {
    await world.write(open);
    const judge = judgeModel((text) => (text.includes('green cube') ? 0.1 : 0.8));
    const models = answers();
    const { counts: account, bill } = await world.run({ ...models, judge }, { embedder }, withJudge());
    expect(account).toMatchObject({ kept: 5, rejected: 1, reasons: { 'judged-wrong': 1 } });
    expect(judge.calls).toHaveLength(5 + 6);
    expect(account.experts.judge).toMatchObject({ records: 11, models: ['judge'], prompt_versions: ['judge/1'] });
    expect(bill.stages.judge).toMatchObject({ answers: 11, attempts: 11 });
    type Told = Record<'judge' | 'judge_draft', { completion_tokens: number } | undefined>;
    const told = (await readJsonl<Told>(world.at('out/provenance.jsonl'))).rows.flatMap((each) => [
      each.judge?.completion_tokens ?? 0,
      each.judge_draft?.completion_tokens ?? 0,
    ]);
    expect(told.filter((tokens) => tokens > 0)).toHaveLength(11);
    expect(told.reduce((all, tokens) => all + tokens, 0)).toBe(bill.stages.judge.completion_tokens);
    expect(judge.calls.some((call) => requestText(call).includes('I see'))).toBe(false);
    const [row] = await loadSamples(world.at('out/rejected.jsonl'));
    expect(row.curation).toMatchObject({ filter: { judge: { model: 'judge', score: 0.1, why: 'Because.' } } });
    const again = judgeModel(() => 0);
    const stricter = await world.run({ ...answers(), judge: again }, { embedder }, withJudge({ minJudgeScore: 0.9 }));
    expect(again.calls).toHaveLength(0);
    expect(stricter.counts).toMatchObject({ kept: 1, rejected: 5 });
  });

  test('a judge that does not answer in its form quarantines the sample, and the next run asks it anew', async () => {
    await world.write(open);
    const broken = judgeModel((text) => (text.includes('green cube') ? 'They differ.' : 1));
    const { counts: account } = await world.run({ ...answers(), judge: broken }, { embedder }, withJudge());
    expect(account).toMatchObject({ kept: 5, quarantined: 1, reasons: { 'expert-malformed': 1 } });
    expect(account.stages.judge).toEqual({ in: 6, out: 5 });
    const healed = judgeModel(() => 1);
    const again = await world.run({ ...answers(), judge: healed }, { embedder }, withJudge());
    expect(again.counts).toMatchObject({ kept: 6, quarantined: 0 });
    expect(healed.calls.length).toBeLessThanOrEqual(2);
  });
});
