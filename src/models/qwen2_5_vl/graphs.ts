// The graphs that a Qwen2.5-VL model is run by: log-probabilities of chosen positions (training, scoring), and prefill and decode
// over a cache (generation). Shapes are static: one graph per bucket. Leaves out: losses (train/), batching (batch.ts), sampling.
import {
  div,
  exp,
  gather,
  input,
  logSoftmax,
  mul,
  type Node,
  neg,
  reshape,
  sum,
  takeLast,
  type Update,
  where,
} from '../../engine/index.ts';
import type { CacheGraph, DecodeGraph, DecodeShape } from '../port.ts';
import { graphWeights, type Weights, type WeightsOptions } from '../weights.ts';
import { cacheHeadDim, type DecodeCache, decodeAttention, type PrefillCache, prefillAttention } from './cached.ts';
import type { ModelConfig } from './config.ts';
import { type Attend, causalAttention, headDim, languageHead, languageShapes, languageTower } from './language.ts';
import type { Grid } from './rope_index.ts';
import { type VisionPlan, visionShapes, visionTower } from './vision.ts';
import { visionPlan } from './windows.ts';

export interface BatchShape {
  readonly batch: number;
  /** Padded length of each row. */
  readonly tokens: number;
  /** Positions whose next-token distribution is wanted, over the whole batch. */
  readonly targets: number;
  readonly grids: readonly Grid[];
  /** Rows hold several completions of one prompt: attention takes the input `mask` [B,1,1,T,T] (packs.ts). Default false. */
  readonly packed?: boolean;
}

export const weightShapes = (c: ModelConfig): Record<string, number[]> => ({
  ...visionShapes(c.vision),
  ...languageShapes(c.text),
});

/** ids and vision cells → embeddings [B,T,hidden]. Inputs: ids, visionIndex, isVision, pixels, visionCos, visionSin. */
export function embed(c: ModelConfig, w: Weights, { batch, tokens, grids }: Omit<BatchShape, 'targets'>): Node {
  const d = c.text.hidden_size;
  const words = w.rows('model.embed_tokens.weight', input('ids', [batch, tokens], 'i32'));
  if (grids.length === 0) return words;
  const plan = visionPlan(grids, c.vision);
  const cells = visionCells(c, w, plan); // [cells, hidden]
  const placed = reshape(gather(cells, input('visionIndex', [batch * tokens], 'i32')), [batch, tokens, d]);
  return where(input('isVision', [batch, tokens, 1], 'bool'), placed, words);
}

function visionCells(c: ModelConfig, w: Weights, plan: VisionPlan): Node {
  const v = c.vision;
  const width = v.in_channels * v.temporal_patch_size * v.patch_size ** 2;
  const half = v.hidden_size / v.num_heads / 2;
  const pixels = input('pixels', [plan.patches, width]);
  const cos = input('visionCos', [plan.patches, half]);
  const sin = input('visionSin', [plan.patches, half]);
  return visionTower(pixels, cos, sin, w, v, plan);
}

/** The vision tower alone: pixels → merged cells, for tests and vision pretraining. */
export function visionGraph(c: ModelConfig, grids: readonly Grid[]): { cells: Node; weights: Map<string, Node> } {
  const w = graphWeights(weightShapes(c));
  return { cells: visionCells(c, w, visionPlan(grids, c.vision)), weights: w.used() };
}

function hiddenStates(c: ModelConfig, w: Weights, shape: BatchShape, select?: Node): Node {
  const { batch, tokens } = shape;
  const { cos, sin } = rotaryInputs(c.text, batch * tokens);
  const mask = shape.packed ? input('mask', [batch, 1, 1, tokens, tokens]) : undefined;
  return languageTower(embed(c, w, shape), cos, sin, w, c.text, causalAttention(c.text, batch, tokens, mask), select);
}

export interface LogprobGraph {
  /** log π(target | prefix) of softmax(logits / temperature), [N]. */
  readonly logprobs: Node;
  /** Entropy of the same distributions, nats, [N]. */
  readonly entropy: Node;
  readonly weights: Map<string, Node>;
}

/**
 * Log-probabilities of `targets`[N] at flat positions `select`[N] (the position before the target). Only those rows meet the
 * head, so a prompt costs no logits. Inputs: those of `embed`, cos, sin, select, targets, temperature[].
 */
export function logprobGraph(c: ModelConfig, shape: BatchShape, how?: WeightsOptions): LogprobGraph {
  const w = graphWeights(weightShapes(c), how);
  const rows = hiddenStates(c, w, shape, input('select', [shape.targets], 'i32'));
  const logits = div(languageHead(rows, w, c.text), input('temperature', []));
  const all = logSoftmax(logits); // [N, V]
  return {
    logprobs: takeLast(all, input('targets', [shape.targets], 'i32')),
    entropy: neg(sum(mul(exp(all), all), -1)),
    weights: w.used(),
  };
}

