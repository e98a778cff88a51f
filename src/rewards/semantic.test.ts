// Eq. 5 against an independent f64 evaluation, the scored span, and the cache.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCompletion } from '../prompt/parse.ts';
import { colourEmbedder, flatClip } from './fake-embedder.ts';
import { directionsOf, semanticReward } from './semantic.ts';
import { semanticSpan } from './span.ts';
import { VideoEmbeddingCache } from './video-cache.ts';

/** Eq. 5 written again: unnormalized sum of frames in f64, angle by Math.hypot. */
function eq5(text: readonly number[], frames: readonly (readonly number[])[], w: number): number {
  const sum = text.map((_, d) => frames.map((frame) => frame[d]).reduce((a, b) => a + b, 0));
  const norms = Math.hypot(...text) * Math.hypot(...sum);
  if (norms === 0) return 0;
  const score = (w * text.map((value, d) => value * sum[d]).reduce((a, b) => a + b, 0)) / norms;
  return score > 0 ? Math.min(score, 1) : 0;
}

const unit = (values: readonly number[]) => {
  const norm = Math.hypot(...values) || 1;
  return Float32Array.from(values, (value) => value / norm);
};
const vectors = (count: number) =>
  fc.array(fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 5, maxLength: 5 }), {
    minLength: 1,
    maxLength: count,
  });

describe('Eq. 5', () => {
  it('equals an independent f64 evaluation', () => {
    fc.assert(
      fc.property(vectors(1), vectors(6), fc.double({ min: 0.1, max: 5, noNaN: true }), ([text], frames, w) => {
        const text_D = unit(text);
        const frames_FD = frames.map(unit);
        const mean = frames_FD[0].map((_, d) => frames_FD.reduce((sum, frame) => sum + frame[d] / frames_FD.length, 0));
        fc.pre(Math.hypot(...mean) > 0.05);
        const got = semanticReward(text_D, directionsOf(frames_FD, 'mean-embedding'), w);
        expect(
          Math.abs(
            got -
              eq5(
                [...text_D],
                frames_FD.map((frame) => [...frame]),
                w,
              ),
          ),
        ).toBeLessThan(1e-5);
        expect(got >= 0 && got <= 1).toBe(true);
        const each = frames_FD.map((frame) => eq5([...text_D], [[...frame]], w));
        const perFrame = semanticReward(text_D, directionsOf(frames_FD, 'per-frame'), w);
        expect(Math.abs(perFrame - each.reduce((a, b) => a + b, 0) / each.length)).toBeLessThan(1e-9);
      }),
      { numRuns: 400, seed: 6 },
    );
  });

  it('by hand: w = 2, cosines 0.3, 0.6, −0.5', () => {
    const text = Float32Array.of(1, 0);
    const at = (cos: number) => [Float32Array.of(cos, Math.sqrt(1 - cos * cos))];
    expect([0.3, 0.6, -0.5].map((cos) => semanticReward(text, at(cos)))).toEqual([expect.closeTo(0.6, 6), 1, 0]);
    expect(semanticReward(text, at(0.3), 1)).toBeCloseTo(0.3, 6);
  });

  it('the mean embedding and the mean of clipped frame scores differ', () => {
    const frames = [Float32Array.of(1, 0), Float32Array.of(-0.6, 0.8)];
    const text = Float32Array.of(1, 0);
    expect(semanticReward(text, directionsOf(frames, 'mean-embedding'))).toBeCloseTo(
      2 * (0.2 / Math.hypot(0.2, 0.4)),
      6,
    );
    expect(semanticReward(text, directionsOf(frames, 'per-frame'))).toBeCloseTo(0.5, 6);
  });

  it('numbers that are not finite, other lengths and no frames are errors', () => {
    const fine = [Float32Array.of(1, 0)];
    const broken = { code: 'embedding-broken' };
    expect(() => semanticReward(Float32Array.of(Number.NaN, 0), fine)).toThrow(expect.objectContaining(broken));
    expect(() => semanticReward(Float32Array.of(1, 0, 0), fine)).toThrow(expect.objectContaining(broken));
    expect(() => directionsOf([Float32Array.of(Infinity, 0)], 'per-frame')).toThrow(expect.objectContaining(broken));
    expect(() => directionsOf([], 'mean-embedding')).toThrow(expect.objectContaining({ code: 'reward-no-frames' }));
    expect(semanticReward(Float32Array.of(0, 0), fine)).toBe(0);
  });
});

