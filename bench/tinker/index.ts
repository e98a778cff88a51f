// The bench of remote training: GRPO over the Tinker protocol against a server whose answers take 200 ms, whose work takes a set time a
// sequence, and which does one thing at a time. What counts is the share of the time in which it has something to do. Beside it the same
// run with each pass in one request, which nothing can overlap. Leaves out: real numbers (the tests' server has them), and a GPU.
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Completion } from '../../src/backends/port.ts';
import { positionsOf } from '../../src/backends/tinker/wire.ts';
import { setLogLevel } from '../../src/base/log.ts';
import type { RewardScorer } from '../../src/rewards/index.ts';
import { type GrpoConfig, trainGrpo } from '../../src/train/grpo.ts';
import type { ServerEngine } from '../../test/support/tinker-server/engine.ts';
import { tinyTinker } from '../../test/support/tinker-server/index.ts';
import { TinkerServer } from '../../test/support/tinker-server/server.ts';
import { tinySample } from '../../test/support/tiny-model.ts';
import { withFolder } from '../engine/sides.ts';
import type { BenchResult } from '../harness/bench.ts';
import { describeMachine, loadNow, machineFacts } from '../harness/machine.ts';
import { valueRow } from '../harness/rows.ts';

export interface TinkerBenchOptions {
  readonly quick: boolean;
  readonly log: (message: string) => void;
}

const LATENCY_MS = 200;
/** Milliseconds of the server's work: a group of 8 completions, a sequence forward, a sequence forward and backward, a step. */
const WORK = { group: 200, forward: 12, backward: 36, step: 100 };

/** Works for as long as a real one would, in proportion, and answers anything. */
const workingEngine = (): ServerEngine => {
  let steps = 0;
  return {
    create: async () => {},
    has: () => true,
    unload: async () => {},
    load: async () => {},
    save: async () => 'nowhere',
    version: () => steps,
    pass: async (_, input, backward) => {
      await delay(input.data.length * (backward ? WORK.backward : WORK.forward));
      return input.data.map((datum) => new Array<number>(positionsOf(datum.model_input)).fill(-1));
    },
    step: async () => {
      steps++;
      await delay(WORK.step);
      return 1;
    },
    sample: async (_, { num_samples }) => {
      await delay((WORK.group * num_samples) / 8);
      return Array.from({ length: num_samples }, (): Completion => {
        const tokens = [65, 66, 67];
        return { text: '', tokens, logprobs: new Float32Array(3).fill(-1), finish: 'length' };
      });
    },
  };
};

const config: Omit<GrpoConfig, 'steps'> = {
  questions: 8,
  groupSize: 8,
  learningRate: 1e-5,
  schedule: 'constant',
  warmupSteps: 0,
  weightDecay: 0,
  maxGradNorm: 5,
  temperature: 1,
  topP: 1,
  maxTokens: 8,
  clipLow: 0.2,
  clipHigh: 0.2,
  beta: 0.04,
  updatesPerBatch: 1,
  std: 'unbiased',
  saveEvery: 1000,
  rolloutEvery: 1000,
  seed: 0,
};

const scorer: RewardScorer = {
  scoreBatch: async (groups) =>
    groups.map(({ completions_G }) => ({
      ok: true,
      scores_G: completions_G.map((_, g) => {
        const total = g % 2;
        return { format: 0, accuracy: total, semantic: null, lengthBonus: 0, total, reasons: [], span: null };
      }),
    })),
};

async function busyShare(steps: number, sequencesPerRequest: number): Promise<number> {
  const server = await new TinkerServer({ makeEngine: workingEngine, latencyMs: LATENCY_MS }).start();
  try {
    return await withFolder((folder) => busyShareOf(server, folder, steps, sequencesPerRequest));
  } finally {
    await server.kill();
  }
}

async function busyShareOf(server: TinkerServer, folder: string, steps: number, sequencesPerRequest: number) {
  const backend = await tinyTinker(server, { sequencesPerRequest, patienceMs: 60_000 });
  const samples = Array.from({ length: 32 }, (_, id) => tinySample(id));
  const load = async ({ problem_id, problem }: (typeof samples)[number]) => ({
    id: String(problem_id),
    messages: [{ role: 'user' as const, content: problem }],
  });
  await backend.setReference();
  let [began, busy] = [0, 0];
  const sink = {
    // From the end of the first step on: models are made in it.
    metrics: async ({ step }: { readonly step: number }) => {
      if (step === 0) [began, busy] = [performance.now(), server.busyMs];
    },
    checkpoint: async (_: number, write: (dir: string) => Promise<void>) => write(mkdtempSync(join(folder, 'step-'))),
  };
  let share = 0;
  const onStep = (done: number) => {
    if (done === steps) share = (server.busyMs - busy) / (performance.now() - began);
  };
  await trainGrpo(backend, samples, load, scorer, { ...config, steps }, sink, { onStep });
  await backend.close();
  return share;
}

/** Share of the time from the first step's end to the last one's. */
export async function tinkerBench({ quick, log }: TinkerBenchOptions): Promise<BenchResult> {
  const machine = machineFacts(1, {}, loadNow());
  log(describeMachine(machine));
  setLogLevel('error');
  const steps = quick ? 3 : 8;
  const share = async (perRequest: number) => {
    log(`${steps} steps, ${perRequest} sequences a request`);
    return busyShare(steps, perRequest);
  };
  const note = `${LATENCY_MS} ms a request, ${config.questions} × ${config.groupSize} completions a step`;
  return {
    machine,
    rows: [
      valueRow({
        what: 'server busy, 8 sequences a request',
        ours: await share(8),
        unit: '',
        bar: { kind: 'at least', value: 0.8 },
        note,
      }),
      valueRow({ what: 'server busy, one request a pass', ours: await share(64), unit: '', note }),
    ],
  };
}
