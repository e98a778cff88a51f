// Rotary tables from positions: M-RoPE for the language tower (frequencies shared out between time, height and width), 2-D for the
// vision tower. Cosines and sines are computed here, on the host, once per batch; the graphs only rotate.
import { type Buffer, f32 } from '../../engine/index.ts';
import type { TextConfig, VisionConfig } from './config.ts';
import { headDim } from './language.ts';
import { type Grid, rot_pos_emb } from './rope_index.ts';

export interface Tables {
  readonly cos: Buffer;
  readonly sin: Buffer;
}

function fill(rows: number, half: number, angle: (row: number, i: number) => number): Tables {
  const cos = new Float32Array(rows * half);
  const sin = new Float32Array(rows * half);
  for (let r = 0; r < rows; r++) {
    for (let i = 0; i < half; i++) {
      const a = angle(r, i);
      cos[r * half + i] = Math.cos(a);
      sin[r * half + i] = Math.sin(a);
    }
  }
  return { cos: f32(cos, [rows, half]), sin: f32(sin, [rows, half]) };
}

/** Positions [3, N] → tables [N, D/2]. */
export function textTables(c: TextConfig, positions: ArrayLike<number>, count: number): Tables {
  const half = headDim(c) / 2;
  const [t, h] = c.rope_scaling.mrope_section;
  const axis = Int32Array.from({ length: half }, (_, i) => (i < t ? 0 : i < t + h ? 1 : 2));
  const frequency = Float64Array.from({ length: half }, (_, i) => Math.fround(c.rope_theta ** (-i / half)));
  return fill(count, half, (r, i) => Math.fround(positions[axis[i] * count + r] * frequency[i]));
}

/** Patch grids → tables [P, D/2]: the first half of the frequencies turns with the row, the second with the column. */
export function visionTables(c: VisionConfig, grids: readonly Grid[]): Tables {
  const half = c.hidden_size / c.num_heads / 2;
  const quarter = half / 2;
  const places = rot_pos_emb(grids, c.spatial_merge_size); // [P, 2]
  const frequency = Float64Array.from({ length: quarter }, (_, i) => Math.fround(10000 ** (-i / quarter)));
  return fill(places.length / 2, half, (r, i) =>
    Math.fround(i < quarter ? places[2 * r] * frequency[i] : places[2 * r + 1] * frequency[i - quarter]),
  );
}
