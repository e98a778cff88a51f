// Eq. 6 and whole groups: parts, gate, length bonus, adversarial completions, failures that are not rewards.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VideorftError } from '../base/errors.ts';
import type { Sample } from '../data/sample.ts';
import { colourEmbedder, flatClip } from './fake-embedder.ts';
import { releasedRewards } from './options.ts';
import { createRewardScorer, scoreGroup } from './score.ts';
import { rewardStatistics } from './statistics.ts';
import { lengthBonuses, totalReward } from './total.ts';

const sample: Sample = {
  problem_id: 'left-1',
  problem: 'Which way does the red circle move?',
  data_type: 'video',
  problem_type: 'multiple choice',
  options: ['A. left', 'B. right', 'C. up', 'D. down'],
  solution: '<answer>A</answer>',
  path: 'left.mp4',
};
const red = flatClip([230, 50, 50], [220, 60, 50]);
const negated = flatClip([25, 205, 205], [35, 195, 205]);
const think = 'The question asks which way the circle moves. A red circle moves left. So it is left.';
const good = `<think>${think}</think>\n<answer>A</answer>`;
const score = async (text: string, extra: Parameters<typeof scoreGroup>[2] = {}) =>
  (await scoreGroup(sample, [{ text }], { embedder: colourEmbedder(), clip: red, ...extra }))[0];

describe('totalReward', () => {
  it('is Eq. 6, evaluated independently over all parts and options', () => {
    const unit = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        fc.constantFrom(0, 1),
        fc.oneof(fc.constant(0), unit),
        unit,
        fc.tuple(...Array(4).fill(fc.boolean())),
        (f, a, s, on) => {
          const [format, accuracy, semantic, gated] = on as boolean[];
          const indicator = !gated || Math.sign(a) === 1 ? 1 : 0;
          const expected = Number(format) * f + Number(accuracy) * a + Number(semantic) * indicator * s;
          const got = totalReward(
            { format: f, accuracy: a, semantic: s },
            { parts: { format, accuracy, semantic }, gated },
          );
          expect(Math.abs(got - expected)).toBeLessThan(1e-12);
          expect(got >= 0 && got <= 3).toBe(true);
        },
      ),
      { numRuns: 500, seed: 7 },
    );
  });
});

describe('length bonus', () => {
  const of = (...pairs: [number, number][]) => lengthBonuses(pairs.map(([accuracy, tokens]) => ({ accuracy, tokens })));
  // biome-ignore format: a table
  it.each([
    ['one right', [[1, 400], [0, 400]], [0, 0]],
    ['two right, one of that length', [[1, 400], [1, 10], [0, 400]], [0.2, 0, 0]],
    ['ends included', [[1, 320], [1, 512], [1, 319], [1, 513]], [0.2, 0.2, 0, 0]],
    ['0.1 is not above 0.1', [[0.1, 400], [0.2, 400]], [0, 0]],
    ['partly right', [[0.11, 400], [0.2, 400]], [0.2, 0.2]],
  ] as [string, [number, number][], number[]][])('%s', (_, group, expected) => {
    expect(of(...group)).toEqual(expected);
  });

  it('needs token counts', () => {
    expect(() => lengthBonuses([{ accuracy: 1, tokens: undefined }])).toThrow(
      expect.objectContaining({ code: 'reward-no-token-count' }),
    );
  });
});

