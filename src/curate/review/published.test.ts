// A reviewed curation as a data set: without a decision its forms and figures are the curation's to the byte; with decisions every form holds the
// reviewed rows, the card tells the review's counts, and what was not asked for goes.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { rowsOf } from '../../../test/support/cli-world.ts';
import { useCurateFixture } from '../../../test/support/curate-fixture.ts';
import { fakeExperts, makeSamples } from '../../../test/support/curate-world.ts';
import { failureOf } from '../../../test/support/failure.ts';
import { readParquet } from '../../data/parquet.ts';
import { type FormName, formFiles, formNames } from '../dataset/forms.ts';
import { applyReview, type Decision, findReviewSet, ReviewStore } from './index.ts';

const world = useCurateFixture();
const out = (name: string) => join(world.at('out'), name);
const text = (name: string) => readFileSync(out(name), 'utf8');
const config = (output: object = { forms: [...formNames] as FormName[] }) => world.config({ output });
const apply = async () => applyReview(await findReviewSet(world.at('out')));

/** 20 questions: 5 and 15 are rejected (wrong), the last line is no sample. */
beforeEach(async () => {
  await world.write(makeSamples(20), ['{"problem_id": 99}']);
  await world.run(fakeExperts(), {}, config());
});

async function decide(...decisions: readonly (readonly [string, number, Decision])[]): Promise<void> {
  using store = await ReviewStore.open(out('review'));
  for (const [file, id, decision] of decisions) {
    const row = rowsOf(out(file)).find(({ problem_id }) => problem_id === id);
    await store.decide(row ?? expect.fail(`${id} is not in ${file}`), decision);
  }
}

test('without a decision, forms and figures are those of the curation, byte for byte', async () => {
  await apply();
  const { files } = await apply(); // again: the same
  const made = formFiles.filter((file) => existsSync(out(file)));
  expect(made).toEqual(expect.arrayContaining(['parquet/cot.parquet', 'ms-swift/rl-video.jsonl']));
  const figures = readdirSync(out('figures')).map((name) => `figures/${name}`);
  expect(figures.length).toBeGreaterThan(0);
  for (const file of [...made, ...figures])
    expect(readFileSync(out(`review/${file}`)).equals(readFileSync(out(file))), file).toBe(true);
  expect(formFiles.filter((file) => existsSync(out(`review/${file}`)))).toEqual(made);
  expect(files).toEqual(expect.arrayContaining([out('review/README.md'), out('review/parquet')]));
});

test('with decisions, every form holds the reviewed rows, and the card adds up', async () => {
  await decide(
    ['cot.jsonl', 2, { verdict: 'reject' }],
    ['cot.jsonl', 3, { verdict: 'discard' }],
    ['cot.jsonl', 4, { verdict: 'accept', think: 'I counted.', answer: '44' }],
    ['rejected.jsonl', 5, { verdict: 'accept', answer: '-1' }],
  );
  const { counts } = await apply();
  expect(counts).toMatchObject({ in: 21, kept: 17, rejected: 3, quarantined: 1, rl: 19 });
  for (const set of ['cot', 'rl'] as const) {
    const ids = rowsOf(out(`review/${set}.jsonl`)).map(({ problem_id }) => problem_id);
    expect(ids).toHaveLength(set === 'cot' ? counts.kept : counts.rl);
    const table = await Array.fromAsync(readParquet(out(`review/parquet/${set}.parquet`)));
    expect(table.map(({ row }) => row.problem_id)).toEqual(ids);
    expect(rowsOf(out(`review/ms-swift/${set}-video.jsonl`))).toHaveLength(ids.length);
  }
  const chains = rowsOf(out('review/llama-factory/cot-video.jsonl'));
  expect(chains).toHaveLength(counts.kept);
  expect(JSON.stringify(chains)).toContain('<think>I counted.</think>\\n<answer>44</answer>');
  const card = text('review/README.md');
  expect(card).toContain('17 chains of thought about videos and images, and the 19 questions');
  expect(card).toContain('21 in = 17 kept + 3 rejected + 1 quarantined in the end. 2 of the accepted were edited');
  for (const row of ['accepted | 1 | 1', 'rejected the chain | 1 | 0', 'discarded the question | 1 | 0'])
    expect(card).toContain(`| ${row} |`);
  expect(card).toContain('| did not decide | 15 | 1 |');
  expect(card).toContain('21 in = 18 kept + 2 rejected + 1 quarantined. Rejected: the chain is whole');
  expect(card).not.toContain('provenance.jsonl');
  expect(text('README.md')).not.toContain('## Review');
});

test('forms and card follow the configuration of the next run', async () => {
  await decide(['cot.jsonl', 2, { verdict: 'reject' }]);
  await apply();
  await world.run(fakeExperts(), {}, config({ forms: ['parquet'], card: false }));
  expect(formFiles.filter((file) => existsSync(out(`review/${file}`)))).toEqual([
    'parquet/cot.parquet',
    'parquet/rl.parquet',
  ]);
  expect(existsSync(out('review/README.md'))).toBe(false);
});

test('a configuration of another version is refused, and leaves no folder that looks whole', async () => {
  await apply();
  writeFileSync(out('config.yaml'), 'data: 7\n');
  const error = await failureOf(apply());
  expect([error.code, error.facts.file]).toEqual(['review-config', out('config.yaml')]);
  expect(existsSync(out('review/counts.json'))).toBe(false);
});

test('applied while the page has the review open', async () => {
  using store = await ReviewStore.open(out('review'));
  await store.decide(rowsOf(out('cot.jsonl'))[0], { verdict: 'reject' });
  expect((await apply()).counts).toMatchObject({ kept: 17, rejected: 3 });
});
