// A clip's frames as base64 of PNG, without loss: for servers that are to see the very pixels that the trainer sees.
import type { Clip } from '../media/frame.ts';
import { encodePng } from '../media/image.ts';

const encoded = new WeakMap<Clip, Promise<string[]>>();

/** Encoded once per clip; a frame that is repeated, once. */
export function pngFrames(clip: Clip): Promise<string[]> {
  const known = encoded.get(clip) ?? encode(clip);
  encoded.set(clip, known);
  return known;
}

async function encode({ frames }: Clip): Promise<string[]> {
  const made = new Map<Clip['frames'][number]['data'], Promise<string>>();
  const one = async (frame: Clip['frames'][number]) => Buffer.from(await encodePng(frame)).toString('base64');
  return Promise.all(
    frames.map((frame) => {
      const known = made.get(frame.data) ?? one(frame);
      made.set(frame.data, known);
      return known;
    }),
  );
}
