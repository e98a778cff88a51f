// What an ablation plans and what its tables say, against hand-made arms, clocks and rows. Leaves out: training (test/ablate-mini.test.ts).
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseConfig } from '../../base/config.ts';
import { type AblationScore, publishedArms, publishedMean } from '../../report/index.ts';
import { outline, recipeKey, sftKey } from './arms.ts';
import { ablateConfig } from './config.ts';
import { expectedSizes, expectTimes, formatPlan, timeLeft, unitsOf } from './plan.ts';
import { readAblation, reportAblation } from './results.ts';

const config = parseConfig(ablateConfig, {});
const all = outline({ arms: config.arms, w: config.w, models: ['micro-base'], defaultW: config.grpo.w });

describe('outline', () => {
  it('trains each distinct recipe once: six arms, a base and four scales are ten models', () => {
    expect([...all.recipes.keys()]).toEqual([
      ...['base', 'sft', 'grpo-w1', 'grpo-unrefined-w1', 'grpo-from-base-w1', 'grpo-no-semantic', 'grpo-ungated-w1'],
      ...['grpo-w2', 'grpo-w3', 'grpo-w4'],
    ]);
    expect(all.entries.map(({ table, label }) => `${table} ${label}`)).toEqual([
      ...['base', 'sft-only', 'full', 'no-refinement', 'rl-only', 'no-semantic', 'ungated'].map((a) => `arms ${a}`),
      ...[1, 2, 3, 4].map((w) => `w w = ${w}`),
    ]);
    expect(all.entries.find(({ label }) => label === 'w = 1')?.key).toBe('grpo-w1');
    for (const [key, recipe] of all.recipes) expect(recipeKey(recipe)).toBe(key);
  });

  it('shares SFT between arms, and has none for RL only', () => {
    const shared = [...all.recipes.values()].map(sftKey);
    expect(new Set(shared)).toEqual(new Set([undefined, 'sft', 'sft-unrefined']));
    expect(sftKey(all.recipes.get('grpo-from-base-w1')!)).toBeUndefined();
  });

  it('is what the arms say: the rewards of each', () => {
    const rewards = (key: string) => all.recipes.get(key)?.rewards;
    expect(rewards('grpo-w1')).toEqual({ w: 1 });
    expect(rewards('grpo-ungated-w1')).toEqual({ w: 1, gated: false });
    expect(rewards('grpo-no-semantic')?.parts).toEqual({ format: true, accuracy: true, semantic: false });
    expect(rewards('sft')).toBeNull();
  });

  it('has a table of models from the second on, whose full is compared with the first', () => {
    const two = outline({ arms: ['full'], w: [], models: ['small', 'large'], defaultW: 2 });
    expect([...two.recipes.keys()]).toEqual(['base', 'grpo-w2', 'm2-base', 'm2-grpo-w2']);
    expect(two.entries.filter(({ table }) => table === 'models')).toEqual([
      { table: 'models', label: 'small: base', key: 'base', against: 'grpo-w2' },
      { table: 'models', label: 'small: full', key: 'grpo-w2', against: 'grpo-w2' },
      { table: 'models', label: 'large: base', key: 'm2-base', against: 'm2-grpo-w2' },
      { table: 'models', label: 'large: full', key: 'm2-grpo-w2', against: 'grpo-w2' },
    ]);
  });
});

describe('plan', () => {
  const units = unitsOf(all, config, expectedSizes(config));
  const clockOf = (done: Record<string, number>) => ({ finished: (name: string) => done[name] });

  it('of all tables of a seed takes at most 55 minutes on two quiet cores', () => {
    const left = timeLeft(expectTimes(units, clockOf({}), () => true));
    expect(left).toEqual({ seconds: expect.any(Number), known: true });
    expect(left.seconds).toBeLessThan(55 * 60);
  });

  it('takes the rates of this folder once there are some, and counts what is done as 0', () => {
    const done = { world: 10, curate: 20, 'grpo-w1': 900 };
    const expected = expectTimes(units, clockOf(done), () => true);
    const of = (name: string) => expected.find(({ unit }) => unit.name === name)?.seconds;
    expect([of('world'), of('grpo-w1'), of('grpo-w2')]).toEqual([0, 0, 900]);
    expect(formatPlan(expected, 'runs/a')).toMatch(/^grpo grpo-w2 +15 min 00 s$/m);
    expect(formatPlan(expected, 'runs/a')).toMatch(/^grpo grpo-w1 +done$/m);
  });

  it("does not guess another base's time", () => {
    const expected = expectTimes(units, clockOf({}), () => false);
    expect(timeLeft(expected).known).toBe(false);
    expect(formatPlan(expected, 'runs/a')).toMatch(/^sft sft +not known yet$/m);
    expect(formatPlan(expected, 'runs/a')).toMatch(/in all.*and what is not known yet/);
  });
});