describe('semanticSpan', () => {
  const spanOf = (think: string, variant?: 'paper' | 'released') => {
    const text = `<think>${think}</think>\n<answer>A</answer>`;
    const { span } = semanticSpan(text, parseCompletion(text), variant);
    if (span) expect(text.slice(span.start, span.end)).toBe(span.text);
    return span?.text;
  };

  it.each([
    ['The question asks which way. A red circle moves left.', 'A red circle moves left.'],
    ['It moves at 0.5 heights. Then it stops.', 'Then it stops.'],
    ['The count is 3. A red circle.', 'A red circle.'],
    ['Question.\n\n  Description.  ', 'Description.'],
    ['这是问题。红色的圆向左移动。', '红色的圆向左移动。'],
    ['Which way? A circle moves left', 'Which way? A circle moves left'],
    ['See fig.A and v1.2.3 first', 'See fig.A and v1.2.3 first'],
    ['x', 'x'],
    ['Only one sentence.', undefined],
    ['.', undefined],
    ['  ', undefined],
    ['', undefined],
  ])('%j → %j', (think, expected) => {
    expect(spanOf(think)).toBe(expected);
  });

  it('released: the first full stop of any kind', () => {
    expect(spanOf('It moves at 0.5 heights. Then it stops.', 'released')).toBe('5 heights. Then it stops.');
    expect(spanOf('这是问题。红色', 'released')).toBe('这是问题。红色');
  });

  it('no think block: nothing, or the whole completion in the released variant', () => {
    const text = ' Direct. <answer>A</answer>';
    expect(semanticSpan(text, parseCompletion(text))).toEqual({ span: undefined, reason: 'no think block' });
    expect(semanticSpan(text, parseCompletion(text), 'released').span).toEqual({
      text: text.trim(),
      start: 1,
      end: text.length,
    });
  });

  it('a prefilled think block: offsets of the completion as given', () => {
    const text = 'Asked. Seen.</think><answer>A</answer>';
    const { span } = semanticSpan(text, parseCompletion(text, { prefilledThink: true }));
    expect(span).toEqual({ text: 'Seen.', start: 7, end: 12 });
  });
});

describe('VideoEmbeddingCache', () => {
  it('decodes and embeds a video once, also when asked at the same time', async () => {
    const embedder = colourEmbedder();
    const cache = new VideoEmbeddingCache(embedder);
    let decoded = 0;
    const clip = async () => {
      decoded++;
      return flatClip([255, 0, 0], [250, 5, 5]);
    };
    const [a, b] = await Promise.all([cache.get('a.mp4', clip), cache.get('a.mp4', clip)]);
    expect(await cache.get('a.mp4', clip)).toBe(a);
    expect(b).toBe(a);
    expect([decoded, embedder.frameCalls, cache.size, a.length]).toEqual([1, [2], 1, 1]);
  });

  it('does not remember a failure', async () => {
    const cache = new VideoEmbeddingCache(colourEmbedder());
    await expect(cache.get('a.mp4', () => Promise.reject(new Error('truncated')))).rejects.toThrow('truncated');
    await expect(cache.get('a.mp4', flatClip([255, 0, 0]))).resolves.toHaveLength(1);
    await expect(cache.get('b.mp4', flatClip())).rejects.toMatchObject({ code: 'reward-no-frames' });
  });
});

describe('a bounded cache of videos', () => {
  it('forgets the one that was asked for longest ago, and counts', async () => {
    const embedder = colourEmbedder();
    const cache = new VideoEmbeddingCache(embedder, 'mean-embedding', 2 * 16);
    const ask = (key: string) => cache.get(key, flatClip([1, 2, 3]));
    for (const key of ['a', 'b', 'a', 'c', 'a']) await ask(key);
    expect(embedder.frameCalls).toHaveLength(3);
    expect(cache.stats).toEqual({ videos: 2, bytes: 32, hits: 2, misses: 3 });
    await ask('b');
    expect(embedder.frameCalls).toHaveLength(4);
  });
});
