// The SFT loop over a backend that records calls: what it asks for, in which order, and what it does with samples that fail.
import { describe, expect, test } from 'vitest';
import type { ScriptedCall } from '../backends/scripted.ts';
import { ScriptedBackend } from '../backends/scripted.ts';
import { recordingSink, textLoader, textSamples } from './loop.fixture.ts';
import { type SftConfig, sftSteps, trainSft } from './sft.ts';
import { readGuard } from './source.ts';

const config: SftConfig = {
  batchSize: 4,
  epochs: 2,
  learningRate: 0.1,
  schedule: 'linear',
  warmupSteps: 2,
  weightDecay: 0.01,
  maxGradNorm: 5,
  saveEvery: 2,
  seed: 3,
};
const samples = textSamples(10);
type Pass = Extract<ScriptedCall, { verb: 'forwardBackward' }>;
const passes = (b: ScriptedBackend) => b.calls.filter((c): c is Pass => c.verb === 'forwardBackward');

async function run(c: SftConfig = config, load = textLoader(), resumed: Parameters<typeof trainSft>[5] = {}) {
  const backend = new ScriptedBackend();
  const sink = recordingSink();
  const result = await trainSft(backend, samples, load, c, sink, resumed);
  return { backend, sink, result };
}

describe('SFT over a scripted backend', () => {
  test('the order of calls: one pass and one step a batch, a checkpoint every second step and at the end', async () => {
    const { backend, sink, result } = await run();
    expect(result).toEqual({ steps: 5, setAside: [] });
    const step = ['forwardBackward', 'optimStep'];
    expect(backend.verbs()).toEqual([...step, ...step, 'save', ...step, ...step, 'save', ...step, 'save']);
    expect([...sink.checkpoints.keys()]).toEqual([2, 4, 5]);
    expect(sink.rows.map((r) => r.step)).toEqual([0, 1, 2, 3, 4]);
    expect(sink.rows[1]).toMatchObject({ loss: 0.5, entropy: 1, gradNorm: 1, sequences: 4 });
    for (const call of backend.calls) if (call.verb === 'save') expect(call.optimizer).toBe(true);
  });

  test('targets are reasoning, a line break, the answer and the end of turn; weights are one over the tokens', async () => {
    const { backend } = await run();
    for (const { prompts, tokens, loss, temperature } of passes(backend)) {
      expect(temperature).toBe(1);
      expect(loss.kind).toBe('cross_entropy');
      prompts.forEach((id, i) => {
        const { process, solution } = samples[Number(id)];
        expect(tokens[i]).toEqual(backend.tokenize(`${process}\n${solution}`));
        expect(loss.weights[i].length).toBe(tokens[i].length);
      });
      const all = loss.weights.flatMap((w) => [...w]);
      expect(new Set(all)).toEqual(new Set([Math.fround(1 / all.length)]));
    }
  });

  test('every sample once an epoch; the schedule reaches the optimizer', async () => {
    const { backend } = await run();
    const seen = passes(backend).flatMap((c) => c.prompts);
    expect(seen.slice(0, 10).sort()).toEqual(samples.map((s) => String(s.problem_id)).sort());
    const rates = backend.calls.flatMap((c) => (c.verb === 'optimStep' ? [c.params.learningRate] : []));
    expect(rates.map((r) => Number(r.toFixed(6)))).toEqual([0.05, 0.1, 0.1, 0.066667, 0.033333]);
    const [params] = backend.calls.flatMap((c) => (c.verb === 'optimStep' ? [c.params] : []));
    expect(params).toMatchObject({ beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.01, maxGradNorm: 5 });
  });

  test('from step k on, the calls are those of an uninterrupted run', async () => {
    const whole = await run();
    for (const k of [2, 3, 4]) {
      const rest = await run(config, textLoader(), { startStep: k });
      expect(passes(rest.backend)).toEqual(passes(whole.backend).slice(k));
      expect(rest.sink.rows.map(({ step, learningRate }) => [step, learningRate])).toEqual(
        whole.sink.rows.slice(k).map(({ step, learningRate }) => [step, learningRate]),
      );
    }
  });

  test('a sample that cannot be loaded is counted and never trained on; a resumed run knows it', async () => {
    const load = textLoader([6]);
    const { backend, sink, result } = await run(config, load);
    expect(result.setAside).toEqual([
      { id: '6', path: 'clips/6.mp4', reason: expect.stringContaining('media-decode') },
    ]);
    expect(passes(backend).flatMap((c) => c.prompts)).not.toContain('6');
    expect(passes(backend).flatMap((c) => c.prompts)).toHaveLength(18);
    expect(load.loaded.filter((id) => id === '6')).toHaveLength(1);
    for (const { loss } of passes(backend))
      expect(loss.weights.flatMap((w) => [...w]).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
    const again = textLoader([6]);
    const guard = await readGuard(sink.checkpoints.get(4) as string);
    const rest = await run(config, again, { startStep: 4, guard });
    expect(again.loaded).not.toContain('6');
    expect(rest.result.setAside).toEqual(result.setAside);
  });

  test('past a tenth of the samples the run stops; with none left in a batch as well', async () => {
    const many = { ...config, epochs: 4 };
    await expect(run(many, textLoader([1, 2, 3]))).rejects.toMatchObject({ code: 'train-too-many-bad' });
    const all = samples.map((s) => Number(s.problem_id));
    await expect(run(config, textLoader(all))).rejects.toMatchObject({ code: 'train-empty-batch' });
  });

  test('an abort saves what is done and ends', async () => {
    const controller = new AbortController();
    const sink = recordingSink();
    const onStep = (done: number) => void (done === 3 && controller.abort());
    const hooks = { signal: controller.signal, onStep };
    const backend = new ScriptedBackend();
    const promise = trainSft(backend, samples, textLoader(), config, sink, hooks);
    await expect(promise).rejects.toMatchObject({ code: 'aborted' });
    expect([...sink.checkpoints.keys()]).toEqual([2, 3]);
    expect(passes(backend)).toHaveLength(3);
  });

  test('nothing to train on, and thinking without a chain of thought, are refused', async () => {
    const sink = recordingSink();
    const nothing = trainSft(new ScriptedBackend(), [], textLoader(), config, sink);
    await expect(nothing).rejects.toMatchObject({ code: 'train-empty' });
    const bare = samples.map(({ process, ...rest }) => rest);
    const direct = trainSft(new ScriptedBackend(), bare, textLoader(), config, sink);
    await expect(direct).rejects.toMatchObject({ code: 'sample-no-process' });
  });

  test('steps cover the epochs', () => {
    expect(sftSteps(10, { batchSize: 4, epochs: 2 })).toBe(5);
    expect(sftSteps(1, { batchSize: 4, epochs: 1 })).toBe(1);
    expect(sftSteps(9, { batchSize: 4, epochs: 1 })).toBe(3);
  });
});
