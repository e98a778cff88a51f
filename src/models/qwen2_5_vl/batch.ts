// Rows → the feeds of one graph: right padding, vision cells placed by index, targets selected. Sizes are rounded up to a few buckets
// so that few graphs serve all batches. Clips that several rows share go through the vision tower once.
import { type Buffer, f32, i32 } from '../../engine/index.ts';
import { roundUp } from '../cache.ts';
import type { Batch, Prepared, PreparedVision, Row } from '../port.ts';
import type { ModelConfig } from './config.ts';
import { type Pack, packedLength, packMask, packRows } from './packs.ts';
import type { Grid } from './rope_index.ts';
import { textTables, visionTables } from './rotary.ts';

/** At least one step, for batches without any. */
const bucket = (n: number, step: number) => Math.max(step, roundUp(n, step));

/** Each distinct size is a graph to compile (half a second), each unit of padding is work: rows in steps of 16 to 64 tokens, … */
const tokenBucket = (n: number) => bucket(n, n > 320 ? 64 : n > 96 ? 32 : 16);

/** … targets and temporal patches, which cost less, in two sizes per doubling. */
function coarseBucket(n: number, least: number): number {
  const half = 2 ** Math.floor(Math.log2(Math.max(n, least)) - 1);
  return bucket(n, Math.max(half, least));
}

export interface Layout {
  readonly tokens: number;
  readonly grids: readonly Grid[];
  readonly feeds: Record<string, Buffer>;
}

/** The temporal patches of all clips as grids of one patch each: attention in the vision tower never leaves a temporal patch. */
function vision(c: ModelConfig, clips: readonly PreparedVision[]): { grids: Grid[]; feeds: Record<string, Buffer> } {
  const grids: Grid[] = clips.flatMap(({ grid: [t, h, w] }) => Array.from({ length: t }, (): Grid => [1, h, w]));
  if (grids.length === 0) return { grids, feeds: {} };
  const [, h, w] = grids[grids.length - 1];
  const padded = grids.length > 8 ? coarseBucket(grids.length, 8) : bucket(grids.length, grids.length > 2 ? 4 : 1);
  while (grids.length < padded) grids.push([1, h, w]);
  const patches = grids.reduce((n, [, rows, columns]) => n + rows * columns, 0);
  const width = c.vision.in_channels * c.vision.temporal_patch_size * c.vision.patch_size ** 2;
  const pixels = new Float32Array(patches * width);
  let at = 0;
  for (const clip of clips) {
    pixels.set(clip.pixels, at);
    at += clip.pixels.length;
  }
  const { cos, sin } = visionTables(c.vision, grids);
  return { grids, feeds: { pixels: f32(pixels, [patches, width]), visionCos: cos, visionSin: sin } };
}

/** Cells of each distinct clip start at this index of the vision tower's output. */
function cellStarts(c: ModelConfig, rows: readonly Prepared[]): Map<PreparedVision, number> {
  const starts = new Map<PreparedVision, number>();
  let cells = 0;
  for (const clip of rows.flatMap((r) => r.vision)) {
    if (starts.has(clip)) continue;
    starts.set(clip, cells);
    cells += (clip.grid[0] * clip.grid[1] * clip.grid[2]) / c.vision.spatial_merge_size ** 2;
  }
  return starts;
}

/** ids, positions and vision of right-padded packs; their length is rounded up to a bucket. */
export function layOut(c: ModelConfig, packs: readonly Omit<Pack, 'rows'>[], batch = packs.length): Layout {
  const tokens = tokenBucket(Math.max(...packs.map(packedLength)));
  const count = batch * tokens;
  const ids = new Int32Array(count);
  const positions = new Int32Array(3 * count);
  const visionIndex = new Int32Array(count);
  const isVision = new Uint8Array(count);
  const starts = cellStarts(
    c,
    packs.map((p) => p.prompt),
  );
  packs.forEach(({ prompt, completions }, p) => {
    const [start, n] = [p * tokens, prompt.tokens.length];
    ids.set(prompt.tokens, start);
    for (let axis = 0; axis < 3; axis++)
      positions.set(prompt.positions.subarray(axis * n, (axis + 1) * n), axis * count + start);
    let at = start + n;
    for (const completion of completions) {
      ids.set(completion, at);
      for (let axis = 0; axis < 3; axis++)
        for (let i = 0; i < completion.length; i++) positions[axis * count + at + i] = prompt.nextPosition + i;
      at += completion.length;
    }
    for (const clip of prompt.vision) {
      const cells = (clip.grid[0] * clip.grid[1] * clip.grid[2]) / c.vision.spatial_merge_size ** 2;
      for (let i = 0; i < cells; i++) {
        visionIndex[start + clip.start + i] = (starts.get(clip) as number) + i;
        isVision[start + clip.start + i] = 1;
      }
    }
  });
  const { grids, feeds } = vision(c, [...starts.keys()]);
  const placed: Record<string, Buffer> =
    grids.length === 0
      ? {}
      : {
          visionIndex: i32(visionIndex, [count]),
          isVision: { dtype: 'bool', shape: [batch, tokens, 1], data: isVision },
        };
  return {
    tokens,
    grids,
    feeds: { ids: i32(ids, [batch, tokens]), ...textTables(c.text, positions, count), ...placed, ...feeds },
  };
}

