// Pictures for the bench's clips: a lit ground with texture that drifts, discs that move. Enough detail that decoding them is work.
import type { RgbPicture } from '../../src/media/index.ts';

export interface Frames {
  readonly width: number;
  readonly height: number;
  readonly frames: number;
}

/** A fixed pattern of bytes without a visible order. */
const textured = (x: number, y: number) => (Math.imul(x * 73_856_093, 1) ^ Math.imul(y * 19_349_663, 1)) >>> 27;

function draw({ width, height }: Frames, clip: number, t: number): RgbPicture {
  const data = new Uint8Array(width * height * 3);
  const [cx, cy] = [width * (0.5 + 0.4 * Math.sin(t / 37 + clip)), height * (0.5 + 0.4 * Math.cos(t / 23))];
  const radius = (height / 6) ** 2;
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at += 3) {
      const inside = (x - cx) ** 2 + (y - cy) ** 2 < radius;
      const grain = textured((x + 2 * t) >> 2, (y + t) >> 2);
      data[at] = inside ? 220 : 40 + ((x * 120) / width + grain);
      data[at + 1] = inside ? 60 + 15 * clip : 60 + ((y * 120) / height + grain);
      data[at + 2] = inside ? 40 : 150 - (x * 90) / width + grain;
    }
  return { width, height, data };
}

export const framesOf = (size: Frames, clip: number): RgbPicture[] =>
  Array.from({ length: size.frames }, (_, t) => draw(size, clip, t));
