// What every adapter of the training port does, as one suite: call it in the adapter's test with a way to make one. What an adapter
// cannot do it names with the reason, and those tests are skipped under it.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Backend, Completion, LossInput, OptimParams, Prompt, Sequence } from '../../src/backends/port.ts';
import { VideorftError } from '../../src/base/errors.ts';

export interface BackendSubject {
  /** A fresh backend; every call gives the same weights. */
  make(): Promise<Backend>;
  /** At least four, of unequal lengths. */
  readonly prompts: readonly Prompt[];
  /** Largest gap allowed between log-probabilities of one token computed in two ways. */
  readonly tolerance: number;
  /** Why the adapter has no gradients; absent: it has. */
  readonly noGradients?: string;
  /** Why temperature does not change log-probabilities; absent: it does. */
  readonly noTemperature?: string;
  /** Why it cannot tell the entropy of a cross entropy's batch (NaN then); absent: it can. */
  readonly noEntropy?: string;
  /** Why the log-probabilities of the same completion may differ in their last bits from call to call; absent: they do not. */
  readonly lastBits?: string;
}

const options = { numSamples: 3, maxTokens: 12, temperature: 1, seed: 7 } as const;
const adam: OptimParams = {
  learningRate: 5e-3,
  beta1: 0.9,
  beta2: 0.999,
  eps: 1e-8,
  weightDecay: 0.01,
  maxGradNorm: 1,
};

const sequencesOf = (prompts: readonly Prompt[], completions_PG: readonly (readonly Completion[])[]): Sequence[] =>
  completions_PG.flatMap((group, p) => group.map((c) => ({ prompt: prompts[p], tokens: c.tokens })));

const crossEntropy = (batch: readonly Sequence[]): LossInput => ({
  kind: 'cross_entropy',
  weights: batch.map((s) => new Float32Array(s.tokens.length).fill(0.01)),
});

/** Largest difference between two lists of rows of equal lengths. */
export function gapBetween(a: readonly Float32Array[], b: readonly Float32Array[]): number {
  expect(a.map((row) => row.length)).toEqual(b.map((row) => row.length));
  return a.reduce((worst, row, i) => row.reduce((w, x, t) => Math.max(w, Math.abs(x - b[i][t])), worst), 0);
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => new Error('nothing was thrown'),
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(VideorftError);
  return (error as VideorftError).code;
}

const folder = () => mkdtempSync(join(tmpdir(), 'backend-'));

