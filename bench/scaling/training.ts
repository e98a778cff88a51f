// Seconds of supervised fine-tuning and of a step of GRPO on a cluster, by what they are spent on. Parts follow one another, as in a synchronous
// loop on GPUs that sample and train in turns; the network works beside the arithmetic and counts where it takes longer. Leaves out: starting,
// loading, evaluation, checkpoints, optimizer arithmetic (hundredths of a second), stragglers.
import { parseSiglipConfig } from '../../src/models/siglip/config.ts';
import { so400m } from '../rewards/prepare.ts';
import { known } from './constants.ts';
import { type Cluster, coresOf, machinesOf, networkCard, ringBandwidth } from './machines.ts';
import { eagerSeconds, longest, passes, type Tuning, trainingRate } from './rates.ts';
import {
  adapterParameters,
  cacheBytes,
  languageMatrices,
  type Prompt,
  parameters,
  prefillFlops,
  promptTokens,
  sequenceFlops,
  siglipFlops,
  type Towers,
} from './work.ts';

export interface Job {
  readonly cluster: Cluster;
  readonly towers: Towers;
  readonly prompt: Prompt;
  readonly tuning: Tuning;
  /** Mean tokens of a completion or chain. */
  readonly completion: number;
  /** Processor seconds of a sample's frames. */
  readonly frames: number;
  /** Frames decoded in the training loop's own thread (the released trainers), not by all cores beside it. */
  readonly serialFrames?: boolean;
}

/** Bytes that each GPU sends to gather a sharded model or to scatter its gradients once. */
export const gatherBytes = (towers: Towers, gpus: number): number => (2 * parameters(towers) * (gpus - 1)) / gpus;

/** Seconds of the network beyond the arithmetic that it hides behind: the model gathered twice a pass, its gradients scattered. */
function networkBeyond({ cluster, towers, tuning }: Job, gathers: number, compute: number): number {
  if (tuning === 'lora' || cluster.count === 1) return 0;
  return Math.max(0, (gathers * gatherBytes(towers, cluster.count)) / ringBandwidth(cluster) - compute);
}

export interface SftParts {
  readonly compute: number;
  readonly network: number;
  readonly frames: number;
}
export const sumOf = (parts: object): number => Object.values(parts).reduce((a: number, b) => a + (b as number), 0);

/** One epoch over `samples` in steps of `batch`. */
export function sftParts(job: Job, samples: number, batch: number): SftParts {
  const { cluster, towers, prompt, tuning, completion, frames, serialFrames } = job;
  const perGpu = Math.ceil(batch / cluster.count);
  const compute = (perGpu * passes[tuning] * sequenceFlops(towers, prompt, completion)) / trainingRate(cluster.gpu);
  const batchPasses = Math.ceil(perGpu / known.sequencesAPass);
  const network = networkBeyond(job, 3 * batchPasses, compute);
  const decoding = serialFrames
    ? perGpu * frames
    : Math.max(0, (batch * frames) / coresOf(cluster) - compute - network);
  const steps = samples / batch;
  return { compute: steps * compute, network: steps * network, frames: steps * decoding };
}

export interface GrpoSettings {
  readonly questions: number;
  readonly groupSize: number;
  readonly cap: number;
  /** graphs: vLLM; eager: model.generate. */
  readonly sampler: 'graphs' | 'eager';
  /** Forward passes without gradients over all sequences: the reference, and π_old where the trainer computes it anew. */
  readonly forwards: number;
  /** Pictures of the semantic reward for a question; 0 where there is none. */
  readonly rewardFrames: number;
  /** Further generation from the same prompts: completions a question (T-GRPO's shuffled frames), and the share of steps that have it. */
  readonly further?: { readonly completions: number; readonly share: number };
  /** In place of the constant. */
  readonly tail?: number;
  /** GPUs that one copy of the sampler is spread over. */
  readonly tensorParallel?: number;
}

export const grpoPartNames = [
  'frames',
  'prompts',
  'generation',
  'reward',
  'reference',
  'update',
  'network',
  'weights to the sampler',
] as const;
export type GrpoParts = Readonly<Record<(typeof grpoPartNames)[number], number>>;

/** Seconds to decode `count` completions beside one another on a sampler of `tp` GPUs. */
export function generationSeconds(job: Job, s: GrpoSettings, count: number, all: number): number {
  const { cluster, towers, prompt, completion } = job;
  const { text } = towers;
  const [tp, steps] = [s.tensorParallel ?? 1, longest(all, completion, s.cap, s.tail)];
  if (s.sampler === 'eager') return steps * eagerSeconds(text.num_hidden_layers);
  const bandwidth = tp * cluster.gpu.bandwidth * known.decodeBandwidth;
  const weights = steps * 2 * languageMatrices(text);
  const caches = count * completion * (promptTokens(prompt) + completion / 2) * cacheBytes(text);
  const arithmetic = (count * completion * 2 * languageMatrices(text)) / (tp * trainingRate(cluster.gpu));
  return Math.max((weights + caches) / bandwidth, arithmetic);
}

function rewardSeconds(
  { cluster, completion }: Job,
  { rewardFrames, groupSize }: GrpoSettings,
  prompts: number,
): number {
  if (rewardFrames === 0 || completion === 0) return 0;
  const { picture, text } = siglipFlops(parseSiglipConfig(so400m));
  return (prompts * (rewardFrames * picture + groupSize * text)) / trainingRate(cluster.gpu);
}

/** New weights on their way to the samplers: across machines they pass a network card, otherwise a link; an adapter alone with LoRA. */
function syncSeconds({ cluster, towers, tuning }: Job, { sampler }: GrpoSettings): number {
  if (sampler === 'eager') return gatherBytes(towers, cluster.count) / ringBandwidth(cluster);
  const bytes = 2 * (tuning === 'full' ? parameters(towers) : adapterParameters(towers.text, known.rank));
  if (tuning === 'full' && cluster.count === 1) return 0;
  return bytes / (machinesOf(cluster) > 1 ? networkCard : cluster.gpu.link);
}

/** A step of `questions` × `groupSize` completions. */
export function grpoParts(job: Job, s: GrpoSettings): GrpoParts {
  const { cluster, towers, prompt, tuning, completion, frames, serialFrames } = job;
  const all = s.questions * s.groupSize;
  const rate = trainingRate(cluster.gpu);
  const mine = Math.ceil(all / cluster.count);
  const prompts = Math.min(mine, Math.ceil(s.questions / Math.min(cluster.count, Math.max(1, s.questions))));
  const tp = s.tensorParallel ?? 1;
  const sequences = mine * sequenceFlops(towers, prompt, completion);
  const further = s.further
    ? s.further.share * generationSeconds(job, s, s.further.completions, s.further.completions)
    : 0;
  const reference = (s.forwards * sequences) / rate;
  const update = (passes[tuning] * sequences) / rate;
  const batchPasses = Math.ceil(mine / known.sequencesAPass);
  const together = s.sampler === 'eager' ? mine : all;
  return {
    frames: serialFrames ? prompts * frames : (s.questions * frames) / coresOf(cluster),
    prompts: (prompts * prefillFlops(towers, prompt)) / rate,
    generation: all === 0 ? 0 : generationSeconds(job, s, mine * tp, together) + further,
    reward: rewardSeconds(job, s, prompts),
    reference,
    update,
    network: all === 0 ? 0 : networkBeyond(job, (s.forwards + 3) * batchPasses, reference + update),
    'weights to the sampler': all === 0 ? 0 : syncSeconds(job, s),
  };
}
