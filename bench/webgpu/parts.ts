// The parts of the bench of a GPU: what each measures, as rows that compare webgpu (ours) with the cpu (peer). Run by worker.ts, a process
// each. Leaves out: who runs them (index.ts), the weights of 3B (large.ts), kernels alone (kernels.ts).

import { type Device, traffic } from '../../src/engine/index.ts';
import { allProofs } from '../../src/engine/proofs/all.fixture.ts';
import { proveOperation } from '../../src/engine/testing.fixture.ts';
import { prepareGenerate, prepareSft } from '../engine/prepare.ts';
import { readShapes, type SizeName } from '../engine/shapes.ts';
import { withFolder } from '../engine/sides.ts';
import { openGenerate } from '../engine/work-generate.ts';
import { openSft } from '../engine/work-sft.ts';
import { rowOf, type TableRow, valueRow } from '../harness/rows.ts';
import { summarize } from '../harness/timing.ts';
import { gpuTime } from './gpu-time.ts';
import { copies, linearKernels } from './kernels.ts';
import { decodeLarge } from './large.ts';

const shapes = readShapes();
const MB = 1e6;

/** All proofs of operations and gradients; those that fail are named. */
async function proofs(): Promise<TableRow[]> {
  const failed: string[] = [];
  let [worst, name] = [0, ''];
  for (const proof of allProofs) {
    const { forwardBar = 0, gradientBar = 0 } = proof;
    const bars = { forwardBar: Math.max(1e-4, forwardBar), gradientBar: Math.max(1e-4, gradientBar) };
    try {
      const { forward, gradients } = await proveOperation({ ...proof, ...bars }, { device: 'webgpu' });
      const most = Math.max(forward, ...Object.values(gradients));
      if (most > worst && most < 1e-3) [worst, name] = [most, proof.name];
    } catch (error) {
      failed.push((error as Error).message.split('\n')[0]);
    }
  }
  const passed = allProofs.length - failed.length;
  return [
    valueRow({ what: `proofs that hold, of ${allProofs.length}`, ours: passed, unit: '', note: failed.join('; ') }),
    valueRow({ what: 'worst error of those', ours: worst, unit: 'relative', note: name }),
  ];
}

interface Timed {
  readonly seconds: number;
  readonly first: number;
  readonly losses: readonly number[];
  readonly sent: number;
  readonly received: number;
}

/** Steps through the training port; the first compiles and is not counted. */
async function sftSteps(dir: string, device: Device, steps: number): Promise<Timed> {
  const work = await openSft({ dir, threads: 0, optimizer: shapes.optimizer, variant: 'port' }, { device });
  const { seconds: first, loss } = await work.step();
  const [losses, times] = [[loss], [] as number[]];
  const before = { ...traffic };
  for (let i = 0; i < steps; i++) {
    const step = await work.step();
    losses.push(step.loss);
    times.push(step.seconds);
  }
  const [sent, received] = [traffic.sent - before.sent, traffic.received - before.received];
  await work.close();
  return { first, losses, seconds: summarize(times).median, sent: sent / steps, received: received / steps };
}

const gpuStep = (what: string, { seconds, first }: Timed) => [
  valueRow({ what, ours: seconds, unit: 's', note: `first step ${first.toFixed(1)} s` }),
];

function besideCpu(what: string, gpu: Timed, cpu: Timed): TableRow[] {
  const apart = Math.max(...cpu.losses.map((l, i) => Math.abs(l - gpu.losses[i]) / Math.abs(l)));
  const note = `first step ${gpu.first.toFixed(1)} and ${cpu.first.toFixed(1)} s`;
  return [
    rowOf({ what, ours: gpu.seconds, peer: cpu.seconds, unit: 's', note }),
    valueRow({ what: `${what}: losses apart`, ours: apart, unit: 'relative' }),
  ];
}

function sft(sizeName: SizeName, steps: number, quick: boolean): Promise<TableRow[]> {
  return withFolder(async (dir) => {
    await prepareSft(dir, shapes.sizes[sizeName], shapes.seed);
    const gpu = await sftSteps(dir, 'webgpu', steps);
    const what = `SFT step, ${sizeName}`;
    const beside = quick ? gpuStep(what, gpu) : besideCpu(what, gpu, await sftSteps(dir, 'cpu', Math.min(steps, 3)));
    return [
      ...beside,
      valueRow({ what: `${what}: sent`, ours: gpu.sent / MB, unit: 'MB' }),
      valueRow({ what: `${what}: received`, ours: gpu.received / MB, unit: 'MB' }),
    ];
  });
}

function sample(sizeName: SizeName, quick: boolean): Promise<TableRow[]> {
  return withFolder(async (dir) => {
    const size = shapes.sizes[sizeName];
    await prepareGenerate(dir, size, shapes.seed);
    const run = async (device: Device) => {
      const { samples, tokens, topP } = size.generate;
      const work = await openGenerate({ dir, threads: 0, samples, tokens, topP }, { device });
      await work.run(0);
      const before = { ...traffic };
      const reply = await work.run(1);
      await work.close();
      return { ...reply, sent: traffic.sent - before.sent, received: traffic.received - before.received };
    };
    const gpu = await run('webgpu');
    const cpu = quick ? undefined : await run('cpu');
    const { prompts, samples } = size.generate;
    const rate = (r: typeof gpu) => (r.tokens - prompts * samples) / r.decodeSeconds;
    const what = `sampling, ${sizeName}`;
    const note = `${prompts} prompts × ${samples}, ${(gpu.sent / MB).toFixed(0)} MB sent, ${(gpu.received / MB).toFixed(0)} received`;
    const row = (what: string, rate: (r: typeof gpu) => number, note?: string) =>
      cpu
        ? rowOf({ what, ours: rate(gpu), peer: rate(cpu), unit: 'tokens/s', note })
        : valueRow({ what, ours: rate(gpu), unit: 'tokens/s', note });
    return [row(what, (r) => r.tokens / r.seconds, note), row(`${what}: decoding alone`, rate)];
  });
}

/** Kernels' own time within an SFT step, by operator. */
const sftTime = (sizeName: SizeName) =>
  withFolder(async (dir) => {
    await prepareSft(dir, shapes.sizes[sizeName], shapes.seed);
    return gpuTime(`SFT step, ${sizeName}`, dir, async (profile) => {
      const args = { dir, threads: 0, optimizer: shapes.optimizer, variant: 'fused' } as const;
      const work = await openSft(args, { device: 'webgpu', profile });
      for (let i = 0; i < 3; i++) await work.step();
      await work.close();
    });
  });

/** In the order in which they run. `quick`: without the cpu. */
export const parts: Readonly<Record<string, (quick: boolean) => Promise<TableRow[]>>> = {
  copies,
  'sft-micro': (quick) => sft('micro', 8, quick),
  'sft-100M': (quick) => sft('100M', 4, quick),
  'sample-micro': (quick) => sample('micro', quick),
  'sample-100M': (quick) => sample('100M', quick),
  'decode-3B': () => decodeLarge('f32'),
  kernels: linearKernels,
  'time-100M': () => sftTime('100M'),
  'decode-f16': () => decodeLarge('f16', { layers: 2 }),
  'decode-3B-f16': () => decodeLarge('f16'),
  proofs,
  'sft-tiny': (quick) => sft('tiny', 2, quick),
  'sample-tiny': (quick) => sample('tiny', quick),
  'time-tiny': () => sftTime('tiny'),
};
