// The preprocessed evaluation files: the real rows of three benchmarks beside the repository, all of them, and rows of the other three written
// by hand after INTEROP.md section 4. Leaves out: official releases (src/evaluate/benchmarks/benchmarks.test.ts).
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findBenchmark, type Question, readBenchmark, refusePartial, scoreOutput } from '../src/evaluate/index.ts';
import { chooseOption } from '../src/evaluate/scoring/ladder.ts';
import { countBy } from './support/count.ts';

const shared = join(import.meta.dirname, '../../shared/data/eval');
const fixtures = join(import.meta.dirname, 'fixtures/benchmarks');
const here = existsSync(shared);
const label = (name: string) => (here ? name : `${name} (skipped: shared/data/eval is not beside the repository)`);

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'videorft-rows-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const real = async (name: string) => {
  const rows = await readBenchmark(shared, findBenchmark(name));
  expect([rows.form, rows.rejected, rows.missingFiles]).toEqual(['preprocessed', [], []]);
  expect(() => refusePartial(rows)).not.toThrow();
  return rows.questions;
};

/** Every truth is right under the ladder, and so is the option's whole text. */
function truthsAreRight(questions: readonly Question[]): void {
  const words = { ladder: 'words', regression: 'mra' } as const;
  for (const { problem_id, problem_type, options, solution } of questions) {
    const asked = { id: String(problem_id), type: problem_type, options: options ?? null, solution };
    expect(scoreOutput(asked, solution, 'stop', words), String(problem_id)).toMatchObject({
      score: 1,
      outcome: 'right',
    });
    const letter = /<answer>(.*)<\/answer>/.exec(solution)?.[1] ?? '';
    const option = options?.find((text) => text.startsWith(`${letter}.`));
    if (option) expect(chooseOption(option, options), option).toMatchObject({ letter });
  }
}

/** How people and models write an option. */
const spellings: readonly ((letter: string, text: string) => string)[] = [
  (_, text) => text,
  (_, text) => text.toLowerCase(),
  (_, text) => `It is ${text}`,
  (letter, text) => `${letter}. ${text}`,
  (letter, text) => `(${letter}) ${text}`,
  (letter, text) => `The answer is ${letter}: ${text}`,
  (letter) => `I see a person. So the answer is (${letter}).`,
  (letter) => `Let me look. I'd go with ${letter}`,
];

/** Every option in every spelling: at most one in 300 is not read, and none is taken for another, but for options that are letters. */
function optionsAreTold(questions: readonly Question[]): void {
  const [wrong, total]: [string[], string[]] = [[], []];
  let unread = 0;
  for (const { options } of questions)
    for (const option of options ?? []) {
      const [letter, text] = [option[0], option.replace(/^[A-Z]\.\s*/, '')];
      for (const spell of spellings) {
        const answer = spell(letter, text);
        const found = chooseOption(answer, options).letter;
        total.push(answer);
        if (found === undefined) unread++;
        else if (found !== letter && !/^\W*[a-z]\W*$/i.test(text))
          wrong.push(`${answer} → ${found} of ${options?.join(' | ')}`);
      }
    }
  expect(wrong).toEqual([]);
  expect(unread / Math.max(1, total.length)).toBeLessThan(1 / 300);
}

describe('the real rows', () => {
  test.skipIf(!here)(label('MMVU: 625 multiple choices of 27 subjects about 379 videos'), async () => {
    const questions = await real('mmvu');
    expect(questions).toHaveLength(625);
    expect(new Set(questions.map(({ path }) => path)).size).toBe(findBenchmark('mmvu').videos);
    expect(Object.keys(countBy(questions, ({ groups }) => groups?.subject))).toHaveLength(27);
    expect(questions.every(({ options }) => options?.length === 5)).toBe(true);
    truthsAreRight(questions);
    optionsAreTold(questions);
  });

  test.skipIf(!here)(label('VideoMME: 2,700 multiple choices, 900 of each duration'), async () => {
    const questions = await real('videomme');
    expect(countBy(questions, ({ groups }) => groups?.duration)).toEqual({ short: 900, medium: 900, long: 900 });
    expect(new Set(questions.map(({ path }) => path)).size).toBe(900);
    expect(questions[0]).toMatchObject({ problem_id: '001-1', subtitleFile: 'subtitle/fFjv93ACGo8.srt' });
    truthsAreRight(questions);
    optionsAreTold(questions);
  });

  test.skipIf(!here)(label('VSI-Bench: 2,640 regressions and 2,490 multiple choices of ten tasks'), async () => {
    const questions = await real('vsibench');
    expect(countBy(questions, ({ problem_type }) => problem_type)).toEqual({
      regression: 2640,
      'multiple choice': 2490,
    });
    expect(Object.keys(countBy(questions, ({ groups }) => groups?.task))).toHaveLength(10);
    expect(new Set(questions.map(({ path }) => path)).size).toBe(288);
    truthsAreRight(questions);
    optionsAreTold(questions);
  });
});

