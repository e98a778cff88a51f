// Attention in chunks of queries against the same sums written out in plain f64 loops, and its gradient against finite differences of them;
// a tower whose layers are computed again in the backward pass against one that keeps them.
import { describe, expect, test } from 'vitest';
import { createRng } from '../../base/rng.ts';
import { compile, f32, gradients, i32, input, mul, sum, topologicalOrder } from '../../engine/index.ts';
import { initWeights } from '../init.ts';
import { adapterShapes, graphWeights, type LowRankModules } from '../weights.ts';
import type { TextConfig } from './config.ts';
import { causalAttention, languageShapes, languageTower, recomputesLayers } from './language.ts';

const [B, T, H, KV, D] = [2, 300, 4, 2, 3];
const configOf = (num_hidden_layers: number) =>
  ({ hidden_size: H * D, num_attention_heads: H, num_key_value_heads: KV, num_hidden_layers }) as TextConfig;

type Sees = (row: number, query: number, key: number) => boolean;

/** Mixed values [B,T,H·D] by the definition. */
function attend(q: ArrayLike<number>, k: ArrayLike<number>, v: ArrayLike<number>, sees: Sees): Float64Array {
  const out = new Float64Array(B * T * H * D);
  for (let b = 0; b < B; b++)
    for (let h = 0; h < H; h++) {
      const kv = Math.floor(h / (H / KV));
      const at = (t: number, d: number) => ((b * T + t) * KV + kv) * D + d;
      for (let t = 0; t < T; t++) {
        const own = ((b * T + t) * H + h) * D;
        const scores = Array.from({ length: t + 1 }, (_, s) => {
          let dot = 0;
          for (let d = 0; d < D; d++) dot += q[own + d] * k[at(s, d)];
          return sees(b, t, s) ? Math.exp(dot / Math.sqrt(D)) : 0;
        });
        const total = scores.reduce((x, y) => x + y, 0);
        scores.forEach((score, s) => {
          for (let d = 0; d < D; d++) out[own + d] += (score / total) * v[at(s, d)];
        });
      }
    }
  return out;
}

const rng = createRng(3);
const random = (n: number) => Float32Array.from({ length: n }, () => rng.normal());
const feeds = { q: random(B * T * H * D), k: random(B * T * KV * D), v: random(B * T * KV * D) };
const shapes = { q: [B, T, H * D], k: [B, T, KV * D], v: [B, T, KV * D] };
const weights = random(B * T * H * D);

const causal: Sees = () => true;
/** Hides every key whose place is a multiple of 7 from later queries. */
const masked: Sees = (_, query, key) => key % 7 !== 0 || key === query;

test.each([
  ['causal', causal, false, 1],
  ['with a mask of its own', masked, true, 1],
  ['causal, computed again in the backward pass of a tower this deep', causal, false, 1000],
  ['with a mask of its own, computed again', masked, true, 1000],
] as const)('%s: values and gradients over chunk borders', async (_, sees, own, layers) => {
  const nodes = { q: input('q', shapes.q), k: input('k', shapes.k), v: input('v', shapes.v) };
  const mask = own ? input('mask', [B, 1, 1, T, T]) : undefined;
  const mixed = causalAttention(configOf(layers), B, T, mask)(nodes.q, nodes.k, nodes.v, 0);
  expect(mixed.region !== undefined).toBe(layers > 1);
  const grads = gradients(sum(mul(mixed, input('w', mixed.shape))), [nodes.q, nodes.k, nodes.v]);
  const program = await compile({ mixed, dq: grads[0], dk: grads[1], dv: grads[2] }, [], { threads: 1 });
  const hidden = Float32Array.from({ length: B * T * T }, (_, i) => {
    const [key, query] = [i % T, Math.floor(i / T) % T];
    return key <= query && sees(0, query, key) ? 0 : -1e9;
  });
  const out = await program.run({
    q: f32(feeds.q, shapes.q),
    k: f32(feeds.k, shapes.k),
    v: f32(feeds.v, shapes.v),
    w: f32(weights, mixed.shape),
    ...(own ? { mask: f32(hidden, [B, 1, 1, T, T]) } : {}),
  });
  const expected = attend(feeds.q, feeds.k, feeds.v, sees);
  expected.forEach((x, i) => {
    expect(Math.abs(x - Number(out.mixed.data[i]))).toBeLessThan(1e-5);
  });
  const loss = (changed: Partial<Record<'q' | 'k' | 'v', Float64Array>>) => {
    const { q, k, v } = { ...feeds, ...changed };
    return attend(q, k, v, sees).reduce((total, x, i) => total + x * weights[i], 0);
  };
  for (const name of ['q', 'k', 'v'] as const) {
    // Along a random direction the slope of the loss is the gradient's product with it.
    const direction = random(feeds[name].length);
    const moved = (step: number) => Float64Array.from(feeds[name], (x, i) => x + step * direction[i]);
    const slope = (loss({ [name]: moved(1e-4) }) - loss({ [name]: moved(-1e-4) })) / 2e-4;
    const gradient = out[`d${name}`].data as Float32Array;
    const product = gradient.reduce((total, g, i) => total + g * direction[i], 0);
    expect(Math.abs(product / slope - 1), name).toBeLessThan(1e-3);
  }
  await program.dispose();
});

