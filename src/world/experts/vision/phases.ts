// A track's motion as phases: from when to when it goes in which direction, how fast, and when it rests.
import type { Direction } from '../palette.ts';
import type { Sighting, Track } from './tracks.ts';

export interface Phase {
  /** Seconds. */
  readonly from: number;
  readonly to: number;
  readonly direction: Direction | 'still';
  /** Pixels per second along the direction; 0 when still. */
  readonly speed: number;
}

interface Step {
  readonly from: number;
  readonly to: number;
  readonly vx: number;
  readonly vy: number;
}

/** Slower than this, in pixels per second, is measuring noise. */
const noiseSpeed = 2.2;

function steps(track: Track): Step[] {
  const seen = track.sightings.filter((s): s is Sighting => s !== undefined);
  return seen.slice(1).map((b, i) => {
    const a = seen[i];
    const dt = Math.max(b.time - a.time, 1e-3);
    return { from: a.time, to: b.time, vx: (b.x - a.x) / dt, vy: (b.y - a.y) / dt };
  });
}

function directionOf(vx: number, vy: number, floor: number): Direction | 'still' {
  if (Math.hypot(vx, vy) < floor) return 'still';
  if (Math.abs(vx) >= Math.abs(vy)) return vx < 0 ? 'left' : 'right';
  return vy < 0 ? 'up' : 'down';
}

const along = (step: Step) => Math.max(Math.abs(step.vx), Math.abs(step.vy));

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

interface Run {
  direction: Direction | 'still';
  steps: Step[];
}

function runs(all: readonly Step[]): Run[] {
  const fastest = Math.max(0, ...all.map(along));
  const floor = Math.max(noiseSpeed, 0.12 * fastest);
  const found: Run[] = [];
  for (const step of all) {
    const direction = directionOf(step.vx, step.vy, floor);
    const last = found.at(-1);
    if (last?.direction === direction) last.steps.push(step);
    else found.push({ direction, steps: [step] });
  }
  return found;
}

/** Time that the first or last step of a run really moved, from how its speed compares to the run's own. */
function partial(step: Step, speed: number): number {
  const share = speed > 0 ? Math.min(1, along(step) / speed) : 1;
  return (step.to - step.from) * share;
}

/** Phases of a track in order. A start or stop between two frames is placed by how far the object got in that step. */
export function phasesOf(track: Track): Phase[] {
  const all = runs(steps(track));
  return all.map(({ direction, steps: own }, index) => {
    let from = own[0].from;
    let to = own[own.length - 1].to;
    if (direction === 'still') {
      const before = all[index - 1];
      const after = all[index + 1];
      if (before) from = movingSpan(before).to;
      if (after) to = movingSpan(after).from;
      return { from, to, direction, speed: 0 };
    }
    const span = movingSpan({ direction, steps: own });
    if (all[index - 1]?.direction === 'still') from = span.from;
    if (all[index + 1]?.direction === 'still') to = span.to;
    return { from, to, direction, speed: span.speed };
  });
}

/** When a moving run really starts and ends, and its full speed: the median of its inner steps, or its fastest. */
function movingSpan({ steps: own }: Run): { from: number; to: number; speed: number } {
  const inner = own.length >= 3 ? own.slice(1, -1) : own;
  const speed = own.length >= 3 ? median(inner.map(along)) : Math.max(...own.map(along));
  const first = own[0];
  const last = own[own.length - 1];
  return { from: first.to - partial(first, speed), to: last.from + partial(last, speed), speed };
}
