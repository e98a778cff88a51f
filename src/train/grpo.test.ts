// The GRPO loop over a backend that records calls: what it asks for, in which order, and what it does with samples that fail.
import { describe, expect, test } from 'vitest';
import type { Completion } from '../backends/port.ts';
import { ScriptedBackend, type ScriptedCall } from '../backends/scripted.ts';
import { VideorftError } from '../base/errors.ts';
import { createRewardScorer, type RewardScorer } from '../rewards/index.ts';
import { type GrpoConfig, trainGrpo } from './grpo.ts';
import { grpoFixture, recordingSink, textLoader, textSamples } from './loop.fixture.ts';
import { groupAdvantages } from './objective.ts';
import { readGuard } from './source.ts';

const config: GrpoConfig = grpoFixture;
const samples = textSamples(12);
const accuracyOnly = () => createRewardScorer(undefined, { parts: { semantic: false } });
type Call<V> = Extract<ScriptedCall, { verb: V }>;
const only = <V extends ScriptedCall['verb']>(b: ScriptedBackend, verb: V) =>
  b.calls.filter((c): c is Call<V> => c.verb === verb);

interface Options {
  readonly load?: ReturnType<typeof textLoader>;
  readonly scorer?: RewardScorer;
  readonly hooks?: Parameters<typeof trainGrpo>[6];
  readonly backend?: ScriptedBackend;
}

async function run(changes: Partial<GrpoConfig> = {}, options: Options = {}) {
  const { load = textLoader(), scorer = accuracyOnly(), hooks = {}, backend = new ScriptedBackend() } = options;
  if (!hooks.startStep) await backend.setReference();
  const sink = recordingSink();
  const result = await trainGrpo(backend, samples, load, scorer, { ...config, ...changes }, sink, hooks);
  return { backend, sink, result };
}

/** A scorer that cannot score the sample with this id. */
function failing(id: number): RewardScorer {
  const real = accuracyOnly();
  return {
    async scoreBatch(groups) {
      const results = await real.scoreBatch(groups);
      const error = new VideorftError('no truth', { code: 'truth' });
      return results.map((r, i) => (groups[i].sample.problem_id === id ? { ok: false, error } : r));
    },
  };
}

