// Attention over a cache in place against explicit attention: a right-padded prefill, then several steps of decoding.
import { expect, test } from 'vitest';
import { compile } from './compile.ts';
import { lower } from './lower.ts';
import { encodeModel } from './onnx/proto.ts';
import * as o from './ops.ts';
import { createProgram, f32, i32, type Buffer as Tensor } from './runtime/ort.ts';
import { at, type Dense, random, relativeError, toBuffer } from './testing.fixture.ts';

const [batch, heads, kvHeads, D, capacity, scale] = [3, 4, 2, 8, 12, 0.3];

/** As compiled for the cpu; or as lowered for webgpu, in plain operations, on the cpu. */
async function program(tokens: number, plain: boolean) {
  const q = o.input('q', [batch, tokens, heads * D]);
  const [k, v] = ['k', 'v'].map((name) => o.input(name, [batch, tokens, kvHeads * D]));
  const [pastK, pastV] = ['keys', 'values'].map((name) => o.input(name, [batch, kvHeads, capacity, D]));
  const [seqlens, total] = [o.input('seqlens', [batch], 'i32'), o.input('total', [1], 'i32')];
  const y = o.gqa({ q, k, v, pastK, pastV, seqlens, total }, heads, kvHeads, scale);
  const updates = [pastK, pastV].map((target, i) => ({ target, value: o.part(y, i + 1) }));
  if (!plain) return compile({ y }, updates, { threads: 2 });
  const model = encodeModel(lower({ y, 'keys:new': o.part(y, 1), 'values:new': o.part(y, 2) }, 'webgpu'));
  expect(Buffer.from(model).includes('GroupQuery')).toBe(false);
  const made = await createProgram(model, ['y', 'keys:new', 'values:new']);
  return {
    dispose: () => made.dispose(),
    async run(feeds: Record<string, Tensor>) {
      const { y, ...caches } = await made.run(feeds);
      for (const [name, { data }] of Object.entries(caches))
        (feeds[name.replace(':new', '')].data as Float32Array).set(data as Float32Array);
      return { y };
    },
  };
}

/** What row `b` has seen so far: per token its keys and values, [Hkv·D] each. */
type Seen = { k: number[]; v: number[] }[];

/** softmax(scale · q·kᵀ) v of one token over what its row has seen. */
function attend(q: readonly number[], seen: Seen): number[] {
  return q.map((_, c) => {
    const [head, d] = [Math.floor(c / D), c % D];
    const kv = Math.floor(head / (heads / kvHeads)) * D;
    const scores = seen.map(({ k }) => {
      let s = 0;
      for (let i = 0; i < D; i++) s += q[head * D + i] * k[kv + i];
      return Math.exp(scale * s);
    });
    const norm = scores.reduce((a, b) => a + b);
    return seen.reduce((total, { v }, t) => total + (scores[t] / norm) * v[kv + d], 0);
  });
}

const token = (x: Dense, b: number, t: number) => Array.from({ length: x.shape[2] }, (_, c) => at(x, [b, t, c]));
const garbage = (seed: number): Tensor => {
  const noise = random(seed, [batch, kvHeads, capacity, D], (r) => 50 * r.normal());
  return f32(Float32Array.from(noise.data), noise.shape);
};

test.each([
  ['the kernel', false],
  ['plain operations', true],
])('prefill with right padding, then five steps, each row at its own length: %s', async (_, plain) => {
  const memory = { keys: garbage(1), values: garbage(2) };
  const rows: Seen[] = Array.from({ length: batch }, () => []);
  let lengths = [5, 3, 4];

  async function step(run: Awaited<ReturnType<typeof program>>, seed: number, tokens: number, valid: number[]) {
    const q = random(seed, [batch, tokens, heads * D], (r) => 2 * r.normal());
    const [k, v] = [1, 2].map((i) => random(seed + i, [batch, tokens, kvHeads * D]));
    const seqlens = lengths.map((n) => n - 1);
    const { y } = await run.run({
      ...memory,
      q: toBuffer(q),
      k: toBuffer(k),
      v: toBuffer(v),
      seqlens: i32(seqlens, [batch]),
      total: i32([Math.max(...lengths)], [1]),
    });
    for (let b = 0; b < batch; b++) {
      for (let t = 0; t < valid[b]; t++) {
        rows[b].push({ k: token(k, b, t), v: token(v, b, t) });
        const got = Array.from(y.data as Float32Array).slice(
          (b * tokens + t) * heads * D,
          (b * tokens + t + 1) * heads * D,
        );
        expect(relativeError(got, attend(token(q, b, t), rows[b])), `row ${b} token ${t}`).toBeLessThan(3e-6);
      }
    }
  }

  const prefill = await program(5, plain);
  await step(prefill, 10, 5, lengths);
  await prefill.dispose();
  const decode = await program(1, plain);
  for (let i = 0; i < 5; i++) {
    lengths = lengths.map((n) => n + 1);
    await step(decode, 20 + 3 * i, 1, [1, 1, 1]);
  }
  await decode.dispose();
  // The caller's own memory holds the keys and values of every token seen.
  for (const [name, part] of [
    ['keys', 'k'],
    ['values', 'v'],
  ] as const) {
    for (let b = 0; b < batch; b++) {
      for (const [t, seen] of rows[b].entries()) {
        const stored = Array.from({ length: kvHeads * D }, (_, c) => {
          const [kv, d] = [Math.floor(c / D), c % D];
          return (memory[name].data as Float32Array)[((b * kvHeads + kv) * capacity + t) * D + d];
        });
        expect(stored, `${name} row ${b} token ${t}`).toEqual(seen[part]);
      }
    }
  }
});
