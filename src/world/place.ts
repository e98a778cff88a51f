// A recipe becomes objects: colours and shapes that belong to the split, places where nothing overlaps by accident, and what can be
// seen of each object in every frame. Leaves out: what may happen at all (recipes.ts) and the single paths (motion.ts).
import type { Rng } from '../base/rng.ts';
import { type Area, type Path, planAlone, planBeside, planTowards } from './motion.ts';
import type { Ingredient, Recipe } from './recipes.ts';
import { type Motion, type Split, size, type Track, type WorldObject } from './scene.ts';
import { maxExtent, signedDistance } from './shapes.ts';
import { isHeldOut } from './splits.ts';
import { type Colour, colours, type Shape, shapes } from './vocab.ts';

export interface Combo {
  readonly colour: Colour;
  readonly shape: Shape;
}
const combos: readonly Combo[] = colours.flatMap((colour) => shapes.map((shape) => ({ colour, shape })));

/**
 * A colour and shape whose composition may occur in this split and that is not taken. In a held-out scene the first object is held
 * out always, the others every second time.
 */
export function drawCombo(
  rng: Rng,
  split: Split,
  keyOf: (combo: Combo) => string,
  taken: readonly Combo[],
  among: readonly Shape[] = shapes,
): Combo | undefined {
  const wanted = split === 'held-out' && (taken.length === 0 || rng.next() < 0.5);
  const fits = (combo: Combo) =>
    among.includes(combo.shape) &&
    (wanted || split === 'train' ? isHeldOut(keyOf(combo)) === wanted : true) &&
    !taken.some((other) => other.colour === combo.colour && other.shape === combo.shape);
  const allowed = combos.filter(fits);
  return allowed.length > 0 ? rng.pick(allowed) : undefined;
}

interface Draft extends Combo {
  readonly motion: Motion;
  readonly path: Path;
  readonly target?: number;
}

type Key = (combo: Combo, motion: Motion) => string;

function draftIngredient(rng: Rng, item: Ingredient, area: Area, drafts: readonly Draft[], split: Split, keyOf: Key) {
  const combo = drawCombo(rng, split, (it) => keyOf(it, item.motion), drafts);
  if (!combo) return undefined;
  if (item.role === 'alone') {
    const path = planAlone(rng, item.motion, area, item.options);
    return path && [{ ...combo, motion: item.motion, path }];
  }
  const still: Motion = { kind: 'still' };
  const covers: readonly Shape[] = item.relation === 'hides' ? ['circle', 'square'] : shapes;
  const other = drawCombo(rng, split, (it) => keyOf(it, still), [...drafts, combo], covers);
  if (!other || !item.motion.direction) return undefined;
  const { relation } = item;
  const plan =
    relation === 'hits' || relation === 'hides'
      ? planTowards(rng, relation, item.motion.direction, area, { mover: combo.shape, target: other.shape })
      : planBeside(rng, relation === 'ahead', item.motion.direction, area);
  if (!plan) return undefined;
  const target = relation === 'hits' || relation === 'hides' ? drafts.length + 1 : undefined;
  return [
    { ...combo, motion: item.motion, path: plan.mover, target },
    { ...other, motion: still, path: plan.target },
  ];
}

/** Whether two objects keep at least two pixels between their boxes all the time, a mover and its target excepted. */
function apart(a: Draft, b: Draft): boolean {
  for (let frame = 0; frame < a.path.x.length; frame++) {
    const reach = (a.path.radius[frame] + b.path.radius[frame]) * maxExtent + 2;
    const dx = Math.abs(a.path.x[frame] - b.path.x[frame]);
    const dy = Math.abs(a.path.y[frame] - b.path.y[frame]);
    if (dx < reach && dy < reach) return false;
  }
  return true;
}

function allApart(drafts: readonly Draft[]): boolean {
  return drafts.every((a, i) => drafts.every((b, j) => j <= i || a.target === j || b.target === i || apart(a, b)));
}

type Covered = (x: number, y: number, frame: number) => boolean;

/** Share of an object's area, 0..1, that is inside the picture and not covered, by points one pixel apart. */
export function visibleShare(
  shape: Shape,
  track: Pick<Track, 'x' | 'y' | 'radius'>,
  frame: number,
  covered?: Covered,
): number {
  const [cx, cy, radius] = [track.x[frame], track.y[frame], track.radius[frame]];
  const reach = radius * maxExtent;
  const inside = cx - reach >= 0 && cx + reach <= size && cy - reach >= 0 && cy + reach <= size;
  if (inside && !covered) return 1;
  let all = 0;
  let seen = 0;
  for (let dy = -reach; dy <= reach; dy++) {
    for (let dx = -reach; dx <= reach; dx++) {
      if (signedDistance(shape, radius, dx, dy) > 0) continue;
      all++;
      const [x, y] = [cx + dx, cy + dy];
      if (x >= 0 && y >= 0 && x < size && y < size && !covered?.(x, y, frame)) seen++;
    }
  }
  return seen / all;
}

/** Whether the point is covered by the object, in this frame. */
export const coveredBy = (shape: Shape, { x, y, radius }: Pick<Track, 'x' | 'y' | 'radius'>): Covered => {
  return (px, py, frame) => signedDistance(shape, radius[frame], px - x[frame], py - y[frame]) <= 0;
};

/** An object counts as visible from a quarter of its area on. */
export const visibleFrom = 0.25;

function toObject(draft: Draft, drafts: readonly Draft[]): WorldObject {
  const { path, target, motion, colour, shape } = draft;
  const cover = motion.kind === 'hides' && target !== undefined ? drafts[target] : undefined;
  const covered = cover && coveredBy(cover.shape, cover.path);
  const visible = Uint8Array.from(path.x, (_, f) => (visibleShare(shape, path, f, covered) >= visibleFrom ? 1 : 0));
  const { x, y, radius, speed, startFrame, stopFrame } = path;
  return { colour, shape, motion, track: { x, y, radius, visible }, speed, startFrame, stopFrame, target };
}

/** Objects for a recipe, in drawing order (a target after its mover), or undefined where no place was found in `tries`. */
export function placeObjects(
  rng: Rng,
  recipe: Recipe,
  area: Area,
  split: Split,
  keyOf: Key,
  tries = 300,
): readonly WorldObject[] | undefined {
  for (let attempt = 0; attempt < tries; attempt++) {
    const drafts: Draft[] = [];
    const complete = recipe.every((item) => {
      const added = draftIngredient(rng, item, area, drafts, split, keyOf);
      if (added) drafts.push(...added);
      return added !== undefined && allApart(drafts);
    });
    if (complete) return drafts.map((draft) => toObject(draft, drafts));
  }
  return undefined;
}
