// Runs that somebody may plan: what they take on a cluster, and what stops being enough first. Leaves out: how it is shown (tables.ts).
import { known } from './constants.ts';
import { bytesText } from './format.ts';
import { type Cluster, gpus, rentOf } from './machines.ts';
import { samplingMemory, trainingMemory } from './memory.ts';
import { decodeSeconds, type Tuning } from './rates.ts';
import { type GrpoParts, type GrpoSettings, grpoParts, type Job, type SftParts, sftParts, sumOf } from './training.ts';
import { qwen, videoPrompt } from './work.ts';

export interface Plan {
  readonly name: string;
  readonly cluster: Cluster;
  readonly tuning: Tuning;
  /** Times the paper's batch, and so 1/batch of its steps over the same questions. */
  readonly batch: number;
}

export const plans: readonly Plan[] = [
  { name: '1 × H100', cluster: { gpu: gpus.H100, count: 1 }, tuning: 'full', batch: 1 },
  { name: '1 × H100, LoRA', cluster: { gpu: gpus.H100, count: 1 }, tuning: 'lora', batch: 1 },
  { name: '8 × A800 (paper)', cluster: { gpu: gpus.A800, count: 8 }, tuning: 'full', batch: 1 },
  { name: '8 × H100, LoRA', cluster: { gpu: gpus.H100, count: 8 }, tuning: 'lora', batch: 1 },
  { name: '8 × H100', cluster: { gpu: gpus.H100, count: 8 }, tuning: 'full', batch: 1 },
  { name: '64 × H100', cluster: { gpu: gpus.H100, count: 64 }, tuning: 'full', batch: 1 },
  { name: '64 × H100, batch × 8', cluster: { gpu: gpus.H100, count: 64 }, tuning: 'full', batch: 8 },
];

export const seven = qwen('7B');
export const video = videoPrompt(seven);

export const jobOf = ({ cluster, tuning }: Pick<Plan, 'cluster' | 'tuning'>): Job => ({
  cluster,
  tuning,
  towers: seven,
  prompt: video,
  completion: known.completion,
  frames: decodeSeconds(known.decodeOurs),
});

export const settingsOf = ({ batch }: Pick<Plan, 'batch'>): GrpoSettings => ({
  questions: batch * known.questions,
  groupSize: known.groupSize,
  cap: known.cap,
  sampler: 'graphs',
  forwards: 1,
  rewardFrames: 16,
});

export interface Outcome {
  readonly plan: Plan;
  /** Bytes of one GPU at most: training, or sampling. */
  readonly memory: { readonly training: number; readonly sampling: number };
  readonly fits: boolean;
  readonly sft: SftParts;
  readonly step: GrpoParts;
  readonly steps: number;
  readonly hours: { readonly sft: number; readonly grpo: number };
  readonly dollars: number;
  readonly limits: readonly string[];
}

const percent = (share: number) => `${Math.round(100 * share)}%`;

function limitsOf(
  plan: Plan,
  { memory, fits, sft, step }: Pick<Outcome, 'memory' | 'fits' | 'sft' | 'step'>,
): string[] {
  const { gpu, count } = plan.cluster;
  if (!fits) return [`memory: training takes ${bytesText(memory.training)} of the card's ${bytesText(gpu.memory)}`];
  const idle = count - plan.batch * known.questions;
  const [part, seconds] = Object.entries(step).reduce((a, b) => (b[1] > a[1] ? b : a));
  return [
    ...(sft.network > sft.compute
      ? [`SFT waits for the network, ${percent(sft.network / sumOf(sft))} of its time`]
      : []),
    ...(idle > 0 ? [`${idle} of ${count} GPUs have no question of their own`] : []),
    `${part}, ${percent(seconds / sumOf(step))} of a step`,
  ];
}

export function outcomeOf(plan: Plan): Outcome {
  const { cluster, tuning, batch } = plan;
  const job = jobOf(plan);
  const sft = sftParts(job, known.chains, batch * known.sftBatch);
  const step = grpoParts(job, settingsOf(plan));
  const steps = known.steps / batch;
  const training = sumOf(trainingMemory(seven, cluster, tuning, video, known.completion, known.sequencesAPass));
  const completions = Math.ceil((batch * known.questions * known.groupSize) / cluster.count);
  const sampling = sumOf(samplingMemory(seven, video, completions, known.groupSize, known.cap));
  const memory = { training, sampling };
  const fits = Math.max(training, sampling) <= cluster.gpu.memory;
  const hours = { sft: sumOf(sft) / 3600, grpo: (steps * sumOf(step)) / 3600 };
  const dollars = rentOf(cluster, 3600 * (hours.sft + hours.grpo));
  return { plan, memory, fits, sft, step, steps, hours, dollars, limits: limitsOf(plan, { memory, fits, sft, step }) };
}
