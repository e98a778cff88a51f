// videorft analyze from files to page: numbers against a set whose every count is known, the same numbers from every form, two sets side by
// side, a curation with its paper trail, and what it refuses.
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { Analysis, SetAnalysis } from '../src/analyze/analysis.ts';
import { analyze } from '../src/analyze/analyze.ts';
import { analyzeSchema } from '../src/analyze/config.ts';
import { main } from '../src/cli/main.ts';
import { useCurateFixture } from './support/curate-fixture.ts';
import { fakeExperts, makeSamples } from './support/curate-world.ts';

const world = useCurateFixture();

interface Row {
  readonly [field: string]: unknown;
}

/** Twelve rows: reasoning of 1 to 12 words in turn, two skills, one repeated question, one row that is none. */
const rows: readonly Row[] = Array.from({ length: 12 }, (_, i) => ({
  problem_id: i,
  problem: i === 11 ? 'Which number is 10?' : `Which number is ${i}?`,
  data_type: i < 9 ? 'video' : 'image',
  problem_type: i % 3 === 0 ? 'numerical' : 'multiple choice',
  process: `<think>${['Wait, let me recheck.', ...Array(12).fill('video')].slice(i % 2, i + 1).join(' ')}</think>`,
  solution: '<answer>1</answer>',
  path: i >= 10 ? 'clips/same.mp4' : `clips/${i}.mp4`,
  data_source: 'made',
  skill: i < 4 ? 'general' : 'science',
}));
const lines = (of: readonly Row[]) => of.map((row) => `${JSON.stringify(row)}\n`).join('');

async function run(args: readonly string[]) {
  const said: string[] = [];
  const io = { out: (line: string) => void said.push(line), err: () => undefined };
  const status = await main(['analyze', ...args, '--out', world.at('analysis')], io);
  return { status, said };
}
const results = (): Analysis => JSON.parse(readFileSync(world.at('analysis/analysis.json'), 'utf8'));
const page = () => readFileSync(world.at('analysis/analysis.html'), 'utf8');

test('every count of a known set', async () => {
  await world.write([]);
  const file = world.at('known.jsonl');
  writeFileSync(file, `${lines(rows)}not json\n{"problem": ""}\n`);
  const { status, said } = await run([file]);
  expect(status).toBe(0);
  expect(said[0]).toMatch(/^known\.jsonl: 12 samples \+ 2 set aside, .*1 repeated questions/);
  const [set] = results().sets;
  expect(set).toMatchObject({
    records: 14,
    entries: 12,
    setAside: { broken: 1, 'no question (problem, question, messages or conversations)': 1 },
    kinds: { general: { numerical: 2, 'multiple choice': 2 }, science: { numerical: 2, 'multiple choice': 6 } },
    media: { video: 9, image: 3 },
    questions: { total: 12, distinct: 11 },
  });
  const reflecting = rows.filter((_, i) => i % 2 === 0).length;
  expect(set.reflections).toMatchObject({ texts: 12, reflecting, byRule: { wait: reflecting, recheck: reflecting } });
  const videos = rows.map(({ process }) => String(process).match(/video/g)?.length ?? 0);
  expect(set.words?.top).toContainEqual({ word: 'video', count: videos.reduce((sum, n) => sum + n, 0) });
  const words = rows.map(
    ({ process }) =>
      String(process)
        .replace(/<\/?think>/g, '')
        .match(/\w+/g)!.length,
  );
  const { summary, bins } = set.reasoningWords!;
  expect([summary.min, summary.max, summary.n]).toEqual([Math.min(...words), Math.max(...words), 12]);
  expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(12);
});

test('the same numbers from JSON, JSON lines, compressed, CSV and Parquet', async () => {
  await world.write(makeSamples(20));
  await world.run(fakeExperts(), {}, world.config({ output: { forms: ['parquet'], card: false } }));
  const text = readFileSync(world.at('out/cot.jsonl'), 'utf8');
  const parsed = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
  writeFileSync(world.at('a.json'), JSON.stringify(parsed));
  writeFileSync(world.at('a.jsonl.gz'), gzipSync(text));
  const columns = ['problem', 'data_type', 'problem_type', 'process', 'path', 'data_source', 'skill', 'draft'];
  const cell = (value: unknown) => `"${String(value).replaceAll('"', '""')}"`;
  const table = [columns, ...parsed.map((row) => columns.map((name) => row[name]))];
  writeFileSync(world.at('a.csv'), table.map((cells) => `${cells.map(cell).join(',')}\n`).join(''));
  const numbers = async (name: string) => {
    expect((await run([world.at(name)])).status).toBe(0);
    const { name: _, refinement: __, near, ...set } = results().sets[0];
    return { ...set, near: near?.redundant, distinctions: results().distinctions.map(({ ofFirst }) => ofFirst) };
  };
  const first = await numbers('a.json');
  expect(first.words?.total).toBeGreaterThan(100);
  expect(first.distinctions).toHaveLength(1);
  for (const name of ['a.jsonl.gz', 'a.csv', 'out/parquet/cot.parquet', 'out/cot.jsonl', 'out']) {
    expect(await numbers(name), name).toEqual(first);
  }
});

