// The six benchmarks from small releases of their official shape (test/fixtures/benchmarks, our own clips): rows, truths, places, parts, counts,
// and what is missing or corrupt. The truth of each question is what the clip shows, read from its pixels.
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failureOf } from '../../../test/support/failure.ts';
import type { Clip, Frame } from '../../media/index.ts';
import { ProtocolLoader } from '../load.ts';
import { type Protocol, protocols } from '../protocol.ts';
import type { Question } from '../question.ts';
import { checkBenchmark, formatCheck } from './check.ts';
import { benchmarkNames, benchmarks, findBenchmark } from './index.ts';
import { readBenchmark, refusePartial } from './read.ts';

const fixtures = join(import.meta.dirname, '../../../test/fixtures/benchmarks');
const read = (name: string, dir = join(fixtures, name)) => readBenchmark(dir, findBenchmark(name));
const named = (name: string): Protocol => protocols.find((p) => p.name === name) as Protocol;
const micro = { ...named('micro'), wording: 'paper' } as const;

/** What colour the square of a frame has. */
function colourOf({ data, width }: Frame): string {
  const counts = { red: 0, green: 0, blue: 0 };
  for (let p = 0; p < data.length; p += 3) {
    const [r, g, b] = data.subarray(p, p + 3);
    const top = Math.max(r, g, b);
    if (top - Math.min(r, g, b) > 80) counts[top === r ? 'red' : top === g ? 'green' : 'blue']++;
  }
  expect(width).toBe(84);
  return Object.entries(counts).sort((a, b) => b[1] - a[1])[0][0];
}
const colours = (clip: Clip | undefined) => [...new Set((clip as Clip).frames.map(colourOf))];
const clipOf = (name: string, question: Question, protocol: Protocol = micro) =>
  new ProtocolLoader(join(fixtures, name), protocol).clip(question);

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'videorft-benchmarks-'));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

const brief = ({ problem_type, options, solution, path, groups }: Question) => ({
  problem_type,
  options,
  solution,
  path,
  groups,
});

