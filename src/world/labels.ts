// Dense truth per temporal pair of frames and per 28-px cell, to pretrain the vision tower on: what is there, how it moves, which
// characters stand in the four patches. Axes: T temporal pairs, C cells (row-major 3 × 3), K colour-shape combos, P patches (2 × 2).
import { coveredBy, visibleFrom } from './place.ts';
import { characterLeft } from './render.ts';
import { type Scene, size, type WorldObject } from './scene.ts';
import { maxExtent, signedDistance } from './shapes.ts';
import { characterClass, comboCount, comboIndex } from './vocab.ts';

export const cellSize = 28;
export const patchSize = 14;
const grid = size / cellSize;
export const cellCount = grid * grid;
/** dx, dy, centre offset x, y, radius, change of radius: see DenseLabels.motion_TCM. */
export const motionFields = 6;

export interface DenseLabels {
  /** Temporal pairs: 4 for a clip of 8 sampled frames, 1 for an image. */
  readonly pairs: number;
  /** [T, 9, 24] multi-hot: 1 where at least a quarter of the object's area is visible in the cell, in either frame of the pair. */
  readonly presence_TCK: Uint8Array;
  /** [T, 9] the object whose centre (mean of the pair) is in the cell, as combo index + 1; 0 = none. Hidden objects do not count; of two, the one drawn later. */
  readonly centre_TC: Uint8Array;
  /**
   * [T, 9, 6] for that object, else zeros: dx, dy from the first to the second frame, offset x, y of its centre from the cell's centre,
   * radius (mean), change of radius. Pixels.
   */
  readonly motion_TCM: Float32Array;
  /** [T, 9, 4] class of the character whose centre is in the 14-px patch, in the pair's second frame; 0 = none. */
  readonly characters_TCP: Uint8Array;
}

/** Indices of `count` frames spread evenly over a clip, first and last included, as torch.linspace(0, n - 1, count).round() has them. */
export function sampledFrames(frames: number, count = 8): number[] {
  if (frames === 1) return [0];
  return Array.from({ length: count }, (_, i) => Math.round((i * (frames - 1)) / (count - 1)));
}

const cellOf = (x: number, y: number): number =>
  x >= 0 && y >= 0 && x < size && y < size ? Math.floor(y / cellSize) * grid + Math.floor(x / cellSize) : -1;

/** Share of the object's area that is visible in each cell, in one frame: [9]. */
function sharePerCell(object: WorldObject, frame: number, cover: WorldObject | undefined): Float64Array {
  const shares = new Float64Array(cellCount);
  const covered = cover && coveredBy(cover.shape, cover.track);
  const { shape, track } = object;
  const [cx, cy, radius] = [track.x[frame], track.y[frame], track.radius[frame]];
  const reach = radius * maxExtent;
  let all = 0;
  for (let dy = -reach; dy <= reach; dy++) {
    for (let dx = -reach; dx <= reach; dx++) {
      if (signedDistance(shape, radius, dx, dy) > 0) continue;
      all++;
      const cell = cellOf(cx + dx, cy + dy);
      if (cell >= 0 && !covered?.(cx + dx, cy + dy, frame)) shares[cell]++;
    }
  }
  return shares.map((count) => count / all);
}

interface Pair {
  readonly index: number;
  readonly first: number;
  readonly second: number;
}

function labelObject(labels: DenseLabels, scene: Scene, object: WorldObject, { index, first, second }: Pair): void {
  const combo = comboIndex(object.colour, object.shape);
  const cover =
    object.motion.kind === 'hides' && object.target !== undefined ? scene.objects[object.target] : undefined;
  for (const frame of new Set([first, second])) {
    const shares = sharePerCell(object, frame, cover);
    for (let cell = 0; cell < cellCount; cell++) {
      if (shares[cell] >= visibleFrom) labels.presence_TCK[(index * cellCount + cell) * comboCount + combo] = 1;
    }
  }
  const { x, y, radius, visible } = object.track;
  if (!visible[first] && !visible[second]) return;
  const [mx, my] = [(x[first] + x[second]) / 2, (y[first] + y[second]) / 2];
  const cell = cellOf(mx, my);
  if (cell < 0) return;
  const at = index * cellCount + cell;
  const values = [
    x[second] - x[first],
    y[second] - y[first],
    mx - ((cell % grid) + 0.5) * cellSize,
    my - (Math.floor(cell / grid) + 0.5) * cellSize,
    (radius[first] + radius[second]) / 2,
    radius[second] - radius[first],
  ];
  labels.centre_TC[at] = combo + 1;
  labels.motion_TCM.set(values, at * motionFields);
}

function labelTexts(labels: DenseLabels, scene: Scene, { index, second }: Pair): void {
  for (const text of scene.texts) {
    if (second < text.from) continue;
    [...text.text].forEach((character, k) => {
      const x = characterLeft(text, k) + 2.5 * text.scale;
      const y = text.y + 3.5 * text.scale;
      const cell = cellOf(x, y);
      if (cell < 0) return;
      const patch = Math.floor((y % cellSize) / patchSize) * 2 + Math.floor((x % cellSize) / patchSize);
      labels.characters_TCP[(index * cellCount + cell) * 4 + patch] = characterClass(character);
    });
  }
}

/** Labels of the 4 pairs of the 8 frames that training samples from a clip (or of the one frame of an image). */
export function denseLabels(scene: Scene, frames: readonly number[] = sampledFrames(scene.frames)): DenseLabels {
  const pairs = Math.ceil(frames.length / 2);
  const labels: DenseLabels = {
    pairs,
    presence_TCK: new Uint8Array(pairs * cellCount * comboCount),
    centre_TC: new Uint8Array(pairs * cellCount),
    motion_TCM: new Float32Array(pairs * cellCount * motionFields),
    characters_TCP: new Uint8Array(pairs * cellCount * 4),
  };
  for (let index = 0; index < pairs; index++) {
    const pair = { index, first: frames[2 * index], second: frames[Math.min(2 * index + 1, frames.length - 1)] };
    for (const object of scene.objects) labelObject(labels, scene, object, pair);
    labelTexts(labels, scene, pair);
  }
  return labels;
}
