// The model against timings that it was not made from. Setups are those of the released scripts and configurations; where they leave something
// open, the rule stands beside it. Nothing in constants.ts was changed after a comparison; an error is stated whatever it is.
import { parseModelConfig } from '../../src/models/qwen2_5_vl/config.ts';
import { publishedConfigs } from '../../src/models/qwen2_5_vl/published.ts';
import { known } from './constants.ts';
import { gpus } from './machines.ts';
import { decodeSeconds, engineRates, measuredStepFlops, passes } from './rates.ts';
import { type GrpoSettings, grpoParts, type Job, sftParts, sumOf } from './training.ts';
import { type Prompt, promptOf, qwen, sequenceFlops, videoPrompt } from './work.ts';

export interface Check {
  readonly what: string;
  readonly unit: 'h' | 's';
  /** Lowest and highest value that was published or measured. */
  readonly published: readonly [number, number];
  readonly model: number;
  /** What the model was told, and from where. */
  readonly setup: string;
  readonly source: string;
  /** Whether the timing is one of USERS.md, of others; else our own. */
  readonly others: boolean;
}

/** Model ÷ published: to the nearer end of a range, 1 inside it. */
export function ratioOf({ model, published: [low, high] }: Check): number {
  if (model < low) return model / low;
  return model > high ? model / high : 1;
}

const seven = qwen('7B');
const video = videoPrompt(seven);
/** A picture at the most pixels that Video-R1's copy of qwen-vl-utils lets through: 256 cells. */
const picture: Prompt = promptOf(seven.vision, 1, [448, 448], known.promptText);
const half = (a: number, b: number) => (a + b) / 2;
const fourA100 = { gpu: gpus.A100, count: 4 } as const;

function videoR1(prompt: Prompt, frames: number): Job {
  const shared = { cluster: fourA100, towers: seven, tuning: 'full', completion: known.completion } as const;
  return { ...shared, prompt, frames, serialFrames: true };
}
const clip = decodeSeconds(known.decodeDecord);

/** One pass over 165K samples, half of them videos: hours. */
function videoR1Hours(frames: number): number {
  const epoch = (job: Job) => sumOf(sftParts(job, 165_000, 8)) / 3600;
  return half(epoch(videoR1(video, frames)), epoch(videoR1(picture, 0)));
}

const videoR1Sft = (): Check => ({
  what: 'Video-R1 7B, SFT, 165K samples',
  unit: 'h',
  published: [40, 40],
  model: videoR1Hours(clip),
  setup:
    '4 × A100 (run_sft_video.sh), batch 1 × 2 accumulated, frames decoded in the loop by decord (no loader processes), half of the samples videos (assumed)',
  source: 'about 40 h "with 4 to 8 GPUs", tulerfeng/Video-R1#41',
  others: true,
});

/** Half of the questions are videos; a step waits for the slowest of its four ranks, so the further generation of videos is nearly always met. */
function videoR1Step(tail?: number): number {
  const settings: GrpoSettings = {
    questions: 4,
    groupSize: 8,
    cap: 768,
    sampler: 'eager',
    forwards: 1,
    rewardFrames: 0,
    further: { completions: 4, share: 1 },
    tail,
  };
  const withVideo = 1 - 0.5 ** fourA100.count;
  const videoStep = sumOf(grpoParts(videoR1(video, clip), settings));
  const pictureStep = sumOf(grpoParts(videoR1(picture, 0), { ...settings, further: undefined }));
  return withVideo * videoStep + (1 - withVideo) * pictureStep;
}

const videoR1Grpo = (): Check => ({
  what: 'Video-R1 7B, GRPO, a step',
  unit: 's',
  published: [36, 36],
  model: videoR1Step(),
  setup:
    '4 × A100 (run_grpo_video.sh), a question a GPU × 8 completions of 768 tokens at most, model.generate, shuffled frames generated too (temporal true), frames decoded in the loop',
  source: '10 to 20 h for 1K to 2K steps, the same answer',
  others: true,
});

export interface WhatIf {
  readonly what: string;
  readonly unit: 'h' | 's';
  readonly model: number;
  readonly published: number;
}

/** What the model would say had it been told otherwise about what nobody published: where an error may come from, not a correction. */
export const whatIfs = (): WhatIf[] => [
  {
    what: 'Video-R1, SFT: videos of a minute of 1080p in place of 30 s of 480p',
    unit: 'h',
    model: videoR1Hours(known.decodeDecord),
    published: 40,
  },
  {
    what: 'Video-R1, a step: a tail of completions of 0.1 in place of 0.25',
    unit: 's',
    model: videoR1Step(0.1),
    published: 36,
  },
];

/** 725 to 750 tokens a completion: published tokens/s × GPUs × seconds ÷ completions. Prompts have at least 262,144 pixels. */
function easyR1(): Check {
  const prompt = promptOf(seven.vision, 1, [504, 532], known.promptText);
  const tokens = half((1600 * 8 * 145) / 2560, (2000 * 8 * 120) / 2560);
  const job: Job = {
    cluster: { gpu: gpus.H100, count: 8 },
    towers: seven,
    prompt,
    tuning: 'full',
    completion: tokens - prompt.visionTokens - prompt.textTokens,
    frames: 0,
  };
  const settings: GrpoSettings = {
    questions: 512,
    groupSize: 5,
    cap: 2048,
    sampler: 'graphs',
    forwards: 2,
    rewardFrames: 0,
    tensorParallel: 2,
  };
  return {
    what: 'EasyR1 7B, pictures, a step of 2,560 completions',
    unit: 's',
    published: [120, 145],
    model: sumOf(grpoParts(job, settings)),
    setup:
      '8 × H100, 512 × 5 completions of 2,048 tokens at most, vLLM over 2 GPUs, π_old and reference computed, tokens of a completion from the published throughput',
    source: 'hiyouga/EasyR1, assets/baselines.md at b44b311',
    others: true,
  };
}

/** Our engine at another size than the one that its rate is from. */
function own3B(): Check {
  const three = parseModelConfig(publishedConfigs['Qwen2.5-VL-3B']);
  const prompt = promptOf(three.vision, 8, [280, 336], 24);
  const flops = passes.lora * sequenceFlops(three, prompt, 100);
  return {
    what: 'embedded engine, 3B, LoRA, SFT step of one sample',
    unit: 's',
    published: [150, 166],
    model: flops / engineRates()['CPU, 2 cores'],
    setup: '2 cores, prompt of 984 tokens, a chain of 100 (assumed); rate from the 100M step',
    source: 'LOG.md, 2026-11-26',
    others: false,
  };
}

/** The same on a GPU, whose rate is from LoRA at 3B: small matrices leave it waiting. */
const own100M = (): Check => ({
  what: 'embedded engine, 100M, SFT step of bench/shapes.json by WebGPU',
  unit: 's',
  published: [0.694, 0.701],
  model: measuredStepFlops() / engineRates()['WebGPU, one H200'],
  setup: 'H200, f32; rate from LoRA at 3B',
  source: 'LOG.md, 2026-11-27',
  others: false,
});

export const checks = (): Check[] => [videoR1Sft(), videoR1Grpo(), easyR1(), own3B(), own100M()];