describe('GRPO over a scripted backend', () => {
  test('the order of calls, checkpoints and rollouts', async () => {
    const { backend, sink, result } = await run();
    const step = ['sample', 'logprobs', 'forwardBackward', 'optimStep'];
    const expected = ['setReference', 'save', ...step, ...step, 'save', ...step, ...step, 'save'];
    expect(backend.verbs()).toEqual(expected);
    expect([...sink.checkpoints.keys()]).toEqual([0, 2, 4]);
    expect(sink.rows.map((r) => r.step)).toEqual([0, 1, 2, 3]);
    expect(sink.rolloutSteps).toEqual([0, 3]);
    expect(result).toEqual({ steps: 4, setAside: [] });
  });

  test('sampling: every question once, the group size, a seed of its own for every step', async () => {
    const { backend } = await run();
    const calls = only(backend, 'sample');
    expect(new Set(calls.flatMap((c) => c.prompts)).size).toBe(12);
    const { groupSize: numSamples, maxTokens, temperature, topP } = config;
    for (const c of calls) expect(c.options).toMatchObject({ numSamples, maxTokens, temperature, topP });
    expect(new Set(calls.map((c) => c.options.seed)).size).toBe(4);
  });

  test('the loss: old and reference log-probabilities, advantages within the group, each sequence 1/(P·G)', async () => {
    const { backend, sink } = await run();
    only(backend, 'forwardBackward').forEach((call, s) => {
      const { loss, prompts, tokens } = call;
      if (loss.kind !== 'grpo') throw new Error('not GRPO');
      expect(call.temperature).toBe(config.temperature);
      expect(prompts).toHaveLength(12);
      for (const [i, w] of loss.weights.entries()) {
        expect(w.reduce((a, b) => a + b, 0)).toBeCloseTo(1 / 12, 6);
        expect(w[0]).toBeCloseTo(1 / (12 * tokens[i].length), 8);
      }
      for (let p = 0; p < 3; p++) {
        const of = tokens.slice(4 * p, 4 * p + 4).map((t) => String.fromCodePoint(...t.slice(0, -1)));
        const answer = 'ABCD'[Number(prompts[4 * p]) % 4];
        const rewards = of.map((text) => 1 + (text.includes(`<answer>${answer}`) ? 1 : 0));
        expect(loss.advantages.slice(4 * p, 4 * p + 4)).toEqual(groupAdvantages(rewards));
      }
      // The script lowers every log-probability by 0.01 a step: the sampler is at step s, the reference at 0.
      const gap = loss.refLogprobs[0][0] - loss.oldLogprobs[0][0];
      expect(gap).toBeCloseTo(0.01 * s, 5);
      expect(loss).toMatchObject({ clipLow: 0.2, clipHigh: 0.28, beta: 0.04 });
    });
    expect(sink.rows[0]).toMatchObject({
      kl: 0,
      clipFraction: 0,
      logprobGap: 0,
      questions: 3,
      setAside: 0,
      truncated: 0,
    });
    expect(sink.rows[2].kl).toBeGreaterThan(0);
  });

  test('several updates of one batch keep the old log-probabilities; without β nobody asks the reference', async () => {
    const { backend } = await run({ updatesPerBatch: 3, beta: 0, steps: 1 });
    expect(backend.verbs().slice(2)).toEqual([
      'sample',
      ...Array(3).fill(['forwardBackward', 'optimStep']).flat(),
      'save',
    ]);
    const losses = only(backend, 'forwardBackward').map((c) => c.loss);
    expect(losses[1]).toEqual(losses[0]);
    expect(losses[2]).toEqual(losses[0]);
    await expect(run({ updatesPerBatch: 0 })).rejects.toMatchObject({ code: 'train-updates' });
  });

  test('a sampler elsewhere: the ratio is to the own log-probabilities, the gap to the sampler is corrected, its version recorded', async () => {
    const backend = new ScriptedBackend();
    const sample = backend.sample.bind(backend);
    const far = (c: Completion) => ({ ...c, logprobs: c.logprobs.map((x) => x - Math.log(4)), version: 7 });
    backend.sample = async (...asked) => (await sample(...asked)).map((group) => group.map(far));
    const { sink } = await run({ steps: 1, importanceCap: 3 }, { backend });
    expect(backend.verbs().slice(2, -1)).toEqual(['sample', 'logprobs', 'logprobs', 'forwardBackward', 'optimStep']);
    expect(only(backend, 'logprobs').map((c) => c.weights)).toEqual(['current', 'reference']);
    const [{ loss }] = only(backend, 'forwardBackward');
    if (loss.kind !== 'grpo') throw new Error('not GRPO');
    expect(loss.oldLogprobs).toEqual(loss.refLogprobs); // before the first step
    expect(new Set(loss.importance?.flatMap((row) => [...row]))).toEqual(new Set([3]));
    expect(sink.rows[0]).toMatchObject({ importance: 3, importanceTruncated: 1, samplerVersion: 7, clipFraction: 0 });
    expect(sink.rows[0].logprobGapMean).toBeCloseTo(Math.log(4), 5);
    expect(sink.rolloutRows[0]).toMatchObject({ completions: [{ version: 7 }, {}, {}, {}] });
  });

  test.each([
    ['rollouts-down', true],
    ['rollouts-stale', true],
    ['aborted', true],
    ['tinker-down', false],
  ])('a sampler that fails with %s: the state before the step is left as a checkpoint: %s', async (code, saved) => {
    const backend = new ScriptedBackend();
    const sample = backend.sample.bind(backend);
    let calls = 0;
    backend.sample = async (...asked) => {
      if (calls++ === 3) throw new VideorftError('gone', { code });
      return sample(...asked);
    };
    await backend.setReference();
    const sink = recordingSink();
    const promise = trainGrpo(backend, samples, textLoader(), accuracyOnly(), config, sink);
    await expect(promise).rejects.toMatchObject({ code });
    expect([...sink.checkpoints.keys()]).toEqual(saved ? [0, 2, 3] : [0, 2]);
  });

  test('from a checkpoint on, calls and metrics are those of an uninterrupted run', async () => {
    const whole = await run();
    for (const k of [2, 4]) {
      const backend = new ScriptedBackend();
      await backend.load(whole.sink.checkpoints.get(k) as string, { optimizer: true });
      const rest = await run({}, { backend, hooks: { startStep: k } });
      const at = whole.backend.calls.indexOf(only(whole.backend, 'sample')[k]);
      expect(rest.backend.calls.slice(1)).toEqual(at < 0 ? [] : whole.backend.calls.slice(at));
      expect(rest.sink.rows).toEqual(whole.sink.rows.slice(k));
    }
  });

  test('a sample whose reward cannot be computed is set aside: not trained on, not scored 0, not sampled again', async () => {
    const scorer = failing(7);
    const { backend, sink, result } = await run({ steps: 8 }, { scorer });
    expect(result.setAside.map((s) => s.id)).toEqual(['7']);
    expect(
      only(backend, 'sample')
        .flatMap((c) => c.prompts)
        .filter((id) => id === '7'),
    ).toHaveLength(1);
    for (const { prompts, loss } of only(backend, 'forwardBackward')) {
      expect(prompts).not.toContain('7');
      expect(loss.weights.flatMap((w) => [...w]).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
    }
    expect(sink.rows.map((r) => r.questions).sort()).toEqual([2, 2, 3, 3, 3, 3, 3, 3]);
    expect(sink.rows.at(-1)?.setAside).toBe(1);
    // A run resumed after it was found does not meet it again, so its calls stay those of the uninterrupted one.
    const guard = await readGuard(sink.checkpoints.get(4) as string);
    expect(guard?.setAside.map((s) => s.id)).toEqual(['7']);
    const again = new ScriptedBackend();
    await again.load(sink.checkpoints.get(4) as string, { optimizer: true });
    const rest = await run({ steps: 8 }, { backend: again, scorer, hooks: { startStep: 4, guard } });
    expect(rest.sink.rows).toEqual(sink.rows.slice(4));
    expect(only(again, 'sample')).toEqual(only(backend, 'sample').slice(4));
  });

  test('past the limit the run stops, and so it does when a whole step is unusable', async () => {
    const many = run({ steps: 40 }, { load: textLoader([0, 1, 2, 3]) });
    await expect(many).rejects.toMatchObject({ code: 'train-too-many-bad' });
    const nothing = run({ questions: 1, steps: 12 }, { scorer: failing(7) });
    await expect(nothing).rejects.toMatchObject({ code: 'train-empty-batch' });
    const all = samples.map((s) => Number(s.problem_id));
    await expect(run({}, { load: textLoader(all) })).rejects.toMatchObject({ code: 'train-empty-batch' });
    const empty = trainGrpo(new ScriptedBackend(), [], textLoader(), accuracyOnly(), config, recordingSink());
    await expect(empty).rejects.toMatchObject({ code: 'train-empty' });
  });

  test('a group without variance has advantage 0 and is counted', async () => {
    const flat = new ScriptedBackend({ completion: () => 'no tags at all' });
    const { sink } = await run({ steps: 1 }, { backend: flat });
    for (const { loss } of only(flat, 'forwardBackward'))
      if (loss.kind === 'grpo') expect(new Set(loss.advantages)).toEqual(new Set([0]));
    expect(sink.rows[0]).toMatchObject({ flatGroups: 1, reward: 0, format: 0, accuracy: 0 });
  });

  test('an abort saves what is done and ends', async () => {
    const controller = new AbortController();
    const sink = recordingSink();
    const onStep = (done: number) => void (done === 3 && controller.abort());
    const backend = new ScriptedBackend();
    await backend.setReference();
    const hooks = { signal: controller.signal, onStep };
    const promise = trainGrpo(backend, samples, textLoader(), accuracyOnly(), config, sink, hooks);
    await expect(promise).rejects.toMatchObject({ code: 'aborted' });
    expect([...sink.checkpoints.keys()]).toEqual([0, 2, 3]);
    expect(only(backend, 'optimStep')).toHaveLength(3);
  });
});
