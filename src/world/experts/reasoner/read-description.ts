// The structured representation → facts again. This is all that the blind reasoner knows: sentences, positions, times.
import { z } from 'zod';
import { type Facts, nameOf, type Place, type Writing } from '../facts.ts';
import { sentencesOf, thingPattern } from '../language/parse.ts';
import { factsOfSentences } from './facts-of-sentences.ts';

const videoSchema = z.looseObject({
  caption: z.string(),
  frames: z.array(
    z.looseObject({ timestamp: z.number(), objects: z.array(z.string()), scene: z.string().default('') }),
  ),
});
const imageSchema = z.looseObject({
  caption: z.string(),
  objects: z.array(z.string()),
  text: z.array(z.string()),
  quantities: z.array(z.string()).default([]),
});

const placePattern = new RegExp(
  `^${thingPattern} at x (-?[\\d.]+), y (-?[\\d.]+), ([\\d.]+) px wide, (whole|partly visible)$`,
);

function placeIn(text: string, time: number): { name: string; place: Place }[] {
  const match = placePattern.exec(text);
  if (!match) return [];
  const [, colour, shape, x, y, width, how] = match;
  const place = { time, x: Number(x), y: Number(y), width: Number(width), partly: how !== 'whole' };
  return [{ name: `${colour} ${shape}`, place }];
}

function signIn(text: string, time: number): Writing[] {
  const match = /^sign "(.*)" at x (-?[\d.]+), y (-?[\d.]+)$/.exec(text);
  return match ? [{ text: match[1], from: time, x: Number(match[2]), y: Number(match[3]) }] : [];
}

function readVideo({ caption, frames }: z.infer<typeof videoSchema>): Facts {
  const places = frames.flatMap(({ timestamp, objects }) => objects.flatMap((text) => placeIn(text, timestamp)));
  const signs = frames.flatMap(({ timestamp, objects }) => objects.flatMap((text) => signIn(text, timestamp)));
  const { things } = factsOfSentences(sentencesOf(caption));
  return {
    medium: 'video',
    height: Number(/picture (\d+) px high/.exec(frames[0]?.scene ?? '')?.[1] ?? 84),
    times: frames.map((frame) => frame.timestamp),
    things: things.map((thing) => ({
      ...thing,
      places: places.filter(({ name }) => name === nameOf(thing)).map(({ place }) => place),
    })),
    writings: signs.filter((sign, at) => signs.findIndex((s) => s.text === sign.text) === at),
  };
}

function readImage({ caption, text, quantities }: z.infer<typeof imageSchema>): Facts {
  const { things, figure } = factsOfSentences(sentencesOf(caption));
  const heightOf = (name: string) =>
    Number(quantities.map((q) => /^(\w+) bar: (\d+) px high$/.exec(q)).find((m) => m?.[1] === name)?.[2] ?? 1);
  const measured =
    figure?.type === 'bars'
      ? { ...figure, bars: figure.bars.map(({ colour }) => ({ colour, height: heightOf(colour) })) }
      : figure;
  const writings = text.map((line, y) => ({ text: line, from: 0, x: 0, y }));
  return { medium: 'image', height: 84, times: [0], things, writings, ...(measured && { figure: measured }) };
}

/** Facts of a description of a clip or an image; undefined where the JSON is neither. */
export function readDescription(description: unknown): Facts | undefined {
  const video = videoSchema.safeParse(description);
  if (video.success) return readVideo(video.data);
  const image = imageSchema.safeParse(description);
  return image.success ? readImage(image.data) : undefined;
}

/** Whether there is anything of the micro-world in it. */
export const saysAnything = ({ things, writings, figure }: Facts): boolean =>
  things.length > 0 || writings.length > 0 || figure !== undefined;