describe('scoreGroup', () => {
  it('scores a good completion, and says where the span is', async () => {
    const result = await score(good);
    expect(result).toMatchObject({ format: 1, accuracy: 1, lengthBonus: 0, reasons: [] });
    expect(result.semantic).toBeGreaterThan(0.5);
    expect(result.total).toBeCloseTo(2 + (result.semantic ?? 0), 12);
    expect(good.slice(result.span?.start, result.span?.end)).toBe('A red circle moves left. So it is left.');
  });

  it('takes w = 2 unless told otherwise', async () => {
    const faint = flatClip([150, 190, 120]);
    const [one, two, unset] = await Promise.all(
      [1, 2, undefined].map((w) => score(good, { clip: faint, options: { w } })),
    );
    expect(one.semantic).toBeGreaterThan(0);
    expect(two.semantic).toBeLessThan(1);
    expect(two.semantic).toBeCloseTo(2 * (one.semantic ?? 0), 12);
    expect(unset.semantic).toBe(two.semantic);
  });

  it('negated colours and another video score lower', async () => {
    const [own, negative, other] = await Promise.all(
      [red, negated, flatClip([50, 50, 230])].map((clip) => score(good, { clip })),
    );
    expect(negative.semantic).toBeLessThan(own.semantic ?? 0);
    expect(other.semantic).toBeLessThan(own.semantic ?? 0);
  });

  it('a wrong answer keeps R_s for the statistics but not in the total', async () => {
    const wrongAnswer = good.replace('>A<', '>B<');
    const gated = await score(wrongAnswer);
    expect(gated.semantic).toBeGreaterThan(0.5);
    expect(gated.total).toBe(1);
    const ungated = await score(wrongAnswer, { options: { gated: false } });
    expect(ungated.total).toBeCloseTo(1 + (gated.semantic ?? 0), 12);
  });

  it('without the semantic part no embedder is needed; with one R_s is measured and not counted', async () => {
    const options = { parts: { semantic: false } };
    const [plain] = await scoreGroup(sample, [{ text: good }], { options });
    expect(plain).toMatchObject({ semantic: null, total: 2, span: null });
    const measured = await score(good, { options });
    expect(measured.semantic).toBeGreaterThan(0.5);
    expect(measured.total).toBe(2);
    await expect(scoreGroup(sample, [{ text: good }])).rejects.toMatchObject({ code: 'reward-no-embedder' });
  });

  // biome-ignore format: a table
  it.each([
    ['empty completion', '', 0, 0, 'accuracy: no answer block'],
    ['empty answer', `<think>${think}</think><answer></answer>`, 1, 0, 'accuracy: the answer is empty'],
    ['every option', `<think>${think}</think><answer>A, B, C, D</answer>`, 1, 0, 'accuracy: the answer does not name one option letter'],
    ['several answers, first right', `${good}<answer>B</answer>`, 0, 1, 'format: 2 times <answer>'],
    ['several answers, first wrong', `<answer>B</answer>${good}`, 0, 0, 'format: 2 times <answer>'],
    ['repeated blocks', good + good, 0, 1, 'format: 2 times <think>'],
    ['nested think', `<think><think>${think}</think></think><answer>A</answer>`, 0, 1, 'format: 2 times <think>'],
    ['text after the answer', `${good} The end.`, 0, 1, 'format: text after </answer>'],
    ['prefilled, unannounced', good.slice('<think>'.length), 0, 1, 'format: </think> without <think>: does the chat template prefill it?'],
    ['no think block', '<answer>A</answer>', 0, 1, 'semantic: no think block'],
    ['one sentence of thinking', '<think>A red circle.</think><answer>A</answer>', 1, 1, 'semantic: nothing after the first full stop'],
    ['the question copied', `<think>${sample.problem}</think><answer>${sample.problem}</answer>`, 1, 0, 'accuracy: the answer does not name one option letter'],
    ['right to left and emoji', '<think>🔴 הכדור האדום.</think><answer>🔴</answer>', 1, 0, 'accuracy: the answer does not name one option letter'],
  ] as [string, string, number, number, string][])('%s', async (_, text, format, accuracy, reason) => {
    const result = await score(text);
    expect(result).toMatchObject({ format, accuracy });
    expect(result.reasons).toContain(reason);
  });

  it('one-letter thinking earns no more than its likeness to the video', async () => {
    const letter = await score('<think>x</think><answer>A</answer>');
    expect(letter).toMatchObject({ format: 1, accuracy: 1 });
    expect(letter.semantic).toBeLessThan((await score(good)).semantic ?? 0);
  });

  it('a prefilled think block is as good as a written one', async () => {
    const result = await score(good.slice('<think>'.length), { options: { prefilledThink: true } });
    expect(result).toMatchObject({ ...(await score(good)), span: { start: 46, end: 85 } });
    const released = { ...releasedRewards, prefilledThink: true, lengthBonus: undefined };
    expect((await score(good.slice('<think>'.length), { options: released })).format).toBe(1);
  });

  it('is never NaN and in range, for tag soup of any length', async () => {
    const piece = fc.constantFrom(
      '<think>',
      '</think>',
      '<answer>',
      '</answer>',
      'A',
      'B',
      ' ',
      '. ',
      'red ',
      '。',
      '🔴',
      'א',
      '\n',
    );
    const soup = fc.array(fc.oneof(piece, fc.string({ unit: 'binary', maxLength: 4 })), { maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(fc.array(soup, { minLength: 1, maxLength: 4 }), fc.boolean(), async (group, released) => {
        const options = released ? releasedRewards : {};
        const completions = group.map((parts, i) => ({ text: parts.join(''), tokens: 300 + 50 * i }));
        const scores = await scoreGroup(sample, completions, { embedder: colourEmbedder(), clip: red, options });
        scores.forEach(({ format, accuracy, semantic, total, span }, i) => {
          expect([0, 1]).toContain(format);
          expect(accuracy >= 0 && accuracy <= 1).toBe(true);
          expect(semantic !== null && semantic >= 0 && semantic <= 1).toBe(true);
          expect(total >= 0 && total <= (released ? 3.2 : 3) + 1e-12).toBe(true);
          if (span) expect(span.start < span.end && span.end <= completions[i].text.length).toBe(true);
        });
      }),
      { numRuns: 200, seed: 8 },
    );
  });

  it('the released length bonus enters the total', async () => {
    const group = [400, 400, 10].map((tokens) => ({ text: good, tokens }));
    const options = { lengthBonus: releasedRewards.lengthBonus };
    const scores = await scoreGroup(sample, group, { embedder: colourEmbedder(), clip: red, options });
    expect(scores.map((one) => one.lengthBonus)).toEqual([0.2, 0.2, 0]);
    expect(scores[0].total - scores[2].total).toBeCloseTo(0.2, 12);
  });
});

describe('createRewardScorer', () => {
  it('embeds the texts of a batch in one call, and every video once per run', async () => {
    const embedder = colourEmbedder();
    const scorer = createRewardScorer(embedder, { maxTokens: 16 });
    let decoded = 0;
    const group = (path: string) => ({
      sample: { ...sample, path },
      completions_G: [{ text: good }, { text: good }, { text: good.replace('red', 'blue') }],
      clip: () => {
        decoded++;
        return red;
      },
    });
    const batch = [group('a.mp4'), group('b.mp4'), group('a.mp4')];
    const first = await scorer.scoreBatch(batch);
    expect(await scorer.scoreBatch(batch)).toEqual(first);
    expect([decoded, embedder.frameCalls.length, embedder.textCalls.length]).toEqual([2, 2, 2]);
    expect(embedder.textCalls[0]).toMatchObject({ texts: { length: 2 }, maxTokens: 16 });
  });

  it('sets a bad sample aside and scores the others; failures of the run throw', async () => {
    const scorer = createRewardScorer(colourEmbedder());
    const completions_G = [{ text: good }];
    const badMedia = new VideorftError('truncated', { code: 'media-decode' });
    const results = await scorer.scoreBatch([
      { sample, completions_G, clip: red },
      { sample: { ...sample, solution: '<answer>left</answer>' }, completions_G, clip: red },
      { sample: { ...sample, path: 'bad.mp4' }, completions_G, clip: () => Promise.reject(badMedia) },
    ]);
    expect(results.map((result) => (result.ok ? 'ok' : result.error.code))).toEqual([
      'ok',
      'reward-truth-unreadable',
      'media-decode',
    ]);
    const crash = {
      sample: { ...sample, path: 'c.mp4' },
      completions_G,
      clip: () => Promise.reject(new Error('out of memory')),
    };
    await expect(scorer.scoreBatch([crash])).rejects.toThrow('out of memory');
    await expect(scorer.scoreBatch([{ sample, completions_G }])).rejects.toMatchObject({ code: 'reward-no-clip' });
    await expect(
      scoreGroup({ ...sample, solution: '<answer></answer>' }, completions_G, {
        embedder: colourEmbedder(),
        clip: red,
      }),
    ).rejects.toMatchObject({ code: 'reward-truth-unreadable', facts: { sample: 'left-1' } });
  });

  it('a broken embedder stops the run, it does not score 0', async () => {
    const lost = { ...colourEmbedder(), embedTexts: async () => [] };
    await expect(score(good, { embedder: lost })).rejects.toMatchObject({ code: 'embedding-broken' });
    const nan = { ...colourEmbedder(), embedFrames: async () => [Float32Array.of(Number.NaN), Float32Array.of(1)] };
    await expect(score(good, { embedder: nan })).rejects.toMatchObject({ code: 'embedding-broken' });
  });
});

describe('rewardStatistics', () => {
  it('mean, unbiased spread, and shares at the ends', () => {
    const stats = rewardStatistics([0, 0.5, 1, 1, null]);
    expect(stats).toMatchObject({ n: 4, mean: 0.625, min: 0, max: 1, atZero: 0.25, atOne: 0.5, saturation: 0.75 });
    expect(stats.spread).toBeCloseTo(Math.sqrt((0.625 ** 2 + 0.125 ** 2 + 2 * 0.375 ** 2) / 3), 12);
    expect(rewardStatistics([])).toMatchObject({ n: 0, mean: null, saturation: null });
    expect(rewardStatistics([0.3]).spread).toBe(0);
  });
});