/** Logits of every position, [B,T,V]: for parity tests. */
export function logitsGraph(
  c: ModelConfig,
  shape: Omit<BatchShape, 'targets'>,
  how?: WeightsOptions,
): { logits: Node; weights: Map<string, Node> } {
  const w = graphWeights(weightShapes(c), how);
  const logits = languageHead(hiddenStates(c, w, { ...shape, targets: 0 }), w, c.text);
  return { logits, weights: w.used() };
}

/** Inputs cos and sin [N, D/2]: the rotary tables of N tokens. */
export function rotaryInputs(c: ModelConfig['text'], n: number): { cos: Node; sin: Node } {
  const shape = [n, headDim(c) / 2];
  return { cos: input('cos', shape), sin: input('sin', shape) };
}

/** Inputs `${name}0`, … of one cache per layer. */
const cacheInputs = (c: ModelConfig, name: string, rows: number, capacity: number, layers: number): Node[] =>
  Array.from({ length: layers }, (_, i) =>
    input(`${name}${i}`, [rows, c.text.num_key_value_heads, capacity, cacheHeadDim(c.text)]),
  );

/** The inputs of `layers` layers that fill a cache. */
export const prefillCacheInputs = (c: ModelConfig, rows: number, capacity: number, layers: number): PrefillCache => ({
  keys: cacheInputs(c, 'k', rows, capacity, layers),
  values: cacheInputs(c, 'v', rows, capacity, layers),
  seqlens: input('seqlens', [rows], 'i32'),
  total: input('total', [1], 'i32'),
});

/** The inputs of `layers` layers that decode over caches: see DecodeShape. */
export function decodeCacheInputs(c: ModelConfig, shape: DecodeShape, layers: number): DecodeCache {
  const { blocks, perBlock, promptCapacity, ownCapacity } = shape;
  const rows = blocks * perBlock;
  return {
    promptKeys: cacheInputs(c, 'pk', blocks, promptCapacity, layers),
    promptValues: cacheInputs(c, 'pv', blocks, promptCapacity, layers),
    keys: cacheInputs(c, 'k', rows, ownCapacity, layers),
    values: cacheInputs(c, 'v', rows, ownCapacity, layers),
    promptMask: input('promptMask', [blocks, promptCapacity]),
    ownMask: input('ownMask', [rows, ownCapacity]),
  };
}

/** log softmax(logits / temperature) of each row's last token, [B, V]; `select` says where that is in x. */
function lastLogprobs(c: ModelConfig, w: Weights, x: Node, attend: Attend, select: Node | undefined): Node {
  const [batch, tokens] = x.shape;
  const { cos, sin } = rotaryInputs(c.text, batch * tokens);
  const h = languageTower(x, cos, sin, w, c.text, attend, select);
  const logits = languageHead(reshape(h, [batch, c.text.hidden_size]), w, c.text);
  return logSoftmax(div(logits, input('temperature', [])));
}

/** Prompts, right-padded to `tokens`, through an empty cache. Input `select`[B]: flat position of each row's last token. */
export function prefillGraph(
  c: ModelConfig,
  shape: Omit<BatchShape, 'targets'>,
  capacity: number,
  how?: WeightsOptions,
): CacheGraph {
  const w = graphWeights(weightShapes(c), how);
  const updates: Update[] = [];
  const cache = prefillCacheInputs(c, shape.batch, capacity, c.text.num_hidden_layers);
  const attend = prefillAttention(c.text, cache, updates);
  const logprobs = lastLogprobs(c, w, embed(c, w, shape), attend, input('select', [shape.batch], 'i32'));
  return { logprobs, updates, weights: w.used() };
}

/** One new token per row; rows of a block share their prompt. Inputs: see DecodeShape. */
export function decodeGraph(c: ModelConfig, shape: DecodeShape, how?: WeightsOptions): DecodeGraph {
  const rows = shape.blocks * shape.perBlock;
  const w = graphWeights(weightShapes(c), how);
  const tokens: Record<string, Node> = {};
  const cache = decodeCacheInputs(c, shape, c.text.num_hidden_layers);
  const x = embed(c, w, { batch: rows, tokens: 1, grids: [] });
  const logprobs = lastLogprobs(c, w, x, decodeAttention(c.text, shape, cache, tokens), undefined);
  return { logprobs, tokens, weights: w.used() };
}
