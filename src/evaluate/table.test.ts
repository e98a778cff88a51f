// Scores from rows: what counts where, the headline of VSI-Bench, paired comparison, and that two files of the same rows do not differ.
import { describe, expect, it } from 'vitest';
import { diffRows } from './diff.ts';
import { pairedComparison, signFlipP } from './paired.ts';
import { type EvaluatedRow, scoredRow, unscored } from './row.ts';
import { accuracyRows } from './table.ts';
import { formatAccuracy } from './table-text.ts';

const words = { ladder: 'words', regression: 'mra' } as const;
const row = (id: string, output: string, extra: Partial<EvaluatedRow> = {}): EvaluatedRow =>
  scoredRow(
    {
      id,
      benchmark: null,
      path: `${id}.mp4`,
      groups: {},
      type: 'multiple choice',
      options: ['A. left', 'B. right'],
      solution: '<answer>B</answer>',
      prompt: 'p',
      pixels: 'x',
      frames: { indices: [0, 1], times: [0, 1], sampledFps: 1, sourceFps: 8, sourceFrames: 16, width: 84, height: 84 },
      request: {
        messages: [{ role: 'user', content: 'Which way?' }],
        decoding: { maxTokens: 8, temperature: 0, topP: null, seed: 0 },
      },
      output,
      finish: 'stop',
      ...unscored,
      semantic: null,
      tokens: 1,
      seconds: { load: 0, answer: 0 },
      error: null,
      ...extra,
    },
    words,
  );
const failed = (id: string, extra: Partial<EvaluatedRow> = {}) =>
  row(id, '', { finish: null, error: 'media-empty: x', outcome: 'error', ...extra });

describe('accuracyRows', () => {
  it('errors are in no score, what is no answer scores 0 and is counted', () => {
    const rows = [
      row('a', '<answer>B</answer>', { groups: { skill: 'general' } }),
      row('b', '<answer>A</answer>', { groups: { skill: 'general' } }),
      row('c', '<think>x</think>', { type: 'OCR', options: null, solution: '<answer>NO</answer>' }),
      row('d', '<think>hm', { finish: 'length' }),
      row('f', "I'm sorry, I can't help with that."),
      failed('e', { type: 'numerical', options: null, solution: '<answer>3</answer>' }),
    ];
    const table = accuracyRows(rows);
    expect(
      table.map((r) => [r.group, r.n, r.errors, r.refused, r.truncated, r.unanswered, r.accuracy?.estimate]),
    ).toEqual([
      ['all', 6, 1, 1, 1, 1, 0.2],
      ['skill general', 2, 0, 0, 0, 0, 0.5],
      ['type OCR', 1, 0, 0, 0, 1, 0],
      ['type multiple choice', 4, 0, 1, 1, 0, 1 / 4],
      ['type numerical', 1, 1, 0, 0, 0, undefined],
    ]);
    const lines = formatAccuracy(table).split('\n');
    expect(new Set(lines.map((line) => line.length)).size).toBe(1);
    expect(lines.at(-1)).toMatch(/^type numerical +1 +1 +0 +0 +0 +– +– +– +–$/);
  });

  it('VSI-Bench: the mean of its two answer types, however many questions each has; others the mean of their questions', () => {
    const number = { type: 'regression', options: null, solution: '<answer>100</answer>' } as const;
    const rows = (benchmark: string) => [
      row('a', '<answer>B</answer>', { benchmark }),
      row('b', '<answer>89</answer>', { benchmark, ...number }),
      row('c', '<answer>500</answer>', { benchmark, ...number }),
      row('d', '<answer>500</answer>', { benchmark, ...number }),
    ];
    const headline = (benchmark: string) =>
      accuracyRows(rows(benchmark)).find(({ group }) => group === `benchmark ${benchmark}`)?.accuracy;
    expect(headline('vsibench')?.estimate).toBeCloseTo((1 + 0.8 / 3) / 2, 12);
    expect(headline('mvbench')?.estimate).toBeCloseTo(1.8 / 4, 12);
    expect(headline('vsibench')?.low).toBeLessThan(headline('vsibench')?.estimate ?? 0);
  });

  it('one video alone tells nothing about others', () => {
    const rows = ['B', 'A', 'B'].map((letter, i) => row(`q${i}`, `<answer>${letter}</answer>`, { path: 'one.mp4' }));
    expect(accuracyRows(rows)[0].accuracy).toMatchObject({ estimate: 2 / 3, low: 0, high: 1 });
  });

  it('a video with many questions is one draw: its interval is wider than that of as many videos', () => {
    const many = (path: (i: number) => string) =>
      Array.from({ length: 40 }, (_, i) => row(`q${i}`, `<answer>${i < 20 ? 'B' : 'A'}</answer>`, { path: path(i) }));
    const width = (rows: EvaluatedRow[]) => {
      const { accuracy } = accuracyRows(rows)[0];
      return (accuracy?.high ?? 0) - (accuracy?.low ?? 0);
    };
    expect(width(many((i) => `${i >> 2}.mp4`))).toBeGreaterThan(1.5 * width(many((i) => `${i}.mp4`)));
  });
});