describe('official releases', () => {
  it.each(benchmarkNames)('%s: every row is accounted for, every video is there and can be read', async (name) => {
    const check = await checkBenchmark(join(fixtures, name), findBenchmark(name));
    const { questions, leftOut, rejected, total, missingMedia } = check.rows;
    expect(total).toBe(questions.length + Object.values(leftOut).reduce((a, b) => a + b, 0) + rejected.length);
    expect([rejected, missingMedia, check.corrupt, check.rows.missingFiles]).toEqual([[], [], [], []]);
    expect(new Set(questions.map((q) => q.problem_id)).size).toBe(questions.length);
    // These are a few rows, and the check says so.
    expect([check.ok, formatCheck(check)]).toEqual([false, expect.stringContaining(`${total} rows of`)]);
    expect(() => refusePartial(check.rows)).toThrow(expect.objectContaining({ code: 'benchmark-rows' }));
  });

  it('MMVU: choices become options, addresses on the Hub places, open-ended rows are left out by reason', async () => {
    const { questions, leftOut } = await read('mmvu');
    expect(questions.map(brief)).toEqual([
      {
        problem_type: 'multiple choice',
        options: ['A. blue', 'B. red', 'C. green', 'D. white', 'E. black'],
        solution: '<answer>B</answer>',
        path: 'videos/Art/0.mp4',
        groups: { subject: 'Art' },
      },
      expect.objectContaining({ path: 'videos/Mechanics/3.mp4', groups: { subject: 'Mechanics' } }),
    ]);
    expect(leftOut).toEqual({ 'open-ended: not in the multiple-choice subset': 1 });
    expect(colours(await clipOf('mmvu', questions[0]))).toEqual(['red']);
  });

  it('VideoMME: durations, other containers, and subtitles of the frames shown, where the protocol has them', async () => {
    const { questions } = await read('videomme');
    expect(questions.map(({ groups, path }) => [groups?.duration, path])).toEqual([
      ['short', 'data/aaaaaaaaaaa.mp4'],
      ['short', 'data/aaaaaaaaaaa.mp4'],
      ['long', 'data/bbbbbbbbbbb.mkv'],
    ]);
    const root = join(fixtures, 'videomme');
    const text = async (subtitles: boolean) =>
      JSON.stringify((await new ProtocolLoader(root, { ...micro, subtitles }).prompt(questions[1])).messages);
    expect(await text(false)).not.toContain('Bob.\\nHe');
    expect(await text(true)).toContain('The square is called Bob.\\nHe goes home.\\n\\nWhat is the square called?');
    expect(await text(true)).not.toMatch(/Never seen|font/);
  });

  it('VSI-Bench: rows without options are regressions, others multiple choice', async () => {
    const { questions } = await read('vsibench');
    expect(questions.map(({ problem_type, options, solution }) => [problem_type, options, solution])).toEqual([
      ['regression', null, '<answer>1</answer>'],
      ['regression', null, '<answer>20</answer>'],
      ['multiple choice', ['A. left', 'B. right'], '<answer>A</answer>'],
    ]);
    expect(questions[2]).toMatchObject({
      path: 'scannetpp/45b0dac5e3.mp4',
      groups: { task: 'object_rel_direction_easy', dataset: 'scannetpp' },
    });
  });

  it('MVBench: answers become letters, parts are cut, folders of pictures are shown, WebM and AVI are read', async () => {
    const { questions, rejected } = await read('mvbench');
    expect([questions.length, rejected]).toEqual([20, []]);
    for (const question of questions) {
      const clip = (await clipOf('mvbench', question)) as Clip;
      const letter = /<answer>(.)<\/answer>/.exec(question.solution)?.[1] ?? '';
      const answer = question.options?.find((option) => option.startsWith(letter))?.slice(3);
      expect([question.problem_id, colours(clip)]).toEqual([question.problem_id, [answer]]);
    }
    const cut = questions.find(({ groups }) => groups?.task === 'action_sequence') as Question;
    const released = named('videorft-released');
    const whole = await clipOf('mvbench', cut, { ...micro, clipBounds: released.clipBounds });
    expect(colours(whole)).toEqual(['red', 'green']);
    const folder = questions.find(({ frameFps }) => frameFps !== undefined) as Question;
    expect(await clipOf('mvbench', folder, { ...micro, frameFolders: released.frameFolders })).toBeUndefined();
    const root = join(fixtures, 'mvbench');
    const blind = await new ProtocolLoader(root, { ...micro, frameFolders: 'hide' }).prompt(folder);
    expect(JSON.stringify(blind)).not.toContain('"video"');
  });

  it('TempCompass: three kinds are multiple choice, captions are left out by reason', async () => {
    const { questions, leftOut } = await read('tempcompass');
    expect(
      questions.map(({ groups, problem, options, solution }) => [groups?.task, problem, options, solution]),
    ).toEqual([
      [
        'multi-choice',
        'Where does the square go?',
        ['A. to the left', 'B. to the right', 'C. up'],
        '<answer>B</answer>',
      ],
      ['yes_no', 'Does the square go to the right?', ['A. yes', 'B. no'], '<answer>A</answer>'],
      ['yes_no', 'Is the square blue?', ['A. yes', 'B. no'], '<answer>B</answer>'],
      [
        'caption_matching',
        'Which caption matches the video better?',
        ['A. A square goes to the right.', 'B. A square goes to the left.'],
        '<answer>A</answer>',
      ],
      [
        'caption_matching',
        'Which description is a more suitable match for the video?',
        ['A. The square is blue.', 'B. The square is red.'],
        '<answer>B</answer>',
      ],
    ]);
    expect(Object.values(leftOut)).toEqual([1]);
  });

  it('VideoMMMU: the picture of the question is the last frame shown, and our wording says so; numbers stay numbers', async () => {
    const { questions } = await read('videommmu');
    expect(questions.map(({ groups, problem_type }) => [groups?.track, groups?.discipline, problem_type])).toEqual([
      ['Perception', 'Art', 'multiple choice'],
      ['Comprehension', 'Art', 'multiple choice'],
      ['Adaptation', 'Science', 'multiple choice'],
      ['Adaptation', 'Science', 'numerical'],
    ]);
    const clip = (await clipOf('videommmu', questions[2])) as Clip;
    expect([colourOf(clip.frames[0]), colourOf(clip.frames.at(-1) as Frame)]).toEqual(['blue', 'red']);
    const root = join(fixtures, 'videommmu');
    const text = async (protocol: Protocol, i: number) =>
      JSON.stringify((await new ProtocolLoader(root, protocol).prompt(questions[i])).messages);
    expect(await text(micro, 2)).toContain('at the end of the video');
    expect(await text(micro, 1)).not.toContain('at the end of the video');
    expect(await text({ ...micro, wording: 'released' }, 2)).not.toContain('at the end of the video');
    expect(questions[1].options).toEqual(['A. It goes left', 'B. It goes right']);
  });
});

