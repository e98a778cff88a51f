// What each tracked object does, in one word of the micro-world: it moves, stays, grows, shrinks, stops, enters, leaves, hits or hides.
// Leaves out: sentences (sentences.ts). Everything is decided from positions and visible areas over time.
import { type Motion, nameOf } from '../facts.ts';
import type { Direction } from '../palette.ts';
import { type Phase, phasesOf } from './phases.ts';
import type { Sighting, Track } from './tracks.ts';

const sideAhead: Readonly<Record<Direction, keyof Sighting['edges']>> = {
  left: 'left',
  right: 'right',
  up: 'top',
  down: 'bottom',
};
const sideBehind: Readonly<Record<Direction, keyof Sighting['edges']>> = {
  left: 'right',
  right: 'left',
  up: 'bottom',
  down: 'top',
};

/** Ratio of the last to the first size (square root of the area) over the moments at which the object is whole. */
function growth(track: Track): number {
  const whole = track.sightings.filter((s): s is Sighting => s?.whole === true);
  if (whole.length < 2) return 1;
  return Math.sqrt(whole[whole.length - 1].area / whole[0].area);
}

function mainPhase(phases: readonly Phase[]): Phase | undefined {
  const way = (p: Phase) => p.speed * (p.to - p.from);
  return phases.reduce<Phase | undefined>(
    (best, p) => (p.direction !== 'still' && way(p) > (best ? way(best) : 2.5) ? p : best),
    undefined,
  );
}

/** Free pixels between the boxes of two sightings. */
function gap(a: Sighting, b: Sighting): number {
  const dx = Math.abs(a.x - b.x) - (a.width + b.width) / 2;
  const dy = Math.abs(a.y - b.y) - (a.height + b.height) / 2;
  return Math.max(dx, dy);
}

const lastSeen = (track: Track) => track.sightings.findLast((s) => s !== undefined);

/** The nearest other object at the end of a way, with the free pixels up to it. */
function nearestAhead(track: Track, others: readonly Track[], direction: Direction) {
  const own = lastSeen(track);
  if (!own) return undefined;
  const ahead = others.flatMap((other) => {
    const there = lastSeen(other);
    if (!there) return [];
    const [dx, dy] = [there.x - own.x, there.y - own.y];
    const forward = { left: -dx, right: dx, up: -dy, down: dy }[direction];
    const sideways = direction === 'left' || direction === 'right' ? Math.abs(dy) : Math.abs(dx);
    if (forward < -6 || sideways > (own.width + there.width) / 2) return [];
    return [{ other, sideways, space: gap(own, there) }];
  });
  return ahead.sort((a, b) => a.space - b.space)[0];
}

const directions = ['left', 'right', 'up', 'down'] as const;

/** The way to the nearest other object in line with this one, which it can have gone behind. */
function wayBehind(track: Track, others: readonly Track[]): Motion | undefined {
  const ways = directions.flatMap((direction) => {
    const near = nearestAhead(track, others, direction);
    return near && near.sideways < 4 ? [{ direction, ...near }] : [];
  });
  const [nearest] = ways.sort((a, b) => a.space - b.space);
  return nearest && { kind: 'hides', direction: nearest.direction, target: nameOf(nearest.other) };
}

/** Seen once only: it came in at the end or was gone soon after the start; the edge it touches says where, or what is near. */
function onlySighting(track: Track, others: readonly Track[]): Motion {
  const [sighting] = track.sightings.filter((s): s is Sighting => s !== undefined);
  if (track.sightings.length === 1) return { kind: 'still' };
  const late = track.sightings[0] === undefined;
  const touched = directions.find((d) => sighting.edges[late ? sideBehind[d] : sideAhead[d]]);
  if (touched) return { kind: late ? 'enters' : 'leaves', direction: touched };
  if (late) return { kind: 'still' };
  return wayBehind(track, others) ?? { kind: 'still' };
}

/** Whether the object is covered at the end: mostly gone, away from the edge that it moves to. */
function endsHidden(track: Track, direction: Direction): boolean {
  const end = track.sightings[track.sightings.length - 1];
  const largest = Math.max(...track.sightings.map((s) => s?.area ?? 0));
  if (end) return !end.whole && !end.edges[sideAhead[direction]] && end.area < 0.72 * largest;
  return !lastSeen(track)?.edges[sideAhead[direction]];
}

/** The motion of one track among the others. */
export function motionOf(track: Track, others: readonly Track[]): Motion {
  const seen = track.sightings.filter((s): s is Sighting => s !== undefined);
  if (seen.length < 2) return onlySighting(track, others);
  const phases = phasesOf(track);
  const main = mainPhase(phases);
  const ratio = growth(track);
  if (ratio > 1.3 || ratio < 0.77) return { kind: ratio > 1 ? 'grows' : 'shrinks' };
  if (!main || main.direction === 'still') return { kind: 'still' };
  const { direction } = main;
  const first = track.sightings[0];
  if (!first || first.edges[sideBehind[direction]]) return { kind: 'enters', direction };
  const end = track.sightings[track.sightings.length - 1];
  const near = nearestAhead(track, others, direction);
  if (endsHidden(track, direction) && near && near.space < 6) {
    return { kind: 'hides', direction, target: nameOf(near.other) };
  }
  if (!end || end.edges[sideAhead[direction]]) return { kind: 'leaves', direction };
  const rests = phases[phases.length - 1].direction === 'still' || main.to < end.time - 0.3;
  if (!rests) return { kind: 'moves', direction };
  if (near && near.space < 3) return { kind: 'hits', direction, target: nameOf(near.other) };
  return { kind: 'stops', direction };
}
