// Facts of a clip → the structured representation: the JSON that the description prompt asks for. Positions are numbers in the object
// entries, so that someone who only reads can work out where things are and how fast they go.
import type { VideoDescription } from '../../../prompt/describe-video.ts';
import { type Facts, nameOf, type Place, type Thing } from '../facts.ts';
import { predicateOf, sentencesOfFacts } from './sentences.ts';

const number = (value: number) => Number(value.toFixed(1));

/** "red circle at x 23.4, y 40.1, 19 px wide, whole". */
export const placeText = (thing: Thing, { x, y, width, partly }: Place): string =>
  `${nameOf(thing)} at x ${number(x)}, y ${number(y)}, ${number(width)} px wide, ${partly ? 'partly visible' : 'whole'}`;

export interface Here {
  readonly thing: Thing;
  readonly place: Place;
}

export function spatialRelations(here: readonly Here[]): string[] {
  return here.flatMap((a, i) =>
    here.slice(i + 1).map((b) => {
      const [dx, dy] = [a.place.x - b.place.x, a.place.y - b.place.y];
      const across = Math.abs(dx) >= Math.abs(dy);
      const where = across ? (dx < 0 ? 'left of' : 'right of') : dy < 0 ? 'above' : 'below';
      return `the ${nameOf(a.thing)} is ${where} the ${nameOf(b.thing)}`;
    }),
  );
}

const near = (a: Place, b: Place) => Math.hypot(a.x - b.x, a.y - b.y) < (a.width + b.width) * 0.8;

function interactionsOf(here: readonly Here[]): string[] {
  return here.flatMap((a, i) =>
    here
      .slice(i + 1)
      .filter((b) => near(a.place, b.place))
      .map((b) => `the ${nameOf(a.thing)} may touch the ${nameOf(b.thing)}`),
  );
}

function frameAt(facts: Facts, time: number): VideoDescription['frames'][number] {
  const here = facts.things.flatMap((thing) => {
    const place = thing.places.find((p) => p.time === time);
    return place ? [{ thing, place }] : [];
  });
  const signs = facts.writings.filter((w) => w.from <= time);
  const names = [
    ...here.map(({ thing }) => `a ${nameOf(thing)}`),
    ...signs.map(({ text }) => `a sign that says ${text}`),
  ];
  return {
    timestamp: time,
    caption: names.length > 0 ? `There is ${names.join(' and ')}.` : 'The picture is empty.',
    objects: [
      ...here.map(({ thing, place }) => placeText(thing, place)),
      ...signs.map(({ text, x, y }) => `sign "${text}" at x ${number(x)}, y ${number(y)}`),
    ],
    actions: here.map(({ thing }) => `the ${nameOf(thing)} ${predicateOf(thing.motion)}`),
    scene: `plain dark background, picture ${facts.height} px high, camera still`,
    spatial_relations: spatialRelations(here),
    possible_interactions: interactionsOf(here),
  };
}

/** The description of a clip. The caption holds every sentence; each frame has its own objects with their places. */
export function describeVideo(facts: Facts): VideoDescription {
  const sentences = sentencesOfFacts(facts);
  return {
    caption: sentences.length > 0 ? sentences.join(' ') : 'The picture stays empty.',
    frames: facts.times.map((time) => frameAt(facts, time)),
  };
}
