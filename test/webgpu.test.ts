// What the engine promises on the cpu, on a GPU: every operation and its gradient, training in place and resumed, generation, nothing computed
// or copied in between. Skipped where no GPU can be reached; test/long/webgpu.test.ts runs it on a driver that needs none.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { EmbeddedBackend } from '../src/backends/embedded/index.ts';
import {
  add,
  compile,
  createBuffer,
  type Device,
  hostCopies,
  input,
  release,
  type SessionOptions,
} from '../src/engine/index.ts';
import { allProofs } from '../src/engine/proofs/all.fixture.ts';
import { proveOperation } from '../src/engine/testing.fixture.ts';
import { tokenMeanWeights } from '../src/train/objective.ts';
import { canCompute } from './support/device.ts';
import { tinyAdam, tinyModel, tinyPrompts, tinySequences } from './support/tiny-model.ts';

/** What Vulkan promises of a sine; everything else is far closer. */
const SINE_BAR = 2 ** -11;
const LENGTHS = [3, 17, 9, 30];
const prompts = tinyPrompts(4);
const batch = tinySequences(prompts, LENGTHS);
const greedy = { numSamples: 2, maxTokens: 20, temperature: 0, topP: 1, seed: 0 };

function open(options: SessionOptions) {
  const model = tinyModel();
  return { model, backend: new EmbeddedBackend(model, options) };
}

async function step(backend: EmbeddedBackend): Promise<number> {
  const weights = tokenMeanWeights(LENGTHS);
  const { loss } = await backend.forwardBackward(batch, { kind: 'cross_entropy', weights }, 1);
  await backend.optimStep(tinyAdam);
  return loss;
}

const valuesOf = ({ weights }: ReturnType<typeof tinyModel>) =>
  Object.values(weights).map((w) => (w.data as Float32Array).slice());
const apart = (a: readonly Float32Array[], b: readonly Float32Array[]) =>
  a.map((row, i) => row.map((x, j) => x - b[i][j]));
const norm = (rows: readonly Float32Array[]) =>
  Math.sqrt(rows.reduce((n, r) => n + r.reduce((a, x) => a + x * x, 0), 0));

/** Greedy completions, then five steps on random rows. */
async function train(device: Device) {
  const { model, backend } = open({ device });
  const start = valuesOf(model);
  const completions = (await backend.sample(prompts, greedy)).flat().map(({ tokens }) => tokens);
  const losses: number[] = [];
  for (let i = 0; i < 5; i++) losses.push(await step(backend));
  await backend.close();
  return { losses, completions, moved: apart(valuesOf(model), start) };
}

interface TraceEvent {
  readonly cat: string;
  readonly name: string;
  readonly args?: { readonly provider?: string; readonly op_name?: string };
}

/** Kernels in the traces of a folder. */
async function kernels(dir: string): Promise<string[]> {
  const out: string[] = [];
  for (const file of await readdir(dir)) {
    const events = JSON.parse(await readFile(join(dir, file), 'utf8')) as TraceEvent[];
    const ran = events.filter((e) => e.cat === 'Node' && e.name.endsWith('_kernel_time'));
    out.push(...ran.map(({ args }) => `${args?.op_name} on ${args?.provider}`));
  }
  return out;
}

const there = await canCompute('webgpu');

describe.runIf(there)(there ? 'webgpu' : 'webgpu (skipped: no GPU can be reached)', () => {
  test('every operation and its gradient', async () => {
    const wrong: string[] = [];
    for (const proof of allProofs) {
      const { forwardBar = 0, gradientBar = 0 } = proof;
      const bar = /^(sin|cos)\b/.test(proof.name) ? SINE_BAR : 1e-4;
      const bars = { forwardBar: Math.max(bar, forwardBar), gradientBar: Math.max(bar, gradientBar) };
      await proveOperation({ ...proof, ...bars }, { device: 'webgpu' }).catch((e: Error) => wrong.push(e.message));
    }
    // f16 is an extension of WebGPU that a device may lack.
    expect(wrong.filter((message) => !message.includes('the GPU cannot compute with f16'))).toEqual([]);
    expect(wrong.length).toBeLessThanOrEqual(1);
  });

  test('generates, trains in place and writes as the cpu does', async () => {
    const [cpu, gpu] = [await train('cpu'), await train('webgpu')];
    expect(gpu.completions).toEqual(cpu.completions);
    for (const [i, loss] of cpu.losses.entries()) expect(gpu.losses[i]).toBeCloseTo(loss, 3);
    expect(norm(cpu.moved)).toBeGreaterThan(0.1);
    // AdamW moves weights of next to no gradient by its sign, so rounding shows.
    expect(norm(apart(cpu.moved, gpu.moved)) / norm(cpu.moved)).toBeLessThan(1e-3);
  });

  test('goes on from a checkpoint as if nothing had been', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'webgpu-'));
    const [one, other] = [open({ device: 'webgpu' }), open({ device: 'webgpu' })];
    for (let i = 0; i < 2; i++) await step(one.backend);
    await one.backend.save(dir, { optimizer: true });
    await step(other.backend); // to be replaced
    await other.backend.load(dir, { optimizer: true });
    const losses = [await step(one.backend), await step(other.backend)];
    expect(losses[1]).toBeCloseTo(losses[0], 5);
    for (const { backend } of [one, other]) await backend.close();
    const [a, b] = [one, other].map(({ model }) => valuesOf(model));
    expect(norm(apart(a, b)) / norm(a)).toBeLessThan(1e-5);
    await rm(dir, { recursive: true });
  });

  test('values outlive the program that computed them', async () => {
    const x = input('x', [4096]);
    const adding = (y: number) => compile({}, [{ target: x, value: add(x, y) }], { device: 'webgpu' });
    for (let i = 0; i < 30; i++) {
      const buffer = createBuffer('f32', [4096]);
      const first = await adding(1);
      await first.run({ x: buffer });
      await first.dispose();
      const others = [await adding(2), await adding(3), await adding(4)]; // where the first was in memory, if it is gone
      await others[0].run({ x: buffer });
      expect((await hostCopies({ buffer })).buffer.data[4095]).toBe(3);
      for (const program of others) await program.dispose();
      release([buffer]);
    }
  });

  test('nothing of training, scoring and decoding runs on the cpu or is copied within a program', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'webgpu-'));
    const { backend } = open({ device: 'webgpu', profile: join(dir, 'trace') });
    await step(backend);
    await backend.logprobs(batch, 'current', 1);
    await backend.sample(prompts, { ...greedy, maxTokens: 3 });
    await backend.close();
    const ran = await kernels(dir);
    expect(ran.length).toBeGreaterThan(1000);
    expect(ran.filter((kernel) => kernel.startsWith('Memcpy') || !kernel.endsWith('WebGpuExecutionProvider'))).toEqual(
      [],
    );
    await rm(dir, { recursive: true });
  });
});
