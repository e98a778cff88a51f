// Our side as a process of its own: opens one piece of work and repeats it on request (protocol.ts, ../models/protocol.ts). Started by
// bench/run.ts.
import { runtimeVersion } from '../../src/engine/index.ts';
import { serve } from '../harness/serve.ts';
import type { OpenPass } from '../models/protocol.ts';
import { openPass, type PassWork } from '../models/work-pass.ts';
import type { OpenGenerate, OpenTraining } from './protocol.ts';
import { openDecoder, type TrainingWork } from './work-decoder.ts';
import { type GenerateWork, openGenerate } from './work-generate.ts';
import { measureGemm, measureTraffic } from './work-limits.ts';
import { openSft } from './work-sft.ts';

let training: TrainingWork | undefined;
let generating: GenerateWork | undefined;
let passing: PassWork | undefined;

const opened = (work: TrainingWork) => {
  training = work;
  return { flops: work.flops };
};

await serve({
  facts: async () => ({ onnxruntime: await runtimeVersion() }),
  openDecoder: async (args: OpenTraining) => opened(await openDecoder(args)),
  openSft: async (args: OpenTraining) => opened(await openSft(args)),
  step: async () => training?.step(),
  save: async ({ dir }: { dir: string }) => training?.save(dir),
  openGenerate: async (args: OpenGenerate) => {
    generating = await openGenerate(args);
  },
  /** Compiles what `generate` needs. */
  warm: async () => generating?.run(0),
  generate: async ({ seed }: { seed: number }) => generating?.run(seed),
  openPass: async (args: OpenPass) => {
    passing = await openPass(args);
    return { seconds: passing.seconds };
  },
  pass: async () => passing?.run(),
  logprobs: async ({ file }: { file: string }) => passing?.logprobs(file),
  gemm: async ({ threads, side }: { threads: number; side: number }) => ({ gflops: await measureGemm(side, threads) }),
  traffic: async ({ threads, bytes }: { threads: number; bytes: number }) => ({
    gigabytes: await measureTraffic(bytes, threads),
  }),
});
await training?.close();
await generating?.close();
await passing?.close();
