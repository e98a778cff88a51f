// Money: the bill by stage, provenance by sample, and a budget that stops a run cleanly, over one run and over several.
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { useCurateFixture } from '../../test/support/curate-fixture.ts';
import { asked, askedInAll, type FakeExperts, fakeExperts, makeSamples } from '../../test/support/curate-world.ts';
import { readJsonl } from '../base/jsonl.ts';
import type { Bill } from './bill.ts';
import { meter } from './meter.ts';
import { openSqliteState } from './state/sqlite.ts';

const world = useCurateFixture();

/** Every reply costs 3: one token in at 1, one out at 2. */
const price = { input: 1e6, output: 2e6 };
const priced = (usage = { promptTokens: 1, completionTokens: 1 }) => {
  const models = fakeExperts();
  const counted = <T extends FakeExperts['refiner']>(model: T): T =>
    Object.create(model, { chat: { value: async (request: never) => ({ ...(await model.chat(request)), usage }) } });
  return { describer: counted(models.describer), reasoner: counted(models.reasoner), refiner: counted(models.refiner) };
};

function config(rest: object = {}, prices = { describer: true, reasoner: true, refiner: true }) {
  const base = world.config(rest);
  const expert = (role: keyof typeof prices) => ({
    ...base.experts[role],
    concurrency: 1,
    price: prices[role] ? price : {},
  });
  const experts = { describer: expert('describer'), reasoner: expert('reasoner'), refiner: expert('refiner') };
  return { ...base, experts };
}
const run = (models: FakeExperts, settings = config()) => world.run(models, {}, settings);

test('the bill has every stage at its price; an expert without a price costs nothing known', async () => {
  await world.write(makeSamples(4));
  const { bill } = await run(priced(), config({}, { describer: true, reasoner: false, refiner: true }));
  expect(bill).toMatchObject({ cost: 2 * 3 + 4 * 3, stages: { describe: { cost: 6 }, reason: { cost: null } } });
  const stored = JSON.parse(await readFile(world.at('out/bill.json'), 'utf8')) as Bill;
  expect(stored).toEqual(bill);
});

test('provenance says by sample id what each answer took, who asked, and what refinement changed and why', async () => {
  await world.write(makeSamples(12));
  await run(priced());
  const { rows } = await readJsonl<Record<string, unknown>>(world.at('out/provenance.jsonl'));
  expect(rows.map((row) => row.problem_id)).toEqual(makeSamples(12).map((sample) => sample.problem_id));
  expect(rows[10]).toMatchObject({
    problem_id: 10,
    verdict: 'kept',
    describe: { model: 'describer', prompt_version: 'describe-video/1', attempts: 1, replies: 1 },
    refine: { asked_by: 10, prompt_tokens: 1, completion_tokens: 1, cost: 3 },
    refinement: {
      think_changed: true,
      answer: { from: '-1', to: '10' },
      words: { same: 7, removed: 3, added: 2 },
      inconsistencies: [{ kind: 'count', claim: '-1', evidence: '10', correction: '10' }],
    },
  });
  // Both questions of a clip show the description that one of them paid for.
  const described = rows.map((row) => row.describe as { asked_by: number; key: string });
  expect(described[4]).toEqual(described[5]);
  expect([4, 5]).toContain(described[5].asked_by);
  expect(rows[5]).toMatchObject({ verdict: 'wrong-answer' });
});

test('a budget is not exceeded, stops with what to do, and counts what earlier runs spent', async () => {
  await world.write(makeSamples(20));
  const first = priced();
  await expect(run(first, config({ budget: 40 }))).rejects.toMatchObject({
    code: 'curate-budget',
    facts: { budget: 40 },
  });
  const paid = askedInAll(first);
  expect(paid * 3).toBeLessThanOrEqual(40);
  expect(paid * 3).toBeGreaterThan(40 - 3 * 3);
  const same = priced();
  await expect(run(same, config({ budget: 40 }))).rejects.toMatchObject({ code: 'curate-budget' });
  expect(askedInAll(same) + paid).toBeLessThanOrEqual(13);
  const rest = priced();
  const { counts, bill } = await run(rest, config({ budget: 1000 }));
  expect(counts).toMatchObject({ in: 20, quarantined: 0 });
  expect(bill.cost).toBe(50 * 3);
});

