// Cached, batched generation against the slow way: every token from a fresh pass over the whole text before it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tinyModel, tinyPrompts } from '../../test/support/tiny-model.ts';
import { compile } from '../engine/index.ts';
import { type Generated, type GenerateOptions, Generator } from './generate.ts';
import type { Prepared, VideoLanguageModel } from './port.ts';

const threads = { threads: 1 };
const free: GenerateOptions = { numSamples: 6, maxTokens: 24, temperature: 1, seed: 3 };
const greedy: GenerateOptions = { numSamples: 1, maxTokens: 10, temperature: 0, seed: 3 };
const prepareAll = (model: VideoLanguageModel) => tinyPrompts(5).map((p) => model.prepare(p.messages, p.clip));

/** Log-probabilities of the completions by one pass without a cache. */
async function scored(model: VideoLanguageModel, prompts: readonly Prepared[], out: readonly Generated[][], t: number) {
  const rows = out.flatMap((group, p) => group.map((g) => ({ prompt: prompts[p], completion: g.tokens })));
  const batch = model.batch(rows, t);
  const program = await compile({ logprobs: model.scoreGraph(batch).logprobs }, [], threads);
  const { logprobs } = await program.run({ ...model.weights, ...batch.feeds });
  await program.dispose();
  return rows.map((r, i) =>
    (logprobs.data as Float32Array).slice(batch.offsets[i], batch.offsets[i] + r.completion.length),
  );
}

function gap(out: readonly Generated[][], want: readonly Float32Array[]): number {
  const rows = out.flat();
  expect(rows.length).toBe(want.length);
  return Math.max(...rows.flatMap((g, i) => [...g.logprobs].map((x, t) => Math.abs(x - want[i][t]))));
}

/** The prompt with tokens appended, as a prompt. */
function extended(p: Prepared, tokens: readonly number[]): Prepared {
  const n = p.tokens.length + tokens.length;
  const positions = new Int32Array(3 * n);
  for (let axis = 0; axis < 3; axis++) {
    positions.set(p.positions.subarray(axis * p.tokens.length, (axis + 1) * p.tokens.length), axis * n);
    tokens.forEach((_, i) => {
      positions[axis * n + p.tokens.length + i] = p.nextPosition + i;
    });
  }
  return {
    tokens: Int32Array.from([...p.tokens, ...tokens]),
    positions,
    nextPosition: p.nextPosition + tokens.length,
    vision: p.vision,
  };
}

let model: VideoLanguageModel;
let generator: Generator;
let prompts: Prepared[];
const run = (o: GenerateOptions, which = prompts) => generator.generate(which, model.weights, o);

beforeAll(() => {
  model = tinyModel();
  generator = new Generator(model, threads);
  prompts = prepareAll(model);
});
afterAll(() => generator.dispose());

describe('cached decoding', () => {
  test('greedy tokens are those of a fresh pass over every prefix', async () => {
    expect(new Set(prompts.map((p) => p.tokens.length)).size).toBeGreaterThanOrEqual(4);
    const out = await run(greedy);
    for (let t = 0; t < greedy.maxTokens; t++) {
      const going = [...prompts.keys()].filter((p) => out[p][0].tokens.length > t);
      if (going.length === 0) break;
      const prefixes = going.map((p) => extended(prompts[p], out[p][0].tokens.slice(0, t)));
      const next = await run({ ...greedy, maxTokens: 1 }, prefixes);
      expect(next.map(([g]) => g.tokens[0])).toEqual(going.map((p) => out[p][0].tokens[t]));
      next.forEach(([g], i) => {
        expect(g.logprobs[0]).toBeCloseTo(out[going[i]][0].logprobs[t], 4);
      });
    }
  });

  test('log-probabilities are those of the trainer, for rows that end at different times', async () => {
    const out = await run(free);
    const lengths = out.flat().map((g) => g.tokens.length);
    expect(new Set(lengths).size).toBeGreaterThanOrEqual(5);
    expect(gap(out, await scored(model, prompts, out, 1))).toBeLessThan(1e-4);
  });

  test('past the room that a row starts with, log-probabilities are still those of the trainer', async () => {
    const endless = { ...model, forbidden: [...model.forbidden, model.endOfTurn] };
    const own = new Generator(endless, threads);
    const out = await own.generate(prompts.slice(0, 2), model.weights, { ...free, numSamples: 3, maxTokens: 300 });
    await own.dispose();
    expect(out.flat().map((g) => g.tokens.length)).toEqual(Array(6).fill(300)); // room for 128, then 256, then 320
    expect(gap(out, await scored(model, prompts.slice(0, 2), out, 1))).toBeLessThan(1e-4);
  });

  test('a sequence ends with its end-of-turn token, or at the limit', async () => {
    const finishes = (await run(free)).flat().map((g) => {
      expect(g.tokens.indexOf(model.endOfTurn)).toBe(g.finish === 'stop' ? g.tokens.length - 1 : -1);
      if (g.finish === 'length') expect(g.tokens.length).toBe(free.maxTokens);
      return g.finish;
    });
    expect(new Set(finishes)).toEqual(new Set(['stop', 'length']));
  });
});

