// Stage 1: the vision tower alone, on dense truth per cell: which objects, how they move, which characters. A linear head on the merged
// cells, thrown away afterwards. It breaks the plateau at which next-token loss alone sits for tens of thousands of samples.

import { createRng } from '../../base/rng.ts';
import {
  abs,
  add,
  type Buffer,
  exp,
  f32,
  i32,
  input,
  linear,
  log,
  logSoftmax,
  maximum,
  mul,
  type Node,
  neg,
  param,
  reshape,
  slice,
  sub,
  sum,
  Trainer,
  takeLast,
} from '../../engine/index.ts';
import { micro } from '../../media/index.ts';
import { initWeights } from '../../models/init.ts';
import type { ModelConfig } from '../../models/qwen2_5_vl/config.ts';
import { visionGraph } from '../../models/qwen2_5_vl/graphs.ts';
import { processClip } from '../../models/qwen2_5_vl/processor.ts';
import type { Grid } from '../../models/qwen2_5_vl/rope_index.ts';
import { visionTables } from '../../models/qwen2_5_vl/rotary.ts';
import { visionShapes } from '../../models/qwen2_5_vl/vision.ts';
import { cellCount, denseLabels, motionFields } from '../../world/labels.ts';
import { characters, comboCount } from '../../world/vocab.ts';
import type { SceneClip } from './scenes.ts';

const CENTRES = comboCount + 1;
const GLYPHS = characters.length + 1;
const PATCHES = 4;
const OUTPUTS = comboCount + CENTRES + motionFields + PATCHES * GLYPHS;
/** Most cells hold no character; they count this little. */
const NO_GLYPH_WEIGHT = 0.05;
/** Pixels of displacement, offset and radius are divided by this. */
const PIXELS = 14;
const SLICE_STEP = 8;

const HEAD = { weight: 'head.weight', bias: 'head.bias' };

/** log(1 + eˣ), without overflow. */
const softplus = (x: Node): Node => add(maximum(x, 0), log(add(exp(neg(abs(x))), 1)));

/** All losses on cells[N, D]; feeds presence[N,24], centre[N], motion[N,6], hasMotion[N,1], glyphs[N·4], glyphWeight[N·4], scales fed as data. */
function cellLoss(cells: Node, weight: Node, bias: Node): { loss: Node; parts: Record<string, Node> } {
  const count = cells.shape[0];
  const out = linear(cells, weight, bias);
  let at = 0;
  const take = (n: number) => {
    at += n;
    return slice(out, 1, at - n, at);
  };
  const presence = input('presence', [count, comboCount]);
  const logits = take(comboCount);
  const bce = mul(sum(sub(softplus(logits), mul(logits, presence))), 1 / count);
  const centre = mul(sum(takeLast(logSoftmax(take(CENTRES)), input('centre', [count], 'i32'))), -1 / count);
  const miss = sub(take(motionFields), input('motion', [count, motionFields]));
  const motion = sum(mul(mul(miss, miss), input('motionWeight', [count, 1])));
  const glyphs = logSoftmax(reshape(take(PATCHES * GLYPHS), [count * PATCHES, GLYPHS]));
  const read = neg(
    sum(mul(takeLast(glyphs, input('glyphs', [count * PATCHES], 'i32')), input('glyphWeight', [count * PATCHES]))),
  );
  return {
    loss: add(add(bce, centre), add(motion, read)),
    parts: { presenceLoss: bce, centreLoss: centre, motionLoss: motion, readLoss: read },
  };
}

interface VisionBatch {
  readonly slices: number;
  readonly feeds: Record<string, Buffer>;
}