export function backendConformance(name: string, subject: BackendSubject): void {
  const { prompts, tolerance } = subject;
  const skipIf = (reason: string | undefined) => (reason ? test.skip : test);
  /** The same completions, to the last bit unless the adapter says why not. */
  const expectSame = (got: Completion[][], want: Completion[][]) => {
    if (!subject.lastBits) return expect(got).toEqual(want);
    const plain = (all: Completion[][]) => all.map((group) => group.map(({ logprobs: _, ...rest }) => rest));
    expect(plain(got)).toEqual(plain(want));
    const [a, b] = [got, want].map((all) => all.flat().map((c) => c.logprobs));
    return expect(gapBetween(a, b)).toBeLessThan(tolerance);
  };
  const because = (title: string, reason: string | undefined) => (reason ? `${title} (${reason})` : title);

  describe(`training port: ${name}`, () => {
    let backend: Backend;
    let completions: Completion[][];
    let batch: Sequence[];
    beforeAll(async () => {
      backend = await subject.make();
      completions = await backend.sample(prompts, options);
      batch = sequencesOf(prompts, completions);
    });
    afterAll(() => backend.close());

    test('sampling gives [P][G] completions with a log-probability for every token', () => {
      expect(completions.map((group) => group.length)).toEqual(prompts.map(() => options.numSamples));
      for (const c of completions.flat()) {
        expect(c.tokens.length).toBeGreaterThan(0);
        expect(c.tokens.length).toBeLessThanOrEqual(options.maxTokens);
        expect(c.logprobs.length).toBe(c.tokens.length);
        expect(c.logprobs.every((x) => x <= 0 && Number.isFinite(x))).toBe(true);
        if (c.finish === 'length') expect(c.tokens.length).toBe(options.maxTokens);
      }
    });

    test('a completion that stopped ends in the end-of-turn token, and has no other', async () => {
      const end = backend.tokenize('').at(-1);
      const long = (await backend.sample(prompts, { ...options, numSamples: 6, maxTokens: 200 })).flat();
      const stopped = long.filter((c) => c.finish === 'stop');
      expect(stopped.length).toBeGreaterThan(0);
      for (const c of stopped) {
        expect(c.tokens.at(-1)).toBe(end);
        expect(c.tokens.slice(0, -1)).not.toContain(end);
      }
    });

    test('tokenize ends in one end-of-turn token', () => {
      const tokens = backend.tokenize('A red circle.');
      const end = backend.tokenize('').at(-1);
      expect(tokens.length).toBeGreaterThan(1);
      expect(tokens.at(-1)).toBe(end);
      expect(tokens.filter((t) => t === end)).toHaveLength(1);
    });

    test('the same seed gives the same completions, another seed others', async () => {
      expectSame(await backend.sample(prompts, options), completions);
      const other = await backend.sample(prompts, { ...options, seed: 8 });
      expect(other.flat().map((c) => c.tokens)).not.toEqual(completions.flat().map((c) => c.tokens));
    });

    test("a prompt's completions are its stream's, wherever it stands in the call", async () => {
      const reported = new Set<number>();
      const onToken = (stream: number) => void reported.add(stream);
      const [again, first] = await backend.sample([prompts[2], prompts[0]], { ...options, streams: [2, 0], onToken });
      for (const [group, p] of [[again, 2] as const, [first, 0] as const])
        expect(group.map((c) => c.tokens)).toEqual(completions[p].map((c) => c.tokens));
      expect([...reported].sort()).toEqual([0, 2]);
    });

    test('greedy completions do not depend on the seed and are alike in a group', async () => {
      const greedy = await backend.sample(prompts, { ...options, temperature: 0 });
      const again = await backend.sample(prompts, { ...options, temperature: 0, seed: 99 });
      expectSame(again, greedy);
      for (const group of greedy) for (const c of group) expect(c.tokens).toEqual(group[0].tokens);
    });

    test('tokens and progress are reported, the whole of them', async () => {
      const seen: number[][][] = prompts.map(() => Array.from({ length: options.numSamples }, () => []));
      let done: [number, number] = [0, 0];
      await backend.sample(prompts, {
        ...options,
        onToken: (p, g, token) => void seen[p][g].push(token),
        onProgress: (finished, total) => {
          done = [finished, total];
        },
      });
      expect(seen).toEqual(completions.map((group) => group.map((c) => c.tokens)));
      expect(done).toEqual([prompts.length * options.numSamples, prompts.length * options.numSamples]);
    });

    test('an aborted signal ends sampling', async () => {
      expect(await codeOf(backend.sample(prompts, { ...options, maxTokens: 1, signal: AbortSignal.abort() }))).toBe(
        'aborted',
      );
    });

    test("the sampler's log-probabilities are the trainer's", async () => {
      const sampled = completions.flat().map((c) => c.logprobs);
      expect(gapBetween(await backend.logprobs(batch, 'current', 1), sampled)).toBeLessThan(tolerance);
    });

    test('log-probabilities come in the order of the batch, whatever else is in it', async () => {
      const all = await backend.logprobs(batch, 'current', 1);
      const backwards = await backend.logprobs([...batch].reverse(), 'current', 1);
      expect(gapBetween(all, backwards.reverse())).toBeLessThan(tolerance);
      const [alone] = await backend.logprobs([batch[4]], 'current', 1);
      expect(gapBetween([all[4]], [alone])).toBeLessThan(tolerance);
    });

    skipIf(subject.noTemperature)(because('temperature flattens', subject.noTemperature), async () => {
      const hot = await backend.sample(prompts, { ...options, temperature: 1.7 });
      const hotBatch = sequencesOf(prompts, hot);
      const sampled = hot.flat().map((c) => c.logprobs);
      expect(gapBetween(await backend.logprobs(hotBatch, 'current', 1.7), sampled)).toBeLessThan(tolerance);
      expect(gapBetween(await backend.logprobs(hotBatch, 'current', 1), sampled)).toBeGreaterThan(0.1);
    });

    test('without a reference, asking for it is an error; set, it equals the current weights', async () => {
      const fresh = await subject.make();
      expect(await codeOf(fresh.logprobs(batch, 'reference', 1))).toBe('backend-reference');
      await fresh.setReference();
      const [current, reference] = [
        await fresh.logprobs(batch, 'current', 1),
        await fresh.logprobs(batch, 'reference', 1),
      ];
      expect(gapBetween(current, reference)).toBe(0);
      await fresh.close();
    });

    test('a step moves the current weights and not the reference', async () => {
      const fresh = await subject.make();
      await fresh.setReference();
      const before = await fresh.logprobs(batch, 'current', 1);
      const { logprobs, loss, entropy } = await fresh.forwardBackward(batch, crossEntropy(batch), 1);
      expect(gapBetween(logprobs, before)).toBeLessThan(tolerance);
      expect(Number.isFinite(loss)).toBe(true);
      if (subject.noEntropy) expect(entropy).toBeNaN();
      else expect(entropy).toBeGreaterThan(0);
      expect((await fresh.optimStep(adam)).gradNorm).toBeGreaterThan(0);
      expect(gapBetween(await fresh.logprobs(batch, 'reference', 1), before)).toBe(0);
      expect(gapBetween(await fresh.logprobs(batch, 'current', 1), before)).toBeGreaterThan(1e-3);
      await fresh.close();
    });

    test('loss inputs that do not fit the batch are refused', async () => {
      const { weights } = crossEntropy(batch);
      const wrong: LossInput[] = [
        { kind: 'cross_entropy', weights: weights.slice(1) },
        { kind: 'cross_entropy', weights: weights.map((w, i) => (i === 2 ? new Float32Array(w.length + 1) : w)) },
        { ...grpoLoss(batch), advantages: [1] },
        { ...grpoLoss(batch), oldLogprobs: weights.slice(1) },
        { ...grpoLoss(batch), refLogprobs: weights.map(() => new Float32Array(0)) },
        { ...grpoLoss(batch), importance: weights.slice(1) },
      ];
      for (const loss of wrong) expect(await codeOf(backend.forwardBackward(batch, loss, 1))).toBe('backend-loss');
    });

    skipIf(subject.noGradients)(because('the loss is the weighted sum', subject.noGradients), async () => {
      const fresh = await subject.make();
      const loss = crossEntropy(batch);
      const result = await fresh.forwardBackward(batch, loss, 1);
      const by = (w: Float32Array, i: number) => w.reduce((sum, x, t) => sum - x * result.logprobs[i][t], 0);
      const expected = loss.weights.reduce((sum, w, i) => sum + by(w, i), 0);
      expect(result.loss / expected).toBeCloseTo(1, 5);
      await fresh.close();
    });

    skipIf(subject.noGradients)(
      because('gradients accumulate until the step, and are zero after it', subject.noGradients),
      async () => {
        const still = { ...adam, learningRate: 0, weightDecay: 0 };
        const fresh = await subject.make();
        const norm = async (times: number) => {
          for (let i = 0; i < times; i++) await fresh.forwardBackward(batch, crossEntropy(batch), 1);
          return (await fresh.optimStep(still)).gradNorm;
        };
        const once = await norm(1);
        expect(once).toBeGreaterThan(0);
        expect((await norm(2)) / once).toBeCloseTo(2, 4);
        expect((await norm(1)) / once).toBeCloseTo(1, 5);
        expect(await norm(0)).toBe(0);
        await fresh.close();
      },
    );

    skipIf(subject.noGradients)(because('loading drops what was accumulated', subject.noGradients), async () => {
      const fresh = await subject.make();
      const dir = folder();
      await fresh.save(dir, { optimizer: true });
      await fresh.forwardBackward(batch, crossEntropy(batch), 1);
      await fresh.load(dir, { optimizer: true });
      expect((await fresh.optimStep(adam)).gradNorm).toBe(0);
      await fresh.close();
    });

    test('what is saved comes back bit for bit: weights, optimizer and reference', async () => {
      const [one, two] = [await subject.make(), await subject.make()];
      const step = async (b: Backend) => {
        const { loss } = await b.forwardBackward(batch, crossEntropy(batch), 1);
        return { loss, ...(await b.optimStep(adam)) };
      };
      await step(one);
      await one.setReference();
      await step(one);
      const dir = folder();
      await one.save(dir, { optimizer: true });
      await step(two); // another state, which loading must replace
      await two.load(dir, { optimizer: true });
      for (let round = 0; round < 2; round++) {
        for (const which of ['current', 'reference'] as const)
          expect(await two.logprobs(batch, which, 1)).toEqual(await one.logprobs(batch, which, 1));
        expectSame(await two.sample(prompts, options), await one.sample(prompts, options));
        expect(await step(two)).toEqual(await step(one));
      }
      for (const b of [one, two]) await b.close();
    });

    test('a folder without optimizer state gives weights, and refuses to give more; nothing is half loaded', async () => {
      const [one, two] = [await subject.make(), await subject.make()];
      await one.forwardBackward(batch, crossEntropy(batch), 1);
      await one.optimStep(adam);
      const dir = folder();
      await one.save(dir, { optimizer: false });
      const before = await two.logprobs(batch, 'current', 1);
      expect(await codeOf(two.load(dir, { optimizer: true }))).toBe('backend-state');
      expect(await two.logprobs(batch, 'current', 1)).toEqual(before);
      await two.load(dir, { optimizer: false });
      expect(await two.logprobs(batch, 'current', 1)).toEqual(await one.logprobs(batch, 'current', 1));
      for (const b of [one, two]) await b.close();
    });
  });
}

function grpoLoss(batch: readonly Sequence[]): Extract<LossInput, { kind: 'grpo' }> {
  const { weights } = crossEntropy(batch);
  const advantages = batch.map(() => 1);
  return {
    kind: 'grpo',
    weights,
    advantages,
    oldLogprobs: weights,
    refLogprobs: weights,
    clipLow: 0.2,
    clipHigh: 0.2,
    beta: 0.04,
  };
}