describe('what is not there', () => {
  it('missing and corrupt videos are named, archives that cannot be read too', async () => {
    const dir = join(scratch, 'vsi');
    await cp(join(fixtures, 'vsibench'), dir, { recursive: true });
    await rm(join(dir, 'scannetpp'), { recursive: true });
    await writeFile(join(dir, 'scannetpp.zip'), 'PK');
    await writeFile(join(dir, 'arkitscenes/41069025.mp4'), 'version https://git-lfs.github.com/spec/v1\n');
    const text = formatCheck(await checkBenchmark(dir, findBenchmark('vsibench')));
    expect(text).toContain('videos: 2 = 0 readable + 1 corrupt + 1 missing');
    expect(text).toMatch(/41069025\.mp4: media-not-video.*LFS/);
    expect(text).toContain('scannetpp/45b0dac5e3.mp4 is missing');
    expect(text).toMatch(/archives not read: 1\n {4}scannetpp\.zip: archive-unreadable/);
  });

  it('no rows at all: what was looked for, and how to get it', async () => {
    const error = await failureOf(readBenchmark(scratch, findBenchmark('mmvu')));
    expect([error.code, error.facts.hub, error.fix]).toEqual([
      'benchmark-missing',
      'yale-nlp/MMVU',
      expect.stringContaining('validation.json'),
    ]);
    expect(() => findBenchmark('mmvuu')).toThrow(expect.objectContaining({ fix: expect.stringContaining('mmvu') }));
  });

  it('rows of another shape are rejected one by one, each with its field; a torn file is an error with its name', async () => {
    const dir = join(scratch, 'bent');
    await cp(join(fixtures, 'mmvu'), dir, { recursive: true });
    const row = { id: 'x', video: 'videos/Art/0.mp4', question_type: 'multiple-choice', question: 'Q', answer: 'A' };
    await writeFile(
      join(dir, 'validation.json'),
      JSON.stringify([
        { ...row, choices: { A: 'a', B: 'b' } },
        { ...row, choices: { A: 3, B: null } },
        { ...row, question: '' },
      ]),
    );
    const { questions, rejected, total } = await read('mmvu', dir);
    expect([questions.length, total]).toEqual([1, 3]);
    expect(rejected.map(({ line, reason }) => [line, reason])).toEqual([
      [2, expect.stringContaining('the field B is not a text')],
      [3, expect.stringContaining('the field question is not a text')],
    ]);
    await writeFile(join(dir, 'validation.json'), '[{"id": "x", "video"');
    expect((await failureOf(read('mmvu', dir))).code).toBe('data-unreadable');
  });
});

it('each benchmark says where it comes from', () => {
  for (const { hub, size, licence, get, scores, official } of benchmarks) {
    expect(hub).toMatch(/^[\w-]+\/[\w-]+$/);
    for (const text of [size, licence, get, scores]) expect(text.length).toBeGreaterThan(3);
    expect(official.rows).toBeGreaterThan(0);
  }
});
