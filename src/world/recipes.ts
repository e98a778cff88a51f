// What may happen in a clip, source by source: lists of motions without places, colours or shapes. This is where the mix of the
// training set is decided. Leaves out: finding places where it all fits (place.ts).
import type { Rng } from '../base/rng.ts';
import type { TravelOptions } from './motion.ts';
import type { Motion, MotionKind, VideoSource } from './scene.ts';
import { directions } from './vocab.ts';

export type Ingredient =
  | { readonly role: 'alone'; readonly motion: Motion; readonly options?: TravelOptions }
  /** Two objects: a mover, and the still object that it hits, hides behind, or might hit after the end. */
  | { readonly role: 'pair'; readonly motion: Motion; readonly relation: 'hits' | 'hides' | 'ahead' | 'apart' };

export type Recipe = readonly Ingredient[];

/** A key drawn by its weight. */
export function drawWeighted<K extends string>(rng: Rng, weights: Readonly<Partial<Record<K, number>>>): K {
  const entries = Object.entries(weights) as [K, number][];
  let rest = rng.next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [key, weight] of entries) {
    rest -= weight;
    if (rest < 0) return key;
  }
  return entries[entries.length - 1][0];
}

/** A motion of this kind, its direction uniform. */
export function drawMotion(rng: Rng, kind: MotionKind): Motion {
  return ['still', 'grows', 'shrinks'].includes(kind) ? { kind } : { kind, direction: rng.pick(directions) };
}

type AloneKind = Exclude<MotionKind, 'hits' | 'hides'>;
const anyMotion: Readonly<Record<AloneKind, number>> = {
  moves: 0.2,
  still: 0.08,
  grows: 0.16,
  shrinks: 0.16,
  stops: 0.18,
  enters: 0.11,
  leaves: 0.17,
};
const travelOnly = { moves: 0.4, stops: 0.3, enters: 0.15, leaves: 0.3 } as const;
const movers = { moves: 0.6, stops: 0.4 } as const;

function alone(rng: Rng, weights: Readonly<Partial<Record<AloneKind, number>>>): Ingredient {
  return { role: 'alone', motion: drawMotion(rng, drawWeighted(rng, weights)) };
}
const several = (count: number, make: () => Ingredient): Recipe => Array.from({ length: count }, make);

/** Two objects that come in one after the other, at least 0.9 s apart, so that one sampled frame lies between. */
function oneAfterTheOther(rng: Rng): Recipe {
  const first = rng.int(5);
  const second = first + 7 + rng.int(3);
  const enter = (startFrame: number): Ingredient => ({
    role: 'alone',
    motion: drawMotion(rng, 'enters'),
    options: { startFrame },
  });
  return rng.shuffle([enter(first), enter(second)]);
}

/** A slow and a fast object, at least 1.5 times as fast. */
function twoSpeeds(rng: Rng): Recipe {
  const slow = 0.1 + rng.int(3) / 100;
  const fast = Math.ceil(slow * 160 + rng.int(2)) / 100;
  return rng
    .shuffle([slow, fast])
    .map((speed) => ({ role: 'alone', motion: drawMotion(rng, 'moves'), options: { speed } }));
}

/** One to three objects; three are drawn more often because they find a place less often. */
const drawCount = (rng: Rng): number => Number(drawWeighted(rng, { '1': 0.28, '2': 0.3, '3': 0.42 }));

/** Any number of the objects move, none to all. */
function counting(rng: Rng): Recipe {
  const count = drawCount(rng);
  const moving = rng.int(count + 1);
  const items = Array.from({ length: count }, (_, i) => alone(rng, i < moving ? movers : { still: 1 }));
  return rng.shuffle(items);
}

function science(rng: Rng): Recipe {
  const relation = drawWeighted(rng, { hits: 0.3, hides: 0.2, ahead: 0.16, apart: 0.14, speeds: 0.2 });
  if (relation === 'speeds') return twoSpeeds(rng);
  const kind = relation === 'hits' || relation === 'hides' ? relation : 'moves';
  const pair: Ingredient = { role: 'pair', motion: drawMotion(rng, kind), relation };
  const bystander = rng.next() < 0.3 ? [alone(rng, { still: 1 })] : [];
  return [pair, ...bystander];
}

function spatiotemporal(rng: Rng): Recipe {
  const plot = drawWeighted(rng, { order: 0.35, places: 0.3, travel: 0.35 });
  if (plot === 'order') return oneAfterTheOther(rng);
  if (plot === 'places') return several(2, () => alone(rng, { moves: 0.4, still: 0.3, stops: 0.3 }));
  return several(1 + rng.int(2), () => alone(rng, travelOnly));
}

/** The motions of one clip of this source. Sign clips have at most one object. */
export function drawRecipe(rng: Rng, source: VideoSource): Recipe {
  switch (source) {
    case 'world-general':
      return several(drawCount(rng), () => alone(rng, anyMotion));
    case 'world-spatiotemporal':
      return spatiotemporal(rng);
    case 'world-science':
      return science(rng);
    case 'world-math':
      return counting(rng);
    case 'world-document':
      return several(rng.next() < 0.65 ? 1 : 0, () => alone(rng, anyMotion));
  }
}
