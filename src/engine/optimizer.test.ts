// AdamW against an f64 implementation of torch.optim.AdamW and torch.nn.utils.clip_grad_norm_; schedules against their formulas.
import { describe, expect, test } from 'vitest';
import { compile } from './compile.ts';
import * as o from './ops.ts';
import { type AdamWOptions, adamw, adamwScalars, decays, scheduleAt, zeroMoments } from './optimizer.ts';
import { type Buffer, f32 } from './runtime/ort.ts';
import { random, relativeError, toBuffer } from './testing.fixture.ts';

const shapes = { weight: [3, 4], bias: [4], scale: [], kernel: [2, 3, 2] } as const;
type Name = keyof typeof shapes;
const names = Object.keys(shapes) as Name[];

interface Reference {
  p: Record<Name, Float64Array>;
  m: Record<Name, Float64Array>;
  v: Record<Name, Float64Array>;
}

/** One step as the pseudocode of torch.optim.AdamW has it, on gradients clipped as clip_grad_norm_ does. Returns the norm. */
function torchStep(s: Reference, g: Record<Name, Float64Array>, t: number, lr: number, options: AdamWOptions): number {
  const { beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weightDecay = 0, maxNorm = Number.POSITIVE_INFINITY } = options;
  const norm = Math.sqrt(names.reduce((total, n) => total + g[n].reduce((a, x) => a + x * x, 0), 0));
  const clip = Math.min(1, maxNorm / (norm + 1e-6));
  for (const n of names) {
    for (let i = 0; i < g[n].length; i++) {
      const gi = g[n][i] * clip;
      if (shapes[n].length > 1) s.p[n][i] -= lr * weightDecay * s.p[n][i];
      s.m[n][i] = beta1 * s.m[n][i] + (1 - beta1) * gi;
      s.v[n][i] = beta2 * s.v[n][i] + (1 - beta2) * gi * gi;
      const [mHat, vHat] = [s.m[n][i] / (1 - beta1 ** t), s.v[n][i] / (1 - beta2 ** t)];
      s.p[n][i] -= (lr * mHat) / (Math.sqrt(vHat) + eps);
    }
  }
  return norm;
}

const cases: [string, AdamWOptions][] = [
  ['defaults', {}],
  ['clipping that bites on some steps', { maxNorm: 4 }],
  ['decay of matrices only', { weightDecay: 0.3 }],
  ['everything, other betas, an eps that counts', { beta1: 0.8, beta2: 0.95, eps: 0.05, weightDecay: 0.1, maxNorm: 1 }],
];

describe('AdamW', () => {
  test.each(cases)('five steps equal torch: %s', async (_, options) => {
    const params = names.map((n) => o.param(n, shapes[n]));
    const grads = names.map((n) => o.input(`grad:${n}`, shapes[n]));
    const { updates, gradNorm } = adamw(params, grads, options);
    const program = await compile({ gradNorm }, updates);
    const start = names.map((n, i) => random(i, shapes[n]));
    const memory: Record<string, Buffer> = Object.fromEntries(names.map((n, i) => [n, toBuffer(start[i])]));
    Object.assign(memory, zeroMoments({ ...memory }));
    const set = (f: (i: number) => Float64Array) => Object.fromEntries(names.map((n, i) => [n, f(i)]));
    const zero = (i: number) => new Float64Array(start[i].data.length);
    const reference = { p: set((i) => start[i].data.slice()), m: set(zero), v: set(zero) } as unknown as Reference;
    for (let t = 1; t <= 5; t++) {
      const lr = 0.1 / t;
      const g = names.map((n, i) => random(100 * t + i, shapes[n], (r) => 0.4 * t * r.normal()));
      const fed = Object.fromEntries(names.map((n, i) => [`grad:${n}`, toBuffer(g[i])]));
      const results = await program.run({ ...memory, ...fed, 'adamw:scalars': adamwScalars(lr, t, options) });
      const norm = torchStep(reference, set((i) => g[i].data) as Record<Name, Float64Array>, t, lr, options);
      expect((results.gradNorm.data as Float32Array)[0] / norm).toBeCloseTo(1, 5);
    }
    for (const n of names) {
      const got = (key: string) => memory[key].data as Float32Array;
      expect(relativeError(got(n), reference.p[n]), n).toBeLessThan(1e-6);
      expect(relativeError(got(`${n}:m`), reference.m[n]), `${n}:m`).toBeLessThan(1e-6);
      expect(relativeError(got(`${n}:v`), reference.v[n]), `${n}:v`).toBeLessThan(2e-6);
    }
    await program.dispose();
  });

  test('the case with clipping has steps on both sides of the bar', () => {
    const norms = [1, 2, 3, 4, 5].map((t) =>
      Math.hypot(
        ...names.flatMap((n, i) => Array.from(random(100 * t + i, shapes[n], (r) => 0.4 * t * r.normal()).data)),
      ),
    );
    expect(Math.min(...norms)).toBeLessThan(4);
    expect(Math.max(...norms)).toBeGreaterThan(4);
  });

  test('matrices decay, vectors and scalars do not', () => {
    expect([[3, 4], [2, 3, 2], [4], []].map(decays)).toEqual([true, true, false, false]);
  });

  test('a missing or misshapen moment is an error that names it', async () => {
    const p = o.param('p', [2]);
    const { updates } = adamw([p], [o.input('g', [2])], {});
    const program = await compile({}, updates);
    const two = () => f32(new Float32Array(2), [2]);
    const feeds = { p: two(), g: two(), 'p:v': two(), 'adamw:scalars': adamwScalars(1, 1) };
    await expect(program.run(feeds)).rejects.toThrow('tensor p:m: expected f32[2], got nothing');
    const wide = f32(new Float32Array(3), [3]);
    await expect(program.run({ ...feeds, 'p:m': wide })).rejects.toThrow('tensor p:m: expected f32[2], got f32[3]');
  });
});

describe('schedules', () => {
  const over = (schedule: Parameters<typeof scheduleAt>[1], steps: number[]) =>
    steps.map((s) => scheduleAt(s, schedule));
  test('warm-up is linear and reaches 1 at its last step, then constant', () => {
    expect(over({ kind: 'constant', warmup: 4, total: 10 }, [0, 1, 2, 3, 4, 9, 50])).toEqual([
      0.25, 0.5, 0.75, 1, 1, 1, 1,
    ]);
  });
  test('linear decay to 0 at the end and beyond', () => {
    expect(over({ kind: 'linear', warmup: 2, total: 10 }, [0, 1, 2, 6, 10, 99])).toEqual([0.5, 1, 1, 0.5, 0, 0]);
  });
  test('half a cosine to the floor', () => {
    const values = over({ kind: 'cosine', total: 12, floor: 0.1 }, [0, 3, 4, 6, 12, 20]);
    const want = [1, 0.1 + (0.9 * (1 + Math.SQRT1_2)) / 2, 0.1 + 0.9 * 0.75, 0.55, 0.1, 0.1];
    for (const [i, v] of values.entries()) expect(v).toBeCloseTo(want[i], 12);
  });
});