test('a budget without prices is refused before anybody is asked', async () => {
  await world.write(makeSamples(2));
  const models = priced();
  const unpriced = config({ budget: 5 }, { describer: false, reasoner: false, refiner: false });
  await expect(run(models, unpriced)).rejects.toMatchObject({ code: 'curate-budget-prices' });
  expect(asked(models)).toEqual([0, 0, 0]);
});

test('the status line has rates, tokens, cost and failures by kind, and goes on from earlier runs', async () => {
  const clock = { now: 0 };
  const inner = await openSqliteState(world.at('state.sqlite'), { now: () => clock.now });
  const { experts } = config();
  const state = await meter(inner, { experts, now: () => clock.now });
  const usage = { promptTokens: 20_000, completionTokens: 0 };
  for (let i = 0; i < 20; i++) {
    const claim = await state.claim({ stage: 'reason', key: `k${i}`, sample: i });
    if (claim.kind !== 'mine') throw new Error(claim.kind);
    if (i < 2) await state.fail(claim.lease, await state.begin(claim.lease), 'timeout');
    const attempt = await state.begin(claim.lease);
    await state.complete(claim.lease, attempt, { model: 'm', promptVersion: 'p', value: i }, usage);
  }
  clock.now = 10_000;
  expect(state.status()).toBe(
    'describe 0.0/s · reason 2.0/s · refine 0.0/s · 400K tokens · cost 400000.00 · timeout 2',
  );
  const next = await meter(inner, { experts, now: () => clock.now });
  expect(next.status()).toBe('describe 0.0/s · reason 0.0/s · refine 0.0/s · 400K tokens · cost 400000.00');
  await inner.close();
});

test('many at once stay within the budget, and use it', async () => {
  await world.write(makeSamples(40));
  const settings = config({ budget: 100 });
  const many = (role: 'describer' | 'reasoner' | 'refiner') => ({ ...settings.experts[role], concurrency: 8 });
  const experts = { describer: many('describer'), reasoner: many('reasoner'), refiner: many('refiner') };
  const models = priced();
  const stopped = run(models, { ...settings, experts });
  await expect(stopped).rejects.toMatchObject({
    code: 'curate-budget',
    facts: { spent: expect.stringMatching(/^9[6-9]/) },
  });
  expect(askedInAll(models)).toBe(33);
});

test('what another worker spends counts when it is looked for: in the status, and against the budget', async () => {
  const [here, there] = await Promise.all([1, 2].map(() => openSqliteState(world.at('state.sqlite'))));
  const clock = { now: 0 };
  const { experts } = config();
  const [mine, theirs] = await Promise.all(
    [here, there].map((state) => meter(state, { experts, budget: 10, now: () => clock.now })),
  );
  const spend = async (state: typeof mine, key: string) => {
    const claim = await state.claim({ stage: 'reason', key, sample: key });
    if (claim.kind !== 'mine') throw new Error(claim.kind);
    await state.fail(claim.lease, await state.begin(claim.lease), 'timeout');
    const answer = { model: 'm', promptVersion: 'p', value: key };
    await state.complete(claim.lease, await state.begin(claim.lease), answer, {
      promptTokens: 1,
      completionTokens: 1,
    });
  };
  await spend(mine, 'a');
  await spend(theirs, 'b');
  await spend(theirs, 'c');
  clock.now = 1000;
  const line = (answers: number, tokens: number, cost: number, timeouts: number) =>
    `describe 0.0/s · reason ${answers}.0/s · refine 0.0/s · ${tokens} tokens · cost ${cost}.0000 · timeout ${timeouts}`;
  expect(mine.status()).toBe(line(1, 2, 3, 1));
  await mine.catchUp();
  expect(mine.status()).toBe(line(3, 6, 9, 3));
  await mine.catchUp();
  expect(mine.status()).toBe(line(3, 6, 9, 3));
  await expect(mine.claim({ stage: 'reason', key: 'd', sample: 4 })).rejects.toMatchObject({ code: 'curate-budget' });
  await Promise.all([here.close(), there.close()]);
});
