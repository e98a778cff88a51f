// The video of the extraction bench: H.264 by our own encoder (x264's keyframe interval of 250, three B-frames). Lit, textured ground that pans, discs
// that move, grain on some pixels. Frames are drawn as they are encoded, so that a minute of them needs no memory.
import { createRng } from '../../src/base/rng.ts';
import { loadAv } from '../../src/media/av.ts';
import { Mp4Encoder } from '../../src/media/encoder.ts';

export interface VideoSize {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly seconds: number;
}

export const fullSize: VideoSize = { width: 1920, height: 1080, fps: 30, seconds: 60 };
export const quickSize: VideoSize = { ...fullSize, seconds: 10 };

const CRF = 23;
/** Pixels that the camera moves over, to the right and down. */
const MARGIN = 256;
const GRAINS = 4000;

/** Ground larger than a frame: ramps of light, soft waves of several lengths, fine texture. RGB rows of `width` + MARGIN. */
function ground({ width, height }: VideoSize): Uint8Array {
  const [w, h] = [width + MARGIN, height + MARGIN];
  const rng = createRng(7);
  const data = new Uint8Array(w * h * 3);
  for (let y = 0, at = 0; y < h; y++)
    for (let x = 0; x < w; x++, at += 3) {
      const waves = 18 * Math.sin(x / 31 + y / 57) + 12 * Math.sin(x / 9 - y / 13) + 14 * rng.next();
      data[at] = 50 + (90 * x) / w + waves;
      data[at + 1] = 60 + (80 * y) / h + waves;
      data[at + 2] = 150 - (70 * x) / w + waves;
    }
  return data;
}

/** Writes the pixels of frame t into `rgb`. */
function draw(rgb: Uint8Array, { width, height }: VideoSize, under: Uint8Array, t: number): void {
  const left = Math.round((MARGIN / 2) * (1 + Math.sin(t / 90)));
  const top = Math.round((MARGIN / 2) * (1 + Math.cos(t / 130)));
  for (let y = 0; y < height; y++) {
    const from = ((y + top) * (width + MARGIN) + left) * 3;
    rgb.set(under.subarray(from, from + width * 3), y * width * 3);
  }
  for (let disc = 0; disc < 5; disc++) fillDisc(rgb, { width, height }, disc, t);
  const rng = createRng(t);
  for (let i = 0; i < GRAINS; i++) rgb[Math.floor(rng.next() * rgb.length)] ^= 15;
}

function fillDisc(rgb: Uint8Array, { width, height }: Pick<VideoSize, 'width' | 'height'>, disc: number, t: number) {
  const radius = 60 + 25 * disc;
  const cx = width * (0.5 + 0.45 * Math.sin(t / (40 + 9 * disc) + disc));
  const cy = height * (0.5 + 0.45 * Math.cos(t / (33 + 7 * disc) + 2 * disc));
  for (let y = Math.max(0, Math.ceil(cy - radius)); y < Math.min(height, cy + radius); y++) {
    const half = Math.sqrt(Math.max(0, radius ** 2 - (y - cy) ** 2));
    for (let x = Math.max(0, Math.ceil(cx - half)); x < Math.min(width, cx + half); x++) {
      const at = (y * width + x) * 3;
      rgb[at] = 220 - 30 * disc;
      rgb[at + 1] = 50 + 35 * disc;
      rgb[at + 2] = 40 + ((x + y) & 63);
    }
  }
}

/** Encodes the video to `file`, which takes about a minute. */
export async function makeVideo(file: string, size: VideoSize): Promise<void> {
  const { width, height, fps } = size;
  const settings = { file, path: file, width, height, fpsNum: fps, fpsDen: 1, crf: CRF };
  const encoder = new Mp4Encoder(await loadAv(), settings);
  const [under, rgb] = [ground(size), new Uint8Array(width * height * 3)];
  try {
    await encoder.open();
    for (let t = 0; t < size.seconds * fps; t++) {
      draw(rgb, size, under, t);
      await encoder.write(rgb);
    }
    await encoder.finish();
  } finally {
    await encoder.close();
  }
}
