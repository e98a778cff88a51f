// How fast arithmetic and memory are used, derived from what was measured or published about other runs than those of checks.ts.
import { clipGrid, readShapes } from '../engine/shapes.ts';
import { constants, known } from './constants.ts';
import { type Gpu, gpus } from './machines.ts';
import { languageFlops, promptOf, qwen, sequenceFlops } from './work.ts';

/** Times the forward pass: forward, the layers once more, backward; with an adapter alone, no gradients of the base's weights. */
export const passes = { full: 4, lora: 3 } as const;
export type Tuning = keyof typeof passes;

/** The embedded engine keeps what it can: forward and backward. */
const embeddedPasses = 3;

const qwen7B = {
  vocab_size: 151936,
  hidden_size: 4096,
  intermediate_size: 11008,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  num_key_value_heads: 32,
  hidden_act: 'silu',
  max_position_embeddings: 8192,
  rms_norm_eps: 1e-6,
  rope_theta: 10000,
  rope_scaling: { type: 'mrope', mrope_section: [16, 24, 24] },
  tie_word_embeddings: false,
} as const;
const sequence = 2048;

/** Share of a GPU's FLOP/s that a trainer gets at our lengths: from published LoRA of Qwen-7B on an A100. */
export const utilization = (): number => {
  const flops = passes.lora * (known.loraTokens / sequence) * languageFlops(qwen7B, sequence);
  return flops / known.loraSeconds / gpus.A100.flops;
};

/** FLOP/s of a GPU in training and prefill. */
export const trainingRate = ({ flops }: Gpu): number => flops * utilization();

/** FLOP of the measured SFT step of 100M in bench/shapes.json, times the engine's passes. */
export function measuredStepFlops(): number {
  const size = readShapes().sizes['100M'];
  const [grids] = clipGrid(size);
  const prompt = promptOf(size.vision, grids, [size.clip.height, size.clip.width], size.promptText);
  return embeddedPasses * size.sft.rows * sequenceFlops(size, prompt, size.sft.completion);
}

/** FLOP of the measured pass of LoRA at 3B. */
function measuredLoraFlops(): number {
  const three = qwen('3B');
  return passes.lora * sequenceFlops(three, promptOf(three.vision, 8, [336, 336], 186), 50);
}

/** FLOP/s that our engine gets, by what it ran on. */
export const engineRates = () => {
  const flops = measuredStepFlops();
  return {
    'CPU, 2 cores': flops / known.cpuStep,
    'CPU, 16 cores': flops / known.cpu16Step,
    'WebGPU, one H200': measuredLoraFlops() / known.webgpuLora,
  } as const;
};

/** Processor seconds of one thread for 16 frames of the assumed video. */
export function decodeSeconds(minuteOf1080p: number): number {
  const scale = (known.clipSeconds / 60) * (known.clipPixels / (1920 * 1080));
  return minuteOf1080p * scale;
}

/** Seconds that PyTorch without graphs takes to start one token's kernels, whatever the number of rows. */
export const eagerSeconds = (layers: number): number => layers / 32 / constants.eagerTokens.value;

/** Longest of `count` completions. */
export const longest = (count: number, mean: number, cap: number, tail = known.tail): number =>
  count <= 0 ? 0 : Math.min(cap, mean * (1 + tail * Math.log(Math.max(1, count))));
