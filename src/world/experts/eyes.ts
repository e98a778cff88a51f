// Sent pictures → what is seen in them. Describer and refiner look at the same clips, once per question, so what was seen is
// remembered for a while. Leaves out: words (language/).
import { createHash } from 'node:crypto';
import type { Frame } from '../../media/frame.ts';
import { decodeImage } from '../../media/image.ts';
import type { Facts } from './facts.ts';
import type { SentPicture } from './http/chat-request.ts';
import { factsOfPicture } from './vision/figures.ts';
import { isMicroWorld, lookAt } from './vision/picture.ts';
import { factsOfPictures } from './vision/watch.ts';

export interface Seen {
  readonly frames: readonly Frame[];
  readonly medium: Facts['medium'];
  /** Undefined for anything but the micro-world: photographs, films. */
  readonly facts: Facts | undefined;
}

/** Looks at frames in order of time; `medium` says whether one picture is a still image. */
export function look(frames: readonly Frame[], medium: Facts['medium']): Seen {
  const small = frames.every(({ width, height }) => width * height <= 160 * 160);
  const pictures = small ? frames.map(lookAt) : [];
  if (pictures.length === 0 || !isMicroWorld(pictures)) return { frames, medium, facts: undefined };
  return { frames, medium, facts: medium === 'image' ? factsOfPicture(pictures[0]) : factsOfPictures(pictures) };
}

async function decode(pictures: readonly SentPicture[]): Promise<Frame[]> {
  const frames = await Promise.all(
    pictures.map(async ({ base64, time }, i): Promise<Frame> => {
      const frame = await decodeImage(Buffer.from(base64, 'base64'));
      return { ...frame, time: time ?? i };
    }),
  );
  return frames.sort((a, b) => a.time - b.time);
}

function keyOf(pictures: readonly SentPicture[]): string {
  const hash = createHash('sha1');
  for (const { base64, time } of pictures) hash.update(`${time}/`).update(base64);
  return hash.digest('base64');
}

export interface Eyes {
  /** Throws VideorftError (media-decode and others) for bytes that are no picture. */
  see(pictures: readonly SentPicture[]): Promise<Seen>;
}

/** Eyes that remember the last `capacity` clips. */
export function createEyes(capacity = 200): Eyes {
  const remembered = new Map<string, Promise<Seen>>();
  return {
    see(pictures) {
      const key = keyOf(pictures);
      const known = remembered.get(key);
      if (known) return known;
      const still = pictures.length === 1 && pictures[0].time === undefined;
      const seen = decode(pictures).then((frames) => look(frames, still ? 'image' : 'video'));
      remembered.set(key, seen);
      seen.catch(() => remembered.delete(key));
      const oldest = remembered.keys().next().value;
      if (remembered.size > capacity && oldest !== undefined) remembered.delete(oldest);
      return seen;
    },
  };
}