describe('batches', () => {
  test('a group shares one prefill, and finished sequences leave the batch', async () => {
    const prefilled: number[] = [];
    const rows: number[] = [];
    const watched: VideoLanguageModel = {
      ...model,
      prefillBatch: (p) => {
        prefilled.push(p.length);
        return model.prefillBatch(p);
      },
      decodeFeeds: (positions) => {
        rows.push(positions.length);
        return model.decodeFeeds(positions);
      },
    };
    const own = new Generator(watched, threads);
    const out = await own.generate(prompts, model.weights, { ...free, maxTokens: 80 });
    await own.dispose();
    expect(prefilled).toEqual([5]);
    expect(rows).toEqual([...rows].sort((a, b) => b - a));
    expect(new Set(rows).size).toBeGreaterThanOrEqual(3);
    // Each step decodes no more than the bucket above what is still going.
    const going = rows.map((_, step) => out.flat().filter((g) => g.tokens.length > step + 1).length);
    rows.forEach((n, step) => {
      expect(n).toBeLessThan(Math.max(2, going[step] * 1.6) + 1);
    });
  });

  test('what a prompt gets does not depend on the prompts beside it, their order or the chunks', async () => {
    const together = await run(free);
    const same = (got: readonly Generated[], want: readonly Generated[]) => {
      expect(got.map((g) => g.tokens)).toEqual(want.map((g) => g.tokens));
      expect(
        gap(
          [[...got]],
          want.map((g) => g.logprobs),
        ),
      ).toBeLessThan(1e-4);
    };
    for (const p of prompts.keys()) same((await run({ ...free, streams: [p] }, [prompts[p]]))[0], together[p]);
    const backwards = await run({ ...free, streams: [4, 3, 2, 1, 0] }, [...prompts].reverse());
    for (const p of prompts.keys()) same(backwards[4 - p], together[p]);
    const chunked = await run({ ...free, maxRows: 13 });
    for (const p of prompts.keys()) same(chunked[p], together[p]);
    const fewer = await run({ ...free, numSamples: 2 });
    for (const p of prompts.keys()) same(fewer[p], together[p].slice(0, 2));
  });

  test('an abort ends it between two tokens', async () => {
    const controller = new AbortController();
    let tokens = 0;
    const onToken = () => {
      if (++tokens === 40) controller.abort();
    };
    await expect(run({ ...free, signal: controller.signal, onToken })).rejects.toMatchObject({ code: 'aborted' });
    expect(tokens).toBeLessThan(80);
  });
});

describe('choices of a token', () => {
  test('forbidden tokens are never drawn, however likely, and their mass stays in the log-probabilities', async () => {
    const loud = tinyModel({ seed: 4 });
    const head = loud.weights['lm_head.weight'];
    const width = head.shape[1];
    for (const token of loud.forbidden)
      for (let d = 0; d < width; d++) (head.data as Float32Array)[token * width + d] *= 3;
    const own = new Generator(loud, threads);
    const ready = prepareAll(loud);
    for (const o of [free, { ...free, temperature: 0 }, { ...free, topP: 0.9 }, { ...free, topK: 3 }]) {
      const out = await own.generate(ready, loud.weights, o);
      const drawn = new Set(out.flat().flatMap((g) => g.tokens));
      for (const token of loud.forbidden) expect(drawn).not.toContain(token);
      expect(gap(out, await scored(loud, ready, out, 1))).toBeLessThan(2e-4);
    }
    // The mass is really there: some draws are from what little a forbidden favourite left.
    const greedyOut = await own.generate(ready, loud.weights, { ...free, temperature: 0 });
    expect(Math.min(...greedyOut.flat().flatMap((g) => [...g.logprobs]))).toBeLessThan(-2);
    await own.dispose();
  });

  test('top-p and top-k restrict the draw and not the reported log-probabilities', async () => {
    for (const o of [
      { ...free, topP: 0.5 },
      { ...free, topK: 2 },
    ]) {
      const out = await run(o);
      expect(gap(out, await scored(model, prompts, out, 1))).toBeLessThan(1e-4);
    }
    const best = await run({ ...greedy, numSamples: 2 });
    for (const o of [{ topK: 1 }, { topP: 1e-3 }]) {
      const out = await run({ ...greedy, numSamples: 2, temperature: 1, ...o });
      expect(out.map((g) => g.map((c) => c.tokens))).toEqual(best.map((g) => g.map((c) => c.tokens)));
      expect(
        gap(
          out,
          best.flat().map((c) => c.logprobs),
        ),
      ).toBeLessThan(1e-5);
    }
  });

  test('temperature divides the logits, in the draw and in the log-probabilities', async () => {
    for (const temperature of [0.6, 1.5]) {
      const out = await run({ ...free, temperature });
      expect(gap(out, await scored(model, prompts, out, temperature))).toBeLessThan(2e-4);
      expect(gap(out, await scored(model, prompts, out, 1))).toBeGreaterThan(0.1);
    }
    const cold = await run({ ...greedy, temperature: 0.01, topP: 0.001 });
    expect(cold.map(([g]) => g.tokens)).toEqual((await run(greedy)).map(([g]) => g.tokens));
  });
});
