// What the embedded engine and its company take for the paper's step: arithmetic alone, at the rates that were measured at 100M. So a lower
// bound: what does not fit, and what waits for memory, comes on top. Leaves out: clusters (training.ts).
import { parseSiglipConfig } from '../../src/models/siglip/config.ts';
import { readShapes } from '../engine/shapes.ts';
import { so400m } from '../rewards/prepare.ts';
import { known } from './constants.ts';
import { gpus } from './machines.ts';
import { settingsOf } from './plans.ts';
import { engineRates, longest, trainingRate } from './rates.ts';
import { generationSeconds, grpoParts, type Job, sumOf } from './training.ts';
import {
  languageFlops,
  picturesPrompt,
  prefillFlops,
  promptTokens,
  qwen,
  siglipFlops,
  type Towers,
  videoPrompt,
} from './work.ts';

export const engineSizes = ['100M', '3B', '7B'] as const;
export type Size = (typeof engineSizes)[number];
const towersOf = (size: Size): Towers => (size === '100M' ? readShapes().sizes[size] : qwen(size));
export type EngineName = keyof ReturnType<typeof engineRates>;

const paper = settingsOf({ batch: 1 });

/** Forward over all completions of a step behind their shared prompts, FLOP: a prompt is computed once a group. */
export function packedFlops(towers: Towers): number {
  const prompt = videoPrompt(towers);
  const tokens = known.groupSize * known.completion;
  const completions =
    known.groupSize *
    languageFlops(towers.text, known.completion, { context: promptTokens(prompt), logits: known.completion });
  return tokens === 0 ? 0 : known.questions * (prefillFlops(towers, prompt) + completions);
}

export interface EngineStep {
  readonly sampling: number;
  /** Reference, forward and backward of an adapter. */
  readonly training: number;
}

/** Seconds of a step. With WebGPU a token takes at least what it took at 3B, by the number of weights, for 8 rows at once. */
export function engineStep(size: Size, on: EngineName): EngineStep {
  const towers = towersOf(size);
  const rate = engineRates()[on];
  const forward = packedFlops(towers);
  const all = known.questions * known.groupSize;
  const scale = languageFlops(towers.text, 1) / languageFlops(qwen('3B').text, 1);
  const starting =
    on === 'WebGPU, one H200' ? (all / 8) * longest(all, known.completion, known.cap) * known.webgpuToken * scale : 0;
  return { sampling: Math.max(forward / rate, starting), training: (4 * forward) / rate };
}

/** Seconds that vLLM on one H100 takes for a step's completions: --rollouts. */
export function rolloutSeconds(size: Size): number {
  const towers = towersOf(size);
  const cluster = { gpu: gpus.H100, count: 1 };
  const job: Job = {
    cluster,
    towers,
    prompt: videoPrompt(towers),
    tuning: 'lora',
    completion: known.completion,
    frames: 0,
  };
  const all = paper.questions * paper.groupSize;
  const prompts = (paper.questions * prefillFlops(towers, job.prompt)) / trainingRate(cluster.gpu);
  return prompts + generationSeconds(job, paper, all, all);
}

/** Seconds of a step on SkyRL with one H100, which gets frames as pictures and waits for requests. */
export function tinkerSeconds(): number {
  const towers = qwen('7B');
  const cluster = { gpu: gpus.H100, count: 1 };
  const prompt = picturesPrompt(towers);
  const job: Job = { cluster, towers, prompt, tuning: 'lora', completion: known.completion, frames: 0 };
  return sumOf(grpoParts(job, { ...paper, rewardFrames: 0 })) / known.busy;
}

/** Seconds of the semantic reward of a step, by where SigLIP runs. */
export function rewardSeconds(): { readonly where: string; readonly so400m: number; readonly base: number }[] {
  const flopsOf = (json: object) => {
    const { picture, text } = siglipFlops(parseSiglipConfig(json));
    return known.questions * (paper.rewardFrames * picture + known.groupSize * text);
  };
  const [large, base] = [flopsOf(so400m), flopsOf({ model_type: 'siglip' })];
  const places = { ...engineRates(), 'torch, one H100': trainingRate(gpus.H100) };
  return Object.entries(places).map(([where, rate]) => ({ where, so400m: large / rate, base: base / rate }));
}