describe('rows of the others', () => {
  const common = {
    problem_id: 7,
    problem: 'Which colour?',
    data_type: 'video',
    problem_type: 'multiple choice',
    options: ['A. red', 'B. blue'],
    solution: '<answer>B</answer>',
  };
  const readRows = async (name: string, rows: readonly object[]) => {
    const root = join(dir, name);
    await mkdir(join(root, 'Evaluation'), { recursive: true });
    await writeFile(join(root, `Evaluation/eval_${name}.json`), JSON.stringify(rows, null, 4));
    return readBenchmark(root, findBenchmark(name));
  };

  test('MVBench: frame rows are folders of three pictures a second, parts are cut, .mp4 in the row may be .webm on disk', async () => {
    const root = join(dir, 'mvbench/Evaluation/MVBench');
    const release = join(fixtures, 'mvbench');
    await cp(join(release, 'tvqa'), join(root, 'tvqa'), { recursive: true });
    await cp(join(release, 'ssv2_video'), join(root, 'ssv2_video'), { recursive: true });
    const { questions, missingMedia, rejected } = await readRows('mvbench', [
      {
        ...common,
        data_type: 'frame',
        path: './Evaluation/MVBench/tvqa/frames_fps3_hq/show_s01/clip_00',
        start: 5,
        end: 8,
        fps: 3,
        subtitle: '',
      },
      { ...common, path: './Evaluation/MVBench/ssv2_video/166583.mp4' },
      { ...common, path: './Evaluation/MVBench/star/Charades_v1_480/gone.mp4', start: '1.5', end: 3 },
    ]);
    expect(rejected).toEqual([]);
    expect(questions.map(({ path, frameFps, window }) => [path, frameFps, window])).toEqual([
      ['Evaluation/MVBench/tvqa/frames_fps3_hq/show_s01/clip_00', 3, { start: 5, end: 8 }],
      ['Evaluation/MVBench/ssv2_video/166583.webm', undefined, undefined],
      ['Evaluation/MVBench/star/Charades_v1_480/gone.mp4', undefined, { start: 1.5, end: 3 }],
    ]);
    expect(missingMedia).toEqual(['Evaluation/MVBench/star/Charades_v1_480/gone.mp4']);
  });

  test('VideoMMMU: numerical rows with options null, up to fourteen options; TempCompass has no count to hold against', async () => {
    const many = Array.from({ length: 14 }, (_, i) => `${String.fromCharCode(65 + i)}. item ${i}`);
    const { questions } = await readRows('videommmu', [
      {
        ...common,
        problem_type: 'numerical',
        options: null,
        solution: '<answer>3.5</answer>',
        path: './Evaluation/VideoMMMU/a.mp4',
      },
      {
        ...common,
        options: many,
        solution: '<answer>N</answer>',
        problem: 'In <image 1>, which?',
        path: './Evaluation/VideoMMMU/b.mp4',
      },
    ]);
    expect(questions.map(({ problem_type, pictureAtEnd }) => [problem_type, pictureAtEnd])).toEqual([
      ['numerical', false],
      ['multiple choice', true],
    ]);
    truthsAreRight(questions);
    const rows = await readRows('tempcompass', [{ ...common, path: './Evaluation/TempCompass/c.mp4' }]);
    expect(rows.expected).toBeNull();
    expect(() => refusePartial(rows)).not.toThrow();
  });
});
