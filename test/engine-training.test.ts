// Training is a function of its seed: 50 steps of a small transformer, twice, bit for bit; and the loss falls.
import { expect, test } from 'vitest';
import { compile } from '../src/engine/compile.ts';
import { gradients } from '../src/engine/grad.ts';
import { adamw, adamwScalars, scheduleAt, zeroMoments } from '../src/engine/optimizer.ts';
import type { Buffer } from '../src/engine/runtime/ort.ts';
import { initialWeights, sampleIds, transformer } from '../src/engine/transformer.fixture.ts';

const shape = { batch: 4, tokens: 24, width: 48, heads: 4, layers: 2, vocabulary: 61 };
const steps = 50;

async function train(seed: number, recompute: boolean): Promise<{ losses: number[]; memory: Record<string, Buffer> }> {
  const { loss, weights } = transformer(shape, recompute);
  const params = [...weights.values()];
  const options = { weightDecay: 0.01, maxNorm: 1 };
  const { updates, gradNorm } = adamw(params, gradients(loss, params), options);
  const program = await compile({ loss, gradNorm }, updates, { threads: 2 });
  const start = initialWeights(shape, seed);
  const memory = { ...start, ...zeroMoments(start) };
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const lr = 3e-3 * scheduleAt(step, { kind: 'cosine', warmup: 5, total: steps });
    const scalars = adamwScalars(lr, step + 1, options);
    const results = await program.run({ ...memory, ...sampleIds(shape, 1000 * seed + step), 'adamw:scalars': scalars });
    losses.push((results.loss.data as Float32Array)[0]);
  }
  await program.dispose();
  return { losses, memory };
}

const bits = (memory: Record<string, Buffer>) =>
  Object.fromEntries(Object.entries(memory).map(([name, b]) => [name, Buffer.from(b.data.buffer).toString('base64')]));

const plain = train(1, false);

test('the same seed gives the same losses, weights and moments, bit for bit; another seed does not', async () => {
  const [first, second, other] = [await plain, await train(1, false), await train(2, false)];
  expect(second.losses).toEqual(first.losses);
  expect(bits(second.memory)).toEqual(bits(first.memory));
  expect(other.losses).not.toEqual(first.losses);
  expect(first.losses[0]).toBeGreaterThan(3);
  expect(first.losses[steps - 1]).toBeLessThan(0.5 * first.losses[0]);
});

test('with recomputation too, along the same curve', async () => {
  const [without, first, second] = [await plain, await train(1, true), await train(1, true)];
  expect(bits(second.memory)).toEqual(bits(first.memory));
  for (const [i, loss] of first.losses.slice(0, 10).entries()) expect(loss).toBeCloseTo(without.losses[i], 3);
});
