// Motion programs → tracks: where one object is in every frame. Each planner draws its free numbers from `rng` and returns undefined
// where they do not fit into the area, so that callers just draw again. Leaves out: visibility and collisions between plans (generate.ts).
import type { Rng } from '../base/rng.ts';
import { clipFrames, type Motion, pixelsPerFrame, size } from './scene.ts';
import { contactDistance, maxExtent } from './shapes.ts';
import { type Direction, type Shape, unit } from './vocab.ts';

/** Where objects may be, in pixels: the picture less the rows of a sign. */
export interface Area {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}
export const wholePicture: Area = { left: 0, top: 0, right: size, bottom: size };

/** The path of one object, before anything is known about the others. */
export interface Path {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly radius: Float64Array;
  readonly speed: number;
  readonly startFrame: number;
  readonly stopFrame: number;
}

const last = clipFrames - 1;
/** Free pixels between an object and the edge of its area. */
const margin = 1;

/** Speed in heights per second, two decimals, so that a question about it has a short exact answer. */
const drawSpeed = (rng: Rng, low: number, high: number): number => Math.round(rng.uniform(low, high) * 100) / 100;
const drawInt = (rng: Rng, low: number, high: number): number => low + rng.int(high - low + 1);

/** Uniform in [low, high], or undefined for an empty interval. */
const drawBetween = (rng: Rng, low: number, high: number): number | undefined =>
  low > high ? undefined : rng.uniform(low, high);

const isHorizontal = (direction: Direction): boolean => unit[direction][1] === 0;

/** Bounds of the centre along (or across) a direction, for an object that reaches `reach` px around it. */
function bounds(area: Area, horizontal: boolean, reach: number): readonly [number, number] {
  return horizontal ? [area.left + reach, area.right - reach] : [area.top + reach, area.bottom - reach];
}

/** A path along an axis: `along` gives the coordinate on it per frame, `across` the constant other one. */
function straight(
  direction: Direction,
  along: (frame: number) => number,
  across: number,
  radius: number,
  rest: Pick<Path, 'speed' | 'startFrame' | 'stopFrame'>,
): Path {
  const moving = Float64Array.from({ length: clipFrames }, (_, frame) => along(frame));
  const fixed = new Float64Array(clipFrames).fill(across);
  const [x, y] = isHorizontal(direction) ? [moving, fixed] : [fixed, moving];
  return { x, y, radius: new Float64Array(clipFrames).fill(radius), ...rest };
}

/** Still, growing (about 6.5 to 14 px) or shrinking, at a place where its largest size fits. */
export function planInPlace(
  rng: Rng,
  kind: 'still' | 'grows' | 'shrinks',
  area: Area,
  radius: number,
): Path | undefined {
  const [from, to] = {
    still: [radius, radius],
    grows: [radius - 2, radius + 4.5],
    shrinks: [radius + 4.5, radius - 2],
  }[kind];
  const reach = Math.max(from, to) * maxExtent + margin;
  const x = drawBetween(rng, ...bounds(area, true, reach));
  const y = drawBetween(rng, ...bounds(area, false, reach));
  if (x === undefined || y === undefined) return undefined;
  return {
    x: new Float64Array(clipFrames).fill(x),
    y: new Float64Array(clipFrames).fill(y),
    radius: Float64Array.from({ length: clipFrames }, (_, frame) => from + ((to - from) * frame) / last),
    speed: 0,
    startFrame: 0,
    stopFrame: kind === 'still' ? 0 : last,
  };
}

/** Speed ranges in heights per second; constant motion to the end leaves less room than a shorter one. */
const speedRange = { moves: [0.1, 0.19], stops: [0.14, 0.3], enters: [0.1, 0.3], leaves: [0.12, 0.3] } as const;
/** First and last frame of the motion, drawn between these. */
const windowOf = {
  moves: [0, 0, last, last],
  stops: [0, 0, 13, 18],
  enters: [0, 13, last, last],
  leaves: [0, 0, last, last],
} as const;

export type TravelKind = keyof typeof speedRange;

export interface TravelOptions {
  readonly speed?: number;
  readonly startFrame?: number;
}

/** An object that travels in one direction: at a constant speed to the end, to a stop half way, in from a side, or out on one. */
export function planTravel(
  rng: Rng,
  kind: TravelKind,
  direction: Direction,
  area: Area,
  radius: number,
  options: TravelOptions = {},
): Path | undefined {
  const horizontal = isHorizontal(direction);
  const sign = unit[direction][horizontal ? 0 : 1];
  const reach = radius * maxExtent + margin;
  const speed = options.speed ?? drawSpeed(rng, speedRange[kind][0], speedRange[kind][1]);
  const [a, b, c, d] = windowOf[kind];
  const startFrame = options.startFrame ?? drawInt(rng, a, b);
  const stop = drawInt(rng, c, d);
  const step = speed * pixelsPerFrame;
  const across = drawBetween(rng, ...bounds(area, !horizontal, reach));
  const [low, high] = bounds(area, horizontal, reach);
  // s counts pixels from the side it starts at; the end of its way is `high - low`.
  const room = high - low;
  const outside = reach + radius * maxExtent;
  const travel = step * (stop - startFrame);
  let from: number | undefined;
  if (kind === 'enters') from = travel - outside >= 4 && travel - outside <= room ? -outside : undefined;
  else if (kind === 'leaves') from = drawBetween(rng, Math.max(0, room + outside - step * 26), room - 8);
  else from = drawBetween(rng, 0, room - travel);
  if (from === undefined || across === undefined) return undefined;
  const start = from;
  const stopFrame = kind === 'leaves' ? Math.min(last, Math.ceil((room + outside - start) / step)) : stop;
  const along = (frame: number) => {
    const s = start + step * Math.max(0, Math.min(frame, stopFrame) - startFrame);
    return sign > 0 ? low + s : high - s;
  };
  return straight(direction, along, across, radius, { speed, startFrame, stopFrame });
}