describe('pairedComparison', () => {
  const run = (answers: string) =>
    [...answers].map((letter, i) => row(`q${i}`, `<answer>${letter}</answer>`, { path: `${i >> 1}.mp4` }));

  it('differences on the questions that both were asked', () => {
    const [before, after] = [run('AAAABBBB'), run('BBAABBBA')];
    const paired = pairedComparison([...before, failed('lost')], [...after, row('alone', '<answer>B</answer>')]);
    expect(paired).toMatchObject({ better: 2, worse: 1, leftOut: 2 });
    expect(paired?.difference).toMatchObject({ n: 8, estimate: 1 / 8 });
    expect(pairedComparison(before, before)).toMatchObject({ p: 1, better: 0, worse: 0 });
    expect(pairedComparison(before, [])).toBeUndefined();
  });

  it('p of n differences of one sign is 2 / 2^n', () => {
    expect(signFlipP(new Array(6).fill(1))).toBeCloseTo(2 / 64, 2);
    expect(signFlipP([])).toBe(1);
    expect(signFlipP([1, -1])).toBe(1);
  });
});

describe('diffRows', () => {
  const base = row('q', '<answer>A</answer>');
  const other = (extra: Partial<EvaluatedRow>) => diffRows([base], [{ ...base, ...extra }]);

  it('names the first stage that differs, in the order in which an answer comes about', () => {
    expect(diffRows([base], [base])).toEqual({ same: 1, differing: [], counts: {}, unseen: 0 });
    const frames = { ...(base.frames as NonNullable<typeof base.frames>), indices: [0, 2] };
    const request = {
      ...(base.request as NonNullable<typeof base.request>),
      decoding: { maxTokens: 8, temperature: 1, topP: null, seed: 0 },
    };
    const stageOf = (extra: Partial<EvaluatedRow>) => other(extra).differing[0]?.stage;
    expect(stageOf({ solution: '<answer>A</answer>', frames })).toBe('question');
    expect(stageOf({ error: 'media-empty: x', frames: null })).toBe('error');
    expect(stageOf({ video: { form: 'jpeg_video' }, frames })).toBe('video');
    expect(stageOf({ video: { form: 'frames' }, output: 'B' })).toBe('video');
    expect(stageOf({ frames, pixels: 'y' })).toBe('frames');
    expect(stageOf({ pixels: 'y', prompt: 'r' })).toBe('pixels');
    expect(stageOf({ prompt: 'r', output: 'B' })).toBe('prompt');
    expect(stageOf({ request, output: 'B' })).toBe('decoding');
    expect(stageOf({ output: 'B', extracted: 'B' })).toBe('output');
    expect(stageOf({ finish: 'length' })).toBe('output');
    expect(stageOf({ extracted: 'B', score: 1 })).toBe('extraction');
    expect(stageOf({ score: 1, outcome: 'right' })).toBe('score');
    expect(stageOf({ tokens: 9, seconds: { load: 9, answer: 9 }, groups: { x: 'y' } })).toBeUndefined();
  });

  it('by video_url: which file and what was asked for count, where it came from does not, and what was seen is not known', () => {
    const asked = { num_frames: 32, min_pixels: 784, max_pixels: 1568 };
    const sent = { form: 'video_url', by: 'data', sha256: 'a', asked } as const;
    const byUrl = (video: EvaluatedRow['video']) => ({ ...base, frames: null, pixels: null, video });
    const against = (video: EvaluatedRow['video']) => diffRows([byUrl(sent)], [byUrl(video)]);
    expect(against(sent)).toMatchObject({ same: 1, unseen: 1 });
    expect(against({ ...sent, by: 'file', sha256: null })).toMatchObject({ same: 1, unseen: 1 });
    expect(against({ ...sent, sha256: 'b' })).toMatchObject({ counts: { video: 1 } });
    expect(against({ ...sent, asked: { ...asked, num_frames: 16 } })).toMatchObject({ counts: { video: 1 } });
    const [{ first, second }] = diffRows([base], [byUrl(sent)]).differing;
    expect([first, second]).toEqual([
      expect.stringContaining('in this process'),
      expect.stringContaining('chosen by the server, asked for 32'),
    ]);
  });

  it('rows of one file alone are told, and counts add up', () => {
    const { same, differing, counts } = diffRows([base, row('a', 'x')], [base, row('b', 'x')]);
    expect([same, counts]).toEqual([1, { rows: 2 }]);
    expect(differing.map(({ id, first, second }) => [id, first, second])).toEqual([
      ['a', 'there', 'missing'],
      ['b', 'missing', 'there'],
    ]);
  });

  it('long texts are shown from where they part', () => {
    const long = `${'x '.repeat(500)}`;
    const [{ first, second }] = diffRows(
      [{ ...base, output: `${long}A` }],
      [{ ...base, output: `${long}B` }],
    ).differing;
    expect([first.endsWith('A'), second.endsWith('B'), first.length < 120]).toEqual([true, true, true]);
  });
});
