// Which patches see each other: the window permutation of merged cells, window lengths and frame lengths (get_window_index and
// the two cu_seqlens of Qwen2_5_VisionTransformerPretrainedModel). Depends on the grids alone.
import type { VisionConfig } from './config.ts';
import type { Grid } from './rope_index.ts';
import type { VisionPlan } from './vision.ts';

/** What windows depend on. */
export type WindowConfig = Pick<VisionConfig, 'window_size' | 'spatial_merge_size' | 'patch_size'>;

export interface WindowIndex {
  /** New order of merged cells: position i holds cell window_index[i]. Length Σ t·h·w / merge². */
  readonly window_index: Int32Array;
  /** Cumulative window lengths in patches, from 0; empty windows are left out (unique_consecutive in the reference). */
  readonly cu_window_seqlens: readonly number[];
}

/** Window order of one or several images or videos, one after another. Windows never cross a temporal patch. */
export function get_window_index(grids: readonly Grid[], config: WindowConfig): WindowIndex {
  const merge = config.spatial_merge_size;
  const side = Math.floor(config.window_size / merge / config.patch_size); // merged cells along a window's edge
  const window_index: number[] = [];
  const cu_window_seqlens = [0];
  let base = 0;
  for (const [t, h, w] of grids) {
    const [rows, columns] = [Math.floor(h / merge), Math.floor(w / merge)];
    for (let frame = 0; frame < t; frame++, base += rows * columns) {
      for (let top = 0; top < rows; top += side) {
        for (let left = 0; left < columns; left += side) {
          const [bottom, right] = [Math.min(top + side, rows), Math.min(left + side, columns)];
          for (let y = top; y < bottom; y++)
            for (let x = left; x < right; x++) window_index.push(base + y * columns + x);
          cu_window_seqlens.push(window_index.length * merge * merge);
        }
      }
    }
  }
  return { window_index: Int32Array.from(window_index), cu_window_seqlens };
}

/** Everything the vision graph needs to know about its grids: permutation (undefined when nothing moves) and segment lengths. */
export function visionPlan(grids: readonly Grid[], config: WindowConfig): VisionPlan {
  const { window_index, cu_window_seqlens } = get_window_index(grids, config);
  const moved = window_index.some((cell, i) => cell !== i);
  return {
    patches: grids.reduce((sum, [t, h, w]) => sum + t * h * w, 0),
    windowIndex: moved ? window_index : undefined,
    windows: cu_window_seqlens.slice(1).map((end, i) => end - cu_window_seqlens[i]),
    frames: grids.flatMap(([t, h, w]) => Array<number>(t).fill(h * w)),
  };
}