test('a curation: its paper trail, drafts against revisions, and a page that stands by itself', async () => {
  await world.write(makeSamples(20));
  await world.run(fakeExperts());
  appendFileSync(world.at('out/provenance.jsonl'), '{"verdict": "ke');
  await run([world.at('out')]);
  const { sets, distinctions } = results();
  expect(sets[0].refinement).toMatchObject({
    samples: 20,
    unreadable: 1,
    changed: 20,
    answersChanged: 2,
    verdicts: { kept: 18, 'wrong-answer': 2 },
    kinds: { count: 2 },
  });
  expect(distinctions[0].ofFirst.map(({ word }) => word)).toContain('see');
  expect(distinctions[0].ofSecond.map(({ word }) => word)).toContain('question');
  const html = page();
  expect(html).toContain('20 samples: kept 18, wrong-answer 2. Rows of provenance.jsonl that cannot be read: 1.');
  expect(html.match(/<svg/g)!.length).toBeGreaterThanOrEqual(6);
  expect(html).not.toMatch(/<script|<link|src="http/);
});

test('two sets side by side: what tells them apart, what they share, names that differ', async () => {
  await world.write([]);
  const other = rows.map((row, i) => ({
    ...row,
    process: `<think>${'diagram '.repeat(i + 1)}</think>`,
    skill: 'document',
  }));
  const [a, b] = ['a', 'b'].map((folder) => world.at(`${folder}.jsonl`));
  writeFileSync(a, lines(rows));
  writeFileSync(b, lines(other.slice(0, 6)));
  await run([a, b]);
  const { sets, distinctions, sharedQuestions } = results();
  expect(sets.map(({ name }) => name)).toEqual(['a.jsonl', 'b.jsonl']);
  expect(sharedQuestions).toBe(6);
  expect(distinctions[0].ofFirst[0].word).toBe('video');
  expect(distinctions[0].ofSecond[0].word).toBe('diagram');
  const edges = ({ reasoningWords }: SetAnalysis) => reasoningWords!.bins.map(({ from }) => from);
  expect(edges(sets[0])).toEqual(edges(sets[1]));
  expect(page()).toContain('a.jsonl and b.jsonl');
  await run([a, a]);
  expect(new Set(results().sets.map(({ name }) => name)).size).toBe(2);
});

test('questions without reasoning: near-duplicates among them, no sections about words', async () => {
  await world.write([]);
  const long = 'What does the person in the blue jacket do after the red car has left the frame';
  const asked = ['?', '??', ' to the left of the tree and then again?'].map((end, i) => ({
    problem: long + end,
    path: `${i >> 1}`,
  }));
  writeFileSync(world.at('q.jsonl'), lines(asked));
  await run([world.at('q.jsonl')]);
  const [set] = results().sets;
  expect(set).toMatchObject({ words: null, nearIn: 'questions', near: { redundant: 1, groups: [{ lines: [1, 2] }] } });
  expect(page()).not.toContain('id="words"');
});

test('tokens where a tokenizer is given', async () => {
  await world.write([]);
  writeFileSync(world.at('t.jsonl'), lines(rows));
  const assets = join(import.meta.dirname, '../assets/micro-base');
  await run([world.at('t.jsonl'), '--tokenizer', assets]);
  const { reasoningTokens, reasoningWords } = results().sets[0];
  expect(reasoningTokens!.summary.n).toBe(12);
  expect(reasoningTokens!.summary.mean).toBeGreaterThan(reasoningWords!.summary.mean);
});

test('what it refuses says what to do', async () => {
  await world.write([]);
  const config = analyzeSchema.parse({ out: world.at('analysis') });
  await expect(analyze([world.at('none')], config)).rejects.toMatchObject({ code: 'analyze-nothing' });
  await expect(analyze([world.at('clips')], config)).rejects.toMatchObject({ code: 'analyze-nothing' });
  writeFileSync(world.at('empty.jsonl'), '{}\n');
  await expect(analyze([world.at('empty.jsonl')], config)).rejects.toMatchObject({
    code: 'analyze-empty',
    facts: { first: expect.stringContaining('no question') },
  });
  writeFileSync(world.at('many.jsonl'), lines(Array.from({ length: 1200 }, () => rows[0])));
  const signal = AbortSignal.abort(new Error('stop'));
  await expect(analyze([world.at('many.jsonl')], config, { signal })).rejects.toThrow('stop');
  expect((await run([])).status).toBe(1);
});