function visionBatch(config: ModelConfig, clips: readonly SceneClip[]): VisionBatch {
  const processed = clips.map(({ clip }) => processClip(clip, config.vision));
  const used = processed.reduce((n, p) => n + p.grid_thw[0], 0);
  const slices = Math.ceil(used / SLICE_STEP) * SLICE_STEP;
  const [, h, w] = processed[0].grid_thw;
  const width = processed[0].pixel_values.length / (processed[0].grid_thw[0] * h * w);
  const pixels = new Float32Array(slices * h * w * width);
  const count = slices * cellCount;
  const presence = new Float32Array(count * comboCount);
  const centre = new Int32Array(count);
  const motion = new Float32Array(count * motionFields);
  const motionWeight = new Float32Array(count);
  const glyphs = new Int32Array(count * PATCHES);
  const glyphWeight = new Float32Array(count * PATCHES);
  let [pixel, cell] = [0, 0];
  clips.forEach(({ scene }, i) => {
    pixels.set(processed[i].pixel_values, pixel);
    pixel += processed[i].pixel_values.length;
    const labels = denseLabels(scene);
    presence.set(labels.presence_TCK, cell * comboCount);
    centre.set(labels.centre_TC, cell);
    motion.set(
      labels.motion_TCM.map((v) => v / PIXELS),
      cell * motionFields,
    );
    labels.centre_TC.forEach((c, k) => {
      motionWeight[cell + k] = c > 0 ? 1 : 0;
    });
    glyphs.set(labels.characters_TCP, cell * PATCHES);
    labels.characters_TCP.forEach((c, k) => {
      glyphWeight[cell * PATCHES + k] = c > 0 ? 1 : NO_GLYPH_WEIGHT;
    });
    cell += labels.pairs * cellCount;
  });
  const scaled = (x: Float32Array) => {
    const total = x.reduce((a, b) => a + b, 0);
    return x.map((v) => v / Math.max(1, total));
  };
  const grids = Array.from({ length: slices }, (): Grid => [1, h, w]);
  const { cos, sin } = visionTables(config.vision, grids);
  return {
    slices,
    feeds: {
      pixels: f32(pixels, [slices * h * w, width]),
      visionCos: cos,
      visionSin: sin,
      presence: f32(presence, [count, comboCount]),
      centre: i32(centre, [count]),
      motion: f32(motion, [count, motionFields]),
      motionWeight: f32(scaled(motionWeight), [count, 1]),
      glyphs: i32(glyphs, [count * PATCHES]),
      glyphWeight: f32(scaled(glyphWeight), [count * PATCHES]),
    },
  };
}

export interface VisionStep {
  readonly loss: number;
  readonly gradNorm: number;
  readonly parts: Record<string, number>;
}

/** Trains `visual.*` of the given weights in place. */
export class VisionTrainer {
  readonly trainer: Trainer;
  private readonly config: ModelConfig;

  constructor(config: ModelConfig, weights: Record<string, Buffer>, seed: number) {
    this.config = config;
    const tower = Object.fromEntries(Object.keys(visionShapes(config.vision)).map((name) => [name, weights[name]]));
    const head = initWeights(
      { [HEAD.weight]: [OUTPUTS, config.text.hidden_size], [HEAD.bias]: [OUTPUTS] },
      createRng(seed),
      1,
    );
    this.trainer = new Trainer({ ...tower, ...head }, { weightDecay: 0.02, maxNorm: 1, beta2: 0.98 });
  }

  prepare(clips: readonly SceneClip[]): VisionBatch {
    return visionBatch(this.config, clips);
  }

  async step({ slices, feeds }: VisionBatch, learningRate: number): Promise<VisionStep> {
    const build = () => {
      const side = micro.max_pixels ** 0.5 / this.config.vision.patch_size;
      const { cells, weights } = visionGraph(
        this.config,
        Array.from({ length: slices }, (): Grid => [1, side, side]),
      );
      const weight = param(HEAD.weight, [OUTPUTS, this.config.text.hidden_size]);
      const bias = param(HEAD.bias, [OUTPUTS]);
      const { loss, parts } = cellLoss(cells, weight, bias);
      return { loss, weights: new Map([...weights, [HEAD.weight, weight], [HEAD.bias, bias]]), outputs: parts };
    };
    const { loss, gradNorm, outputs } = await this.trainer.step(String(slices), build, feeds, learningRate);
    const parts = Object.fromEntries(Object.entries(outputs).map(([k, v]) => [k, (v.data as Float32Array)[0]]));
    return { loss, gradNorm, parts };
  }
}
