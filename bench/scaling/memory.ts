// Bytes: on each GPU in training and in sampling, and on disk. Leaves out: what allocators leave between their blocks.
import { paperTrain } from '../../src/media/profile.ts';
import { known } from './constants.ts';
import type { Cluster } from './machines.ts';
import type { Tuning } from './rates.ts';
import { adapterParameters, cacheBytes, type Prompt, parameters, promptTokens, type Towers } from './work.ts';

/** bf16 weight and gradient, f32 master copy and two moments, of each trained weight. */
const TRAINED = 2 + 2 + 12;
const FROZEN = 2;
/** Logits of a token: bf16, f32, and their gradient. */
const LOGIT = 2 + 4 + 4;

export interface TrainingMemory {
  readonly model: number;
  readonly reference: number;
  readonly activations: number;
  readonly logits: number;
}

/** Of one GPU: full training sharded over all of them, an adapter beside a whole frozen model. `sequences` go through it at once. */
export function trainingMemory(
  towers: Towers,
  { count }: Cluster,
  tuning: Tuning,
  prompt: Prompt,
  completion: number,
  sequences: number,
): TrainingMemory {
  const all = parameters(towers);
  const { text, vision } = towers;
  const tokens = sequences * (promptTokens(prompt) + completion);
  const patches = sequences * prompt.patches;
  // What each layer starts from is kept; one layer at a time is whole.
  const kept = 2 * (tokens * text.hidden_size * text.num_hidden_layers + patches * vision.hidden_size * vision.depth);
  const layer = 2 * tokens * (6 * text.hidden_size + 3 * text.intermediate_size);
  return {
    model: tuning === 'full' ? (TRAINED * all) / count : FROZEN * all + TRAINED * adapterParameters(text, known.rank),
    reference: tuning === 'full' ? (FROZEN * all) / count : 0,
    activations: kept + layer,
    logits: LOGIT * sequences * completion * text.vocab_size,
  };
}

/** Of one GPU while it samples: the model, and the cache of `completions` of the greatest length, whose prompts are shared. */
export function samplingMemory(towers: Towers, prompt: Prompt, completions: number, groupSize: number, cap: number) {
  const prompts = Math.ceil(completions / Math.max(1, groupSize));
  return {
    model: FROZEN * parameters(towers),
    cache: cacheBytes(towers.text) * (prompts * promptTokens(prompt) + completions * cap),
  };
}

export interface DiskBytes {
  readonly media: number;
  readonly curation: number;
  readonly frames: number;
  readonly embeddings: number;
  readonly checkpointFull: number;
  readonly weights: number;
  readonly adapter: number;
}

/** All frames of a sample, raw RGB. */
export const frameBytes = ({ vision }: Towers, { patchesPerFrame }: Prompt): number =>
  3 * patchesPerFrame * vision.patch_size ** 2 * paperTrain.nframes;

/**
 * Sent to a Tinker server in a step: the frames as PNG in base64 with each prompt that is sampled, and with each sequence three times (policy,
 * reference, forward and backward).
 */
export const tinkerBytes = (towers: Towers, prompt: Prompt, questions: number, groupSize: number): number =>
  (questions + 3 * questions * groupSize) * frameBytes(towers, prompt) * known.pngShare * (4 / 3);

/** Of so many samples: their media, a curation's files, the frames of all as raw RGB, what the vision tower makes of them; and checkpoints. */
export function diskBytes(towers: Towers, prompt: Prompt, samples: number): DiskBytes {
  const all = parameters(towers);
  return {
    media: samples * known.mediaBytes,
    curation: samples * known.rowBytes,
    frames: samples * frameBytes(towers, prompt),
    embeddings: samples * 2 * prompt.visionTokens * towers.text.hidden_size,
    checkpointFull: (TRAINED - 2) * all,
    weights: FROZEN * all,
    adapter: 4 * adapterParameters(towers.text, known.rank),
  };
}
