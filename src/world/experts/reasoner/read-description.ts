// The structured representation as text → facts again. This is all that the blind reasoner knows: sentences, positions, times.
import { z } from 'zod';
import type { Facts, Motion, Place, Thing, Writing } from '../facts.ts';
import { claimOf, sentencesOf, thingPattern } from '../language/parse.ts';
import { type Colour, isColour, isShape, type Shape } from '../palette.ts';

const videoSchema = z.looseObject({
  caption: z.string(),
  frames: z.array(z.looseObject({ timestamp: z.number(), objects: z.array(z.string()), scene: z.string().default('') })),
});

const placePattern = new RegExp(
  `^${thingPattern} at x (-?[\\d.]+), y (-?[\\d.]+), ([\\d.]+) px wide, (whole|partly visible)$`,
);

interface SeenPlace {
  readonly name: string;
  readonly place: Place;
}

function placeIn(text: string, time: number): SeenPlace | undefined {
  const match = placePattern.exec(text);
  if (!match) return undefined;
  const [, colour, shape, x, y, width, how] = match;
  return {
    name: `${colour} ${shape}`,
    place: { time, x: Number(x), y: Number(y), width: Number(width), partly: how !== 'whole' },
  };
}

function signIn(text: string, time: number): Writing | undefined {
  const match = /^sign "(.*)" at x (-?[\d.]+), y (-?[\d.]+)$/.exec(text);
  return match ? { text: match[1], from: time, x: Number(match[2]), y: Number(match[3]) } : undefined;
}

/** Facts of a video description; undefined where the JSON is no such description. */
export function readVideoDescription(description: unknown): Facts | undefined {
  const parsed = videoSchema.safeParse(description);
  if (!parsed.success) return undefined;
  const { caption, frames } = parsed.data;
  const places = frames.flatMap(({ timestamp, objects }) => objects.flatMap((text) => placeIn(text, timestamp) ?? []));
  const signs = frames.flatMap(({ timestamp, objects }) => objects.flatMap((text) => signIn(text, timestamp) ?? []));
  const writings = signs.filter((sign, at) => signs.findIndex((s) => s.text === sign.text) === at);
  const claims = sentencesOf(caption).flatMap((sentence) => claimOf(sentence) ?? []);
  const things = claims.flatMap((claim): Thing[] => {
    if (claim.type !== 'thing') return [];
    const name = `${claim.colour} ${claim.shape}`;
    const relation = claims.find((c) => c.type === 'relation' && `${c.colour} ${c.shape}` === name);
    const motion: Motion =
      relation?.type === 'relation' ? { ...claim.motion, kind: relation.kind, target: relation.target } : claim.motion;
    return [
      { colour: claim.colour, shape: claim.shape, motion, places: places.filter((p) => p.name === name).map((p) => p.place) },
    ];
  });
  return {
    medium: 'video',
    height: Number(/picture (\d+) px high/.exec(frames[0]?.scene ?? '')?.[1] ?? 84),
    times: frames.map((frame) => frame.timestamp),
    things,
    writings,
  };
}

/** "red circle" → its two words. */
export function splitName(name: string): { colour: Colour; shape: Shape } | undefined {
  const [colour, shape] = name.split(' ');
  return isColour(colour) && isShape(shape) ? { colour, shape } : undefined;
}
