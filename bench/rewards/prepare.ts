// What both sides work on: videos of the micro-world with completions about them, our decoder's frames for the peer, and a SigLIP folder.
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRng } from '../../src/base/rng.ts';
import type { Buffer as Tensor } from '../../src/engine/index.ts';
import { loadClip } from '../../src/media/load.ts';
import { profiles } from '../../src/media/profile.ts';
import { initWeights } from '../../src/models/init.ts';
import { parseSiglipConfig } from '../../src/models/siglip/config.ts';
import { siglipShapes } from '../../src/models/siglip/graph.ts';
import { saveSiglip } from '../../src/models/siglip/index.ts';
import { loadTokenizer } from '../../src/models/tokenizer/load.ts';
import { microEmbedder } from '../../src/recipes/shipped.ts';
import { makeWorld } from '../../src/world/index.ts';
import type { OpenRewards, Question } from './protocol.ts';

/** micro: the shipped model. so400m: the shapes of google/siglip-so400m-patch14-384, random weights. */
export const rewardSizes = ['micro', 'so400m'] as const;
export type RewardSize = (typeof rewardSizes)[number];

const FRAMES = 16;
const COMPLETIONS = 8;

export interface Prepared extends Omit<OpenRewards, 'threads'> {
  readonly questions: readonly Question[];
}

/** config.json of google/siglip-so400m-patch14-384. */
export const so400m = {
  model_type: 'siglip',
  text_config: { hidden_size: 1152, intermediate_size: 4304, num_hidden_layers: 27, num_attention_heads: 16 },
  vision_config: {
    hidden_size: 1152,
    intermediate_size: 4304,
    num_hidden_layers: 27,
    num_attention_heads: 16,
    image_size: 384,
    patch_size: 14,
  },
};

/** A direction that both towers share: without it random texts and pictures are at right angles, and all rewards are 0. */
function shareDirection(weights: Record<string, Tensor>): void {
  const rng = createRng(4);
  const [text, vision] = ['text_model.head.bias', 'vision_model.head.mlp.fc2.bias'].map(
    (name) => weights[name].data as Float32Array,
  );
  for (let i = 0; i < text.length; i++) text[i] = vision[i] = 0.3 * rng.normal();
}

async function siglipFolder(dir: string, size: RewardSize): Promise<string> {
  if (size === 'micro') return microEmbedder;
  const config = parseSiglipConfig(so400m);
  const folder = join(dir, 'so400m');
  const weights = initWeights(siglipShapes(config), createRng(3), 2 * 27);
  shareDirection(weights);
  await saveSiglip(folder, config, weights, await loadTokenizer(microEmbedder), 'f16');
  await copyFile(join(microEmbedder, 'tokenizer.json'), join(folder, 'tokenizer.json'));
  return folder;
}

const colours = ['red', 'blue', 'green', 'yellow', 'purple', 'cyan', 'orange', 'white'];
const shapes = ['circle', 'square', 'triangle', 'star', 'cross'];

function completionsOf(seed: number): string[] {
  const rng = createRng(seed);
  return Array.from({ length: COMPLETIONS }, () => {
    const [first, second] = [0, 1].map(() => `${rng.pick(colours)} ${rng.pick(shapes)}`);
    return `<think>I look at the video. A ${first} moves to the right. Then a ${second} stands still.</think>\n<answer>A</answer>`;
  });
}

/** `groups` videos with their completions; the peer's frames lie beside them. */
export async function prepareRewards(dir: string, size: RewardSize, groups: number): Promise<Prepared> {
  const videos = join(dir, 'videos');
  const { train } = await makeWorld(videos, { seed: 9, train: 2 * groups + 8, heldOut: 0, questionsPerScene: 1 });
  const paths = [...new Set(train.filter((row) => row.data_type === 'video').map((row) => row.path))].slice(0, groups);
  const profile = size === 'micro' ? 'micro' : 'paperTrain';
  const raw = join(dir, 'raw');
  await mkdir(raw, { recursive: true });
  let shape: readonly [number, number] = [0, 0];
  for (const [i, path] of paths.entries()) {
    const { frames } = await loadClip(join(videos, path), { ...profiles[profile], nframes: FRAMES });
    shape = [frames[0].height, frames[0].width];
    await writeFile(join(raw, `${i}.rgb`), Buffer.concat(frames.map(({ data }) => data)));
  }
  const questions = paths.map((path, i) => ({ path, completions: completionsOf(i) }));
  return { dir: await siglipFolder(dir, size), videos, profile, frames: FRAMES, raw, size: shape, questions };
}