describe('layers computed again', () => {
  const config = {
    ...{ vocab_size: 4, hidden_size: 12, intermediate_size: 8, num_attention_heads: 2, num_key_value_heads: 1 },
    ...{ num_hidden_layers: 3, rms_norm_eps: 1e-6, tie_word_embeddings: true },
  } as TextConfig;
  const shapes = languageShapes(config);
  const adapted: LowRankModules = new Map([
    ['model.layers.0.self_attn.q_proj', { rank: 2, scale: 0.5 }],
    ['model.layers.2.mlp.up_proj', { rank: 2, scale: 0.5 }],
  ]);
  const values = initWeights({ ...shapes, ...adapterShapes(shapes, adapted) }, createRng(1), 2);
  const tables = (f: (x: number) => number) =>
    f32(
      Float32Array.from({ length: 30 }, (_, i) => f(i / 7)),
      [10, 3],
    );
  const rest = {
    x: f32(random(120), [2, 5, 12]),
    weigh: f32(random(36), [3, 12]),
    ...{ cos: tables(Math.cos), sin: tables(Math.sin), select: i32([1, 4, 8], [3]) },
  };

  async function run(again: boolean, trained: (name: string) => boolean) {
    const w = graphWeights(shapes, { adapted });
    const at = (name: 'x' | 'cos' | 'sin' | 'weigh') => input(name, rest[name].shape);
    const attend = causalAttention(config, 2, 5);
    const y = languageTower(at('x'), at('cos'), at('sin'), w, config, attend, input('select', [3], 'i32'), again);
    const used = [...w.used()].filter(([name]) => trained(name));
    const grads = gradients(
      sum(mul(y, at('weigh'))),
      used.map(([, p]) => p),
    );
    const program = await compile({ y, ...Object.fromEntries(used.map(([name], i) => [`d/${name}`, grads[i]])) });
    const results = await program.run({ ...values, ...rest });
    await program.dispose();
    const swiglus = topologicalOrder([y, ...grads]).filter((n) => n.op === 'swiglu').length;
    return {
      swiglus,
      results: Object.fromEntries(Object.entries(results).map(([n, b]) => [n, [...(b.data as Float32Array)]])),
    };
  }

  test.each<[string, (name: string) => boolean]>([
    ['every weight', () => true],
    ['the adapter alone', (name) => name.includes('.lora_')],
  ])('values and the gradient of %s are those of a tower that keeps them', async (_, trained) => {
    const [kept, again] = [await run(false, trained), await run(true, trained)];
    expect([kept.swiglus, again.swiglus]).toEqual([3, 6]);
    expect(Object.keys(again.results)).toEqual(Object.keys(kept.results));
    for (const [name, want] of Object.entries(kept.results)) {
      const scale = Math.max(...want.map(Math.abs));
      expect(scale, name).toBeGreaterThan(0);
      want.forEach((x, i) => {
        expect(Math.abs(again.results[name][i] - x), name).toBeLessThan(1e-5 * scale);
      });
    }
  });

  test('are those of a 3B model over a clip, not of the bench or the micro model', () => {
    const sized = (layers: number, hidden: number, intermediate: number) =>
      ({ num_hidden_layers: layers, hidden_size: hidden, intermediate_size: intermediate }) as TextConfig;
    expect(recomputesLayers(sized(36, 2048, 11008), 1200)).toBe(true);
    expect(recomputesLayers(sized(12, 640, 2048), 2432)).toBe(false);
    expect(recomputesLayers(sized(4, 192, 512), 16 * 256)).toBe(false);
  });
});