const gridKey = (grids: readonly Grid[]) => {
  const counts = new Map<string, number>();
  for (const g of grids) counts.set(g.join('x'), (counts.get(g.join('x')) ?? 0) + 1);
  return counts.size <= 1 ? [...counts].join() : grids.map((g) => g.join('x')).join();
};

export interface LaidOut extends Batch {
  readonly rows: number;
  readonly tokens: number;
  readonly grids: readonly Grid[];
  /** Whether some row holds several completions; the graph then takes the input `mask`. */
  readonly packed: boolean;
}

/** Rows for the scoring graph: every completion token is a target. Rows of the same prompt share it (packs.ts). */
export function scoringBatch(c: ModelConfig, rows: readonly Row[], temperature: number): LaidOut {
  const packs = packRows(rows);
  const packed = packs.length < rows.length;
  const layout = layOut(c, packs);
  const wanted = rows.reduce((n, r) => n + r.completion.length, 0);
  const targets = coarseBucket(wanted, 8);
  const select = new Int32Array(targets);
  const chosen = new Int32Array(targets);
  const offsets: number[] = [];
  let target = 0;
  packs.forEach(({ prompt, completions, rows: members }, p) => {
    const last = p * layout.tokens + prompt.tokens.length - 1;
    let at = last + 1;
    completions.forEach((completion, k) => {
      offsets[members[k]] = target;
      for (let i = 0; i < completion.length; i++, target++) {
        select[target] = i === 0 ? last : at + i - 1;
        chosen[target] = completion[i];
      }
      at += completion.length;
    });
  });
  return {
    key: `${packs.length}x${layout.tokens}${packed ? '*' : ''}>${targets}|${gridKey(layout.grids)}`,
    rows: packs.length,
    tokens: layout.tokens,
    grids: layout.grids,
    packed,
    targets,
    offsets,
    feeds: {
      ...layout.feeds,
      ...(packed ? { mask: packMask(packs, layout.tokens) } : {}),
      select: i32(select, [targets]),
      targets: i32(chosen, [targets]),
      temperature: f32(Float32Array.of(temperature), []),
    },
  };
}

const PREFILL_ROWS = [1, 2, 4, 8, 16, 32, 64, 128];

/**
 * Prompts for the prefill graph; missing rows repeat nothing and cost padding only. Behind `past` tokens of cache the kernel takes the
 * whole row, padding included, for new: what padding leaves in the cache lies behind the prompt, where nobody looks.
 */
export function prefillBatch(c: ModelConfig, prompts: readonly Prepared[], past = 0): LaidOut {
  const rows = PREFILL_ROWS.find((n) => n >= prompts.length) ?? prompts.length;
  const layout = layOut(
    c,
    prompts.map((prompt) => ({ prompt, completions: [] })),
    rows,
  );
  const lengths = Array.from({ length: rows }, (_, r) => prompts[r]?.tokens.length ?? 1);
  return {
    key: `${rows}x${layout.tokens}|${gridKey(layout.grids)}`,
    rows,
    tokens: layout.tokens,
    grids: layout.grids,
    packed: false,
    targets: rows,
    offsets: lengths.map((_, r) => r),
    feeds: {
      ...layout.feeds,
      select: i32(
        lengths.map((n, r) => r * layout.tokens + n - 1),
        [rows],
      ),
      seqlens: i32(
        lengths.map((n) => (past > 0 ? past + layout.tokens : n) - 1),
        [rows],
      ),
      total: i32([past + layout.tokens], [1]),
    },
  };
}
