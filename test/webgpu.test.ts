// What the engine promises on the cpu, on a GPU: every operation and its gradient, training in place, generation. Skipped where no GPU can
// be reached, where src/engine/compile.test.ts checks the refusal. `npx vitest run --project fast test/webgpu.test.ts` on a machine with one.
import { describe, expect, test } from 'vitest';
import { EmbeddedBackend } from '../src/backends/embedded/index.ts';
import { VideorftError } from '../src/base/errors.ts';
import { compile, type Device } from '../src/engine/index.ts';
import { input, neg } from '../src/engine/ops.ts';
import { compositions, pointwise } from '../src/engine/proofs/pointwise.fixture.ts';
import { layers, reducing } from '../src/engine/proofs/reducing.fixture.ts';
import { shaping } from '../src/engine/proofs/shaping.fixture.ts';
import { shortcuts } from '../src/engine/proofs/shortcuts.fixture.ts';
import { proveOperation } from '../src/engine/testing.fixture.ts';
import { tokenMeanWeights } from '../src/train/objective.ts';
import { tinyAdam, tinyModel, tinyPrompts, tinySequences } from './support/tiny-model.ts';

async function isThere(device: Device): Promise<boolean> {
  try {
    await (await compile({ y: neg(input('x', [1])) }, [], { device })).dispose();
    return true;
  } catch (error) {
    if (error instanceof VideorftError && error.code === 'engine-device') return false;
    throw error;
  }
}

const all = { ...pointwise, ...reducing, ...shaping };
const proofs = [...Object.values(all).flat(), ...compositions, ...layers, ...shortcuts];

/** Five steps on random rows, then greedy completions. */
async function train(device: Device) {
  const model = tinyModel();
  const start = Object.values(model.weights).map((w) => (w.data as Float32Array).slice());
  const backend = new EmbeddedBackend(model, { device });
  const prompts = tinyPrompts(4);
  const lengths = [3, 17, 9, 30];
  const batch = tinySequences(prompts, lengths);
  const losses: number[] = [];
  for (let step = 0; step < 5; step++) {
    losses.push(
      (await backend.forwardBackward(batch, { kind: 'cross_entropy', weights: tokenMeanWeights(lengths) }, 1)).loss,
    );
    await backend.optimStep(tinyAdam);
  }
  const greedy = { numSamples: 2, maxTokens: 20, temperature: 0, topP: 1, seed: 0 };
  const completions = (await backend.sample(prompts, greedy)).flat().map(({ tokens }) => tokens);
  await backend.close();
  const moved = Object.values(model.weights).map((w, i) => (w.data as Float32Array).map((x, j) => x - start[i][j]));
  return { losses, completions, moved };
}

const norm = (rows: readonly Float32Array[]) =>
  Math.sqrt(rows.reduce((n, r) => n + r.reduce((a, x) => a + x * x, 0), 0));

const there = await isThere('webgpu');

describe.runIf(there)(there ? 'webgpu' : 'webgpu (skipped: no GPU can be reached)', () => {
  test('every operation and its gradient', async () => {
    const wrong: string[] = [];
    for (const proof of proofs) {
      // Devices round sines and the like more roughly than a CPU.
      const { forwardBar = 0, gradientBar = 0 } = proof;
      const bars = { forwardBar: Math.max(1e-4, forwardBar), gradientBar: Math.max(1e-4, gradientBar) };
      await proveOperation({ ...proof, ...bars }, { device: 'webgpu' }).catch((e: Error) => wrong.push(e.message));
    }
    expect(wrong).toEqual([]);
  });

  test('trains in place and writes as the cpu does', async () => {
    const [cpu, gpu] = [await train('cpu'), await train('webgpu')];
    for (const [i, loss] of cpu.losses.entries()) expect(gpu.losses[i]).toBeCloseTo(loss, 3);
    const apart = cpu.moved.map((row, i) => row.map((x, j) => x - gpu.moved[i][j]));
    expect(norm(cpu.moved)).toBeGreaterThan(0.1);
    expect(norm(apart) / norm(cpu.moved)).toBeLessThan(1e-3);
    expect(gpu.completions).toEqual(cpu.completions);
  });
});
