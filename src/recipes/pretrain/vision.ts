// Stage 2: the vision tower alone, on dense truth per cell: which objects, how they move, which characters, which cell of the picture.
// A linear head on the merged cells, thrown away afterwards, and a head whose rows are the language tower's word embeddings
// (cell-words.ts). It breaks the plateau at which next-token loss alone sits for tens of thousands of samples.

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
  type SessionOptions,
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
import { cellWords, wordTruth } from './cell-words.ts';
import type { SceneClip } from './scenes.ts';

const CENTRES = comboCount + 1;
const GLYPHS = characters.length + 1;
const PATCHES = 4;
const OUTPUTS = comboCount + CENTRES + motionFields + PATCHES * GLYPHS + cellCount;
const WORDS = cellWords.length;
/** Most cells hold no character; they count this little. */
const NO_GLYPH_WEIGHT = 0.05;
/** Pixels of displacement, offset and radius are divided by this. */
const PIXELS = 14;
const SLICE_STEP = 8;

const HEAD = { weight: 'head.weight', bias: 'head.bias', wordBias: 'head.word_bias' };
/** Logit of a word for a cell at right angles to it (at the start), and per unit of cell along it. */
const WORD = { bias: -3, scale: 4 };
/** Weight of a cell's squared length: what no head needs goes, so that words are most of what a cell is. */
const LENGTH_WEIGHT = 0.01;

/** log(1 + eˣ), without overflow. */
const softplus = (x: Node): Node => add(maximum(x, 0), log(add(exp(neg(abs(x))), 1)));

type Head = Readonly<Record<keyof typeof HEAD, Node>>;

const headShapes = (hidden: number): Record<keyof typeof HEAD, number[]> => ({
  weight: [OUTPUTS, hidden],
  bias: [OUTPUTS],
  wordBias: [WORDS],
});

/** Mean over cells of the summed binary cross-entropies of logits[N, K] against truth[N, K] in {0, 1}. */
const binaryLoss = (logits: Node, truth: Node): Node =>
  mul(sum(sub(softplus(logits), mul(logits, truth))), 1 / logits.shape[0]);

/** All losses on cells[N, D]; feeds presence[N,24], centre[N], motion[N,6], motionWeight[N,1], glyphs[N·4], glyphWeight[N·4], place[N], wordRows[W,D], words[N,W]; scales fed as data. */
function cellLoss(cells: Node, head: Head): { loss: Node; parts: Record<string, Node> } {
  const count = cells.shape[0];
  const out = linear(cells, head.weight, head.bias);
  let at = 0;
  const take = (n: number) => {
    at += n;
    return slice(out, 1, at - n, at);
  };
  const bce = binaryLoss(take(comboCount), input('presence', [count, comboCount]));
  const centre = mul(sum(takeLast(logSoftmax(take(CENTRES)), input('centre', [count], 'i32'))), -1 / count);
  const miss = sub(take(motionFields), input('motion', [count, motionFields]));
  const motion = sum(mul(mul(miss, miss), input('motionWeight', [count, 1])));
  const glyphs = logSoftmax(reshape(take(PATCHES * GLYPHS), [count * PATCHES, GLYPHS]));
  const read = neg(
    sum(mul(takeLast(glyphs, input('glyphs', [count * PATCHES], 'i32')), input('glyphWeight', [count * PATCHES]))),
  );
  const place = mul(sum(takeLast(logSoftmax(take(cellCount)), input('place', [count], 'i32'))), -1 / count);
  const along = mul(linear(cells, input('wordRows', [WORDS, cells.shape[1]])), WORD.scale);
  const words = binaryLoss(add(along, head.wordBias), input('words', [count, WORDS]));
  const length = mul(sum(mul(cells, cells)), 1 / count);
  const truths = add(add(add(bce, centre), add(motion, read)), add(place, words));
  return {
    loss: add(truths, mul(length, LENGTH_WEIGHT)),
    parts: {
      presenceLoss: bce,
      centreLoss: centre,
      motionLoss: motion,
      readLoss: read,
      placeLoss: place,
      wordLoss: words,
      squaredLength: length,
    },
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
  const words = new Float32Array(count * WORDS);
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
    words.set(wordTruth(labels, scene.data_type === 'video'), cell * WORDS);
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
      place: i32(
        Int32Array.from({ length: count }, (_, i) => i % cellCount),
        [count],
      ),
      words: f32(words, [count, WORDS]),
    },
  };
}

export interface VisionStep {
  readonly loss: number;
  readonly gradNorm: number;
  readonly parts: Record<string, number>;
}

/** The embeddings of the cell words, each of length 1: [W, D]. */
function unitRows(embeddings: Buffer, tokens: readonly number[]): Buffer {
  const width = embeddings.shape[1];
  const rows = new Float32Array(tokens.length * width);
  tokens.forEach((token, i) => {
    const row = (embeddings.data as Float32Array).subarray(token * width, (token + 1) * width);
    const length = Math.hypot(...row);
    rows.set(
      row.map((v) => v / length),
      i * width,
    );
  });
  return f32(rows, [tokens.length, width]);
}

/** Trains `visual.*` of the given weights in place, towards the word embeddings as they are now. */
export class VisionTrainer {
  readonly trainer: Trainer;
  private readonly config: ModelConfig;
  private readonly wordRows: Buffer;

  /** `wordTokens`: the token of each cell word. */
  constructor(
    config: ModelConfig,
    weights: Record<string, Buffer>,
    wordTokens: readonly number[],
    { seed, ...session }: SessionOptions & { readonly seed: number },
  ) {
    this.config = config;
    this.wordRows = unitRows(weights['model.embed_tokens.weight'], wordTokens);
    const tower = Object.fromEntries(Object.keys(visionShapes(config.vision)).map((name) => [name, weights[name]]));
    const shapes = headShapes(config.text.hidden_size);
    const head = initWeights({ [HEAD.weight]: shapes.weight, [HEAD.bias]: shapes.bias }, createRng(seed), 1);
    head[HEAD.wordBias] = f32(new Float32Array(WORDS).fill(WORD.bias), shapes.wordBias);
    this.trainer = new Trainer({ ...tower, ...head }, { weightDecay: 0.02, maxNorm: 1, beta2: 0.98 }, session);
  }

  prepare(clips: readonly SceneClip[]): VisionBatch {
    return visionBatch(this.config, clips);
  }

  async step({ slices, feeds }: VisionBatch, learningRate: number): Promise<VisionStep> {
    const { loss, gradNorm, outputs } = await this.trainer.step(
      String(slices),
      () => this.build(slices),
      { ...feeds, wordRows: this.wordRows },
      learningRate,
    );
    const parts = Object.fromEntries(Object.entries(outputs).map(([k, v]) => [k, (v.data as Float32Array)[0]]));
    return { loss, gradNorm, parts };
  }

  private build(slices: number) {
    const side = micro.max_pixels ** 0.5 / this.config.vision.patch_size;
    const { cells, weights } = visionGraph(
      this.config,
      Array.from({ length: slices }, (): Grid => [1, side, side]),
    );
    const shapes = headShapes(this.config.text.hidden_size);
    const keys = Object.keys(HEAD) as (keyof typeof HEAD)[];
    const head = Object.fromEntries(keys.map((key) => [key, param(HEAD[key], shapes[key])])) as Head;
    const { loss, parts } = cellLoss(cells, head);
    const own = keys.map((key) => [HEAD[key], head[key]] as const);
    return { loss, weights: new Map([...weights, ...own]), outputs: parts };
  }
}