describe('tables', () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'videorft-ablation-'));
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  const row = (i: number, score: number, error: string | null = null) => ({
    ...{
      id: `q${i}`,
      path: `clips/${i >> 1}.mp4`,
      score,
      strict: score,
      lenient: score,
      error,
      groups: {},
      type: 'OCR',
    },
    ...{ outcome: score === 1 ? 'right' : 'wrong', formatOk: true, semantic: 0.5, tokens: 10, output: 'x' },
  });

  /** A folder of one seed: right answers of each model per question, and one missing model. */
  function folder(
    name: string,
    seed: number,
    answers: Record<string, readonly number[]>,
    changed: object = {},
    others: readonly { name: string; sha256: string }[] = [],
  ): string {
    const place = join(dir, name);
    mkdirSync(join(place, 'evaluation'), { recursive: true });
    for (const [key, scores] of Object.entries(answers))
      for (const mode of ['think', 'direct'])
        writeFileSync(
          join(place, 'evaluation', `${key}-${mode}.jsonl`),
          scores.map((score, i) => `${JSON.stringify(row(i, score, score < 0 ? 'media-missing' : null))}\n`).join(''),
        );
    const manifest = {
      ...{ format: 'videorft-ablation/1', command: `videorft ablate --seed ${seed}`, seed, steps: 90, defaultW: 1 },
      ...{ models: [{ name: 'micro-base', sha256: 'a' }, ...others], samples: { rl: 9, refined: 5, unrefined: 3 } },
      ...{ asked: { count: 6, sha256: 'b' }, settings: { seed, grpo: { steps: 90 }, ...changed } },
      ...{ versions: { videorft: '1' }, entries: all.entries },
    };
    writeFileSync(join(place, 'ablation.json'), JSON.stringify(manifest));
    return place;
  }

  const scoresOf = async (dirs: readonly string[], table: string) => {
    const { tables } = await readAblation(dirs);
    const found = tables.find(({ name }) => name === table)?.scores ?? [];
    return (label: string) => found.find((s) => s.label === label) as AblationScore;
  };

  it('hold what the rows say, paired by question; an arm that is not complete is not run', async () => {
    const a = folder('a', 0, { base: [0, 0, 0, 0, 0, 1], 'grpo-w1': [1, 1, 0, 1, 1, 1], sft: [1, 1, 0] });
    const score = await scoresOf([a], 'arms');
    expect(score('full')).toMatchObject({ seeds: [0], n: 6, errors: 0, difference: null, p: null, semantic: 0.5 });
    expect(score('full').think?.estimate).toBeCloseTo(5 / 6, 12);
    expect(score('base').difference?.estimate).toBeCloseTo(1 / 6 - 5 / 6, 12);
    expect(score('sft-only')).toMatchObject({ seeds: [], n: 0, think: null, direct: null, difference: null });
    expect((await scoresOf([a], 'w'))('w = 1').think).toEqual(score('full').think);
    const markdown = await reportAblation([a], join(dir, 'out'));
    expect(markdown).toMatch(/^\| sft-only \| not run \| – /m);
    const [, place] = /^!\[.+\]\((figures\/.+\.svg)\)$/m.exec(markdown) ?? [];
    expect(readFileSync(join(dir, 'out', place), 'utf8')).toMatch(/^<svg/);
  });

  it('pool seeds: equal question ids of two seeds are different questions; a difference is of seeds that have both', async () => {
    const first = folder('s0', 0, { base: [0, 0, 0, 0, 0, 0], 'grpo-w1': [1, 1, 1, 1, 1, 1] });
    const second = folder('s1', 1, { base: [1, 1, 1, 0, 0, 0], 'grpo-w1': [1, 1, 1, 1, 0, -1] });
    const third = folder('s2', 2, { base: [1, 1, 1, 1, 1, 1] });
    const score = await scoresOf([first, second, third], 'arms');
    expect(score('full')).toMatchObject({ seeds: [0, 1], n: 12, errors: 1 });
    expect(score('full').think?.estimate).toBeCloseTo(10 / 11, 12);
    expect(score('base')).toMatchObject({ seeds: [0, 1, 2], n: 18, perSeed: [0, 0.5, 1] });
    // 11 questions that both were asked: base right in 3 of them, full in 10.
    expect(score('base').difference).toMatchObject({ n: 11 });
    expect(score('base').difference?.estimate).toBeCloseTo(-7 / 11, 12);
  });

  it('refuse folders that differ in more than the seed, equal seeds, and folders without one', async () => {
    const a = folder('m0', 0, {});
    await expect(readAblation([a, folder('m1', 1, {}, { grpo: { steps: 80 } })])).rejects.toMatchObject({
      code: 'ablate-merge',
      facts: { differs: 'grpo.steps' },
    });
    await expect(readAblation([a, folder('m2', 0, {})])).rejects.toMatchObject({ code: 'ablate-merge' });
    await expect(readAblation([join(dir, 'nothing')])).rejects.toMatchObject({ code: 'ablate-missing' });
    const second = (name: string, seed: number, sha256: string) =>
      folder(name, seed, {}, {}, [{ name: 'nano-base', sha256 }]);
    expect((await readAblation([a, second('m3', 1, 'n'), second('m4', 2, 'n')])).models).toEqual([
      'micro-base',
      'nano-base',
    ]);
    await expect(readAblation([a, second('m5', 1, 'n'), second('m6', 2, 'o')])).rejects.toMatchObject({
      code: 'ablate-merge',
      facts: { differs: 'models' },
    });
    writeFileSync(join(a, 'ablation.json'), '{"format": "videorft-abl');
    await expect(readAblation([a])).rejects.toMatchObject({ code: 'ablate-manifest' });
  });
});

it("the paper's means are its tables'", () => {
  expect(publishedMean(publishedArms.full)).toBeCloseTo((36.8 + 51.1 + 68.5 + 62.1 + 73.7 + 59.8) / 6, 12);
});