export interface TargetPlan {
  readonly mover: Path;
  readonly target: Path;
}

/** A mover that travels towards a still target and stops where it touches it ('hits') or right behind it ('hides'). */
export function planTowards(
  rng: Rng,
  kind: 'hits' | 'hides',
  direction: Direction,
  area: Area,
  shapes: { readonly mover: Shape; readonly target: Shape },
): TargetPlan | undefined {
  const [radius, targetRadius] =
    kind === 'hits' ? [rng.uniform(8, 10), rng.uniform(8, 11)] : [8, rng.uniform(12.5, 14)];
  const target = planInPlace(rng, 'still', area, targetRadius);
  if (!target) return undefined;
  const horizontal = isHorizontal(direction);
  const [ux, uy] = unit[direction];
  const lateral = rng.uniform(-2, 2) * (kind === 'hits' ? 1 : 0.4);
  const [x, y] = [target.x[0], target.y[0]];
  const gap =
    kind === 'hides'
      ? 0
      : contactDistance(
          { shape: shapes.mover, radius, x, y },
          { shape: shapes.target, radius: targetRadius, x, y },
          ux,
          uy,
          -lateral,
        );
  const speed = drawSpeed(rng, 0.15, 0.3);
  const stopFrame = drawInt(rng, 13, 20);
  const travel = speed * pixelsPerFrame * stopFrame;
  const nearest = kind === 'hits' ? 14 : (radius + targetRadius) * maxExtent + 3;
  const sign = horizontal ? ux : uy;
  const end = (horizontal ? x : y) - sign * gap;
  const start = end - sign * travel;
  const across = (horizontal ? y : x) + lateral;
  const reach = radius * maxExtent + margin;
  const inside = (value: number, [low, high]: readonly [number, number]) => value >= low && value <= high;
  if (travel < nearest || !inside(start, bounds(area, horizontal, reach))) return undefined;
  if (!inside(across, bounds(area, !horizontal, reach))) return undefined;
  const along = (frame: number) => end - sign * travel * (1 - Math.min(frame, stopFrame) / stopFrame);
  return { mover: straight(direction, along, across, radius, { speed, startFrame: 0, stopFrame }), target };
}

/**
 * A mover on a constant way to the end, and a still object: ahead of it in its way, not yet reached ('ahead'), or anywhere else.
 * What happens next can be asked about both.
 */
export function planBeside(rng: Rng, ahead: boolean, direction: Direction, area: Area): TargetPlan | undefined {
  const radius = rng.uniform(8, 9);
  const mover = planTravel(rng, 'moves', direction, area, radius, { speed: drawSpeed(rng, 0.1, 0.13) });
  const free = planInPlace(rng, 'still', area, rng.uniform(8, 9));
  if (!mover || !free) return undefined;
  if (!ahead) return { mover, target: free };
  const [ux, uy] = unit[direction];
  const gap = (radius + free.radius[0]) * maxExtent + rng.uniform(4, 12);
  const lateral = rng.uniform(-4, 4);
  const x = mover.x[last] + ux * gap - uy * lateral;
  const y = mover.y[last] + uy * gap + ux * lateral;
  const reach = free.radius[0] * maxExtent + margin;
  if (x < area.left + reach || x > area.right - reach || y < area.top + reach || y > area.bottom - reach)
    return undefined;
  return { mover, target: { ...free, x: free.x.fill(x), y: free.y.fill(y) } };
}

/** Plans any motion that needs no target. */
export function planAlone(rng: Rng, motion: Motion, area: Area, options?: TravelOptions): Path | undefined {
  const radius = rng.uniform(8, 11);
  if (motion.kind === 'still') return planInPlace(rng, 'still', area, radius);
  if (motion.kind === 'grows' || motion.kind === 'shrinks')
    return planInPlace(rng, motion.kind, area, rng.uniform(8, 10));
  if (motion.kind === 'hits' || motion.kind === 'hides' || !motion.direction) return undefined;
  const reachable = {
    left: area.right === size,
    right: area.left === 0,
    up: area.bottom === size,
    down: area.top === 0,
  };
  const exits = { left: area.left === 0, right: area.right === size, up: area.top === 0, down: area.bottom === size };
  if (motion.kind === 'enters' && !reachable[motion.direction]) return undefined;
  if (motion.kind === 'leaves' && !exits[motion.direction]) return undefined;
  return planTravel(rng, motion.kind, motion.direction, area, radius, options);
}
