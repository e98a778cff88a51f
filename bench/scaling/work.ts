// How much work a sample is: tokens by the budgets of METHOD.md, and the arithmetic of the models' own shapes. Elementwise work is not counted.
// Leaves out: machines and time.
import { paperTrain, profileFrameSize } from '../../src/media/profile.ts';
import { parseModelConfig, type TextConfig, type VisionConfig } from '../../src/models/qwen2_5_vl/config.ts';
import { languageShapes } from '../../src/models/qwen2_5_vl/language.ts';
import { publishedConfigs } from '../../src/models/qwen2_5_vl/published.ts';
import { visionShapes } from '../../src/models/qwen2_5_vl/vision.ts';
import type { SiglipConfig } from '../../src/models/siglip/config.ts';
import { siglipShapes } from '../../src/models/siglip/graph.ts';
import { known } from './constants.ts';

type Shapes = Readonly<Record<string, readonly number[]>>;
const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
const total = (shapes: Shapes, keep: (name: string, shape: readonly number[]) => boolean) =>
  Object.entries(shapes).reduce((sum, [name, shape]) => sum + (keep(name, shape) ? sizeOf(shape) : 0), 0);

export interface Towers {
  readonly text: TextConfig;
  readonly vision: VisionConfig;
}
export const qwen = (name: '3B' | '7B'): Towers => parseModelConfig(publishedConfigs[`Qwen2.5-VL-${name}`]);

/** All weights. */
export const parameters = ({ text, vision }: Towers): number =>
  total({ ...languageShapes(text), ...visionShapes(vision) }, () => true);

const isLayer = (name: string, { length }: readonly number[]) => length === 2 && name.startsWith('model.layers.');

/** Shapes are walked once for each configuration. */
function once<K extends object, V>(make: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, V>();
  return (key) => {
    const found = known.get(key) ?? make(key);
    known.set(key, found);
    return found;
  };
}

/** Weights of the layers' matrices, and of the head: the table of words where the two are tied. */
const matrices = once((text: TextConfig) => ({
  layers: total(languageShapes(text), isLayer),
  head: text.vocab_size * text.hidden_size,
}));

/** Weights that a token that is written is multiplied with. */
export function languageMatrices(text: TextConfig): number {
  const { layers, head } = matrices(text);
  return layers + head;
}

/** Forward, FLOP: `tokens` behind `context` tokens that are there already, logits at `logits` of them; causal attention. */
export function languageFlops(text: TextConfig, tokens: number, { context = 0, logits = tokens } = {}): number {
  const { layers, head } = matrices(text);
  const attention = 4 * text.hidden_size * text.num_hidden_layers * tokens * (context + tokens / 2);
  return 2 * layers * tokens + 2 * head * logits + attention;
}

/** Weights of the vision tower that a patch is multiplied with; the merger's once for each cell. */
const visionMatrices = once((vision: VisionConfig) => {
  const shapes = visionShapes(vision);
  const merger = total(shapes, (name, { length }) => name.includes('.merger.') && length > 1);
  const rest = total(shapes, (name, { length }) => !name.includes('.merger.') && length > 1);
  return merger / vision.spatial_merge_size ** 2 + rest;
});

/** Forward of the vision tower, FLOP: windows everywhere but in the few layers that see a whole pair of frames. */
export function visionFlops(vision: VisionConfig, patches: number, patchesPerFrame: number): number {
  const window = (vision.window_size / vision.patch_size) ** 2;
  const whole = vision.fullatt_block_indexes.length;
  const seen = whole * patchesPerFrame + (vision.depth - whole) * Math.min(window, patchesPerFrame);
  return 2 * visionMatrices(vision) * patches + 4 * vision.hidden_size * patches * seen;
}

/** Keys and values of one token, bytes in bf16. */
export const cacheBytes = (text: TextConfig): number =>
  2 * 2 * text.num_hidden_layers * text.num_key_value_heads * (text.hidden_size / text.num_attention_heads);

/** Weights of an adapter on every linear layer of the language tower. */
export function adapterParameters(text: TextConfig, rank: number): number {
  const linear = Object.entries(languageShapes(text)).filter(([name, shape]) => isLayer(name, shape));
  return rank * linear.reduce((sum, [, [out, into]]) => sum + out + into, 0);
}

export interface Prompt {
  /** Patches of the vision tower, in all and in a pair of frames. */
  readonly patches: number;
  readonly patchesPerFrame: number;
  readonly visionTokens: number;
  readonly textTokens: number;
}

export const promptTokens = ({ visionTokens, textTokens }: Prompt): number => visionTokens + textTokens;

/** A prompt of `grids` pictures (pairs of frames) of height × width pixels. */
export function promptOf(
  vision: VisionConfig,
  grids: number,
  [height, width]: readonly number[],
  text: number,
): Prompt {
  const patchesPerFrame = (height / vision.patch_size) * (width / vision.patch_size);
  const patches = grids * patchesPerFrame;
  return { patches, patchesPerFrame, visionTokens: patches / vision.spatial_merge_size ** 2, textTokens: text };
}

/** A video of 16:9 under the paper's training profile. */
export const videoPrompt = ({ vision }: Towers): Prompt =>
  promptOf(
    vision,
    Math.ceil(paperTrain.nframes / vision.temporal_patch_size),
    profileFrameSize(paperTrain, 1080, 1920),
    known.promptText,
  );

/** The same frames as pictures one by one, as the Tinker protocol has them: no two share a patch in time. */
export const picturesPrompt = ({ vision }: Towers): Prompt =>
  promptOf(vision, paperTrain.nframes, profileFrameSize(paperTrain, 1080, 1920), known.promptText);

export const promptVisionFlops = ({ vision }: Towers, prompt: Prompt): number =>
  visionFlops(vision, prompt.patches, prompt.patchesPerFrame);

/** Forward over a prompt up to its first token, FLOP. */
export const prefillFlops = (towers: Towers, prompt: Prompt): number =>
  promptVisionFlops(towers, prompt) + languageFlops(towers.text, promptTokens(prompt), { logits: 1 });

/** Forward over a prompt with one completion, logits where it is, FLOP. */
export const sequenceFlops = (towers: Towers, prompt: Prompt, completion: number): number =>
  promptVisionFlops(towers, prompt) +
  languageFlops(towers.text, promptTokens(prompt) + completion, { logits: completion });

/** Forward, FLOP, of one picture and of one text of the semantic reward. */
export function siglipFlops(config: SiglipConfig): { readonly picture: number; readonly text: number } {
  const shapes = siglipShapes(config);
  const side = (tower: 'vision' | 'text', tokens: number) => {
    const { hidden_size, num_hidden_layers } = config[tower];
    const matrices = total(shapes, (n, { length }) => n.startsWith(`${tower}_model.encoder.`) && length === 2);
    return 2 * matrices * tokens + 4 * hidden_size * num_hidden_layers * tokens ** 2;
  };
  const { image_size, patch_size } = config.vision;
  return {
    picture: side('vision', Math.floor(image_size / patch_size) ** 2),
    text: side('text', config.text.max_position_embeddings),
  };
}
