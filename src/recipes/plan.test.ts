// The plan of a training: its numbers are the tensors' and the graph's, a sample that cannot be loaded is passed over, what does not fit is refused.
import { afterEach, expect, test, vi } from 'vitest';
import { tinyModel, tinyPrompt, tinySample } from '../../test/support/tiny-model.ts';
import { EmbeddedBackend } from '../backends/embedded/index.ts';
import { VideorftError } from '../base/errors.ts';
import type { Sample } from '../data/sample.ts';
import { loraSchema } from '../models/index.ts';
import { type Outline, planTraining } from './plan.ts';

const samples = Array.from({ length: 6 }, (_, i) => tinySample(i));
const load = async (sample: Sample) => {
  if (sample.problem_id === 0) throw new VideorftError('gone', { code: 'media-missing' });
  return tinyPrompt(sample);
};
const outline: Outline = { kind: 'grpo', steps: 7, sequences: 8, perPrompt: 4, completionTokens: () => 12 };
const lora = loraSchema.parse({ rank: 2 });

afterEach(() => vi.restoreAllMocks());

const bytes = (weights: object) => Object.values(weights).reduce((n, w) => n + w.data.byteLength, 0);
const megabytes = (n: number) => `${Math.ceil(n / 1e6)} MB`;

test('weights and what trains them are counted from the tensors, the pass from the graph', async () => {
  const model = tinyModel();
  const backend = new EmbeddedBackend(model);
  const text = await planTraining(backend, samples, load, outline);
  expect(text).toMatch(
    /^plan: 6 samples, \d+( to \d+)? tokens of prompt and up to 12 of completion in the first; 7 steps of 8\n/,
  );
  const [, weights, trained, pass] =
    /memory: (.*) of weights, and (.*) to train them \+ (.*) for a pass/.exec(text ?? '') ?? [];
  expect(weights).toBe(megabytes(bytes(model.weights)));
  expect(trained).toBe(megabytes(4 * bytes(model.weights)));
  const prompt = tinyPrompt(samples[1]);
  const passOf = (rows: number, length: number) =>
    backend.plan(
      Array.from({ length: rows }, () => ({ prompt, tokens: new Array<number>(length).fill(0) })),
      'grpo',
      { reference: true },
    ).pass;
  expect(pass).toMatch(/^\d+ MB$/);
  // A pass of 16 rows at most: twice as many rows need more, up to there; longer ones need more.
  expect(passOf(16, 12)).toBeGreaterThan(1.5 * passOf(8, 12));
  expect(passOf(64, 12)).toBe(passOf(16, 12));
  expect(passOf(8, 96)).toBeGreaterThan(2 * passOf(8, 12));
  await backend.close();
});

test('an adapter needs less of both', async () => {
  const plan = async (model: ReturnType<typeof tinyModel>) => {
    const backend = new EmbeddedBackend(model);
    const prompt = tinyPrompt(samples[1]);
    const batch = Array.from({ length: 4 }, () => ({ prompt, tokens: new Array<number>(12).fill(0) }));
    const found = backend.plan(batch, 'cross_entropy', { reference: false });
    await backend.close();
    return found;
  };
  const [whole, adapter] = [await plan(tinyModel()), await plan(tinyModel({ lora }))];
  expect(adapter.trained).toBeLessThan(whole.trained / 5);
  expect(adapter.pass).toBeLessThan(whole.pass);
  expect(adapter.weights).toBeGreaterThan(whole.weights);
});

test('what is larger than the free memory is refused with the plan and four ways out', async () => {
  vi.spyOn(process, 'availableMemory').mockReturnValue(1e5);
  const backend = new EmbeddedBackend(tinyModel());
  const refused = planTraining(backend, samples, load, outline);
  await expect(refused).rejects.toMatchObject({
    code: 'train-memory',
    message: expect.stringMatching(/^this training does not fit\. plan: .*; memory: .* of 1 MB free$/),
    fix: expect.stringMatching(/lora\.rank.*dtype f16.*max-rows/),
  });
  await backend.close();
});

test('without a sample that can be loaded there is no plan: the loop says why', async () => {
  const backend = new EmbeddedBackend(tinyModel());
  expect(await planTraining(backend, [samples[0]], load, outline)).toBeUndefined();
  await expect(planTraining(backend, samples, () => Promise.reject(new TypeError('a bug')), outline)).rejects.toThrow(
    'a bug',
  );
  await backend.close();
});
