// Pixels → labels: background, one of the six palette colours, or white. Codecs blur chroma by a pixel or two but keep its hue, and keep
// luma sharp; so the hue decides which colour a pixel is, and the luma decides whether it belongs to the object at all.
import type { Frame } from '../../../media/frame.ts';
import { colourNames, lumaChroma, paletteRgb } from '../palette.ts';

export const backgroundLabel = 0;
export const whiteLabel = colourNames.length + 1;

export interface LabelMap {
  readonly width: number;
  readonly height: number;
  /** 0 background, 1..6 the palette in order, 7 white. Row-major. */
  readonly labels: Uint8Array;
  /** Luma of every pixel, 0..255. */
  readonly luma: Uint8Array;
  readonly backgroundLuma: number;
  /** Share of pixels that look like the plain background, 0..1: below ~0.4 this is no micro-world picture. */
  readonly plainShare: number;
}

const reference = colourNames.map((name) => {
  const { y, cb, cr } = lumaChroma(...paletteRgb[name]);
  const norm = Math.hypot(cb, cr);
  return { y, norm, cb: cb / norm, cr: cr / norm };
});
const whiteY = 240;
// Below this chroma a pixel is grey; the weakest palette colour has 64, half of it at a blurred edge.
const greyChroma = 20;

function medianOf(histogram: Uint32Array, total: number): number {
  let seen = 0;
  for (let value = 0; value < histogram.length; value++) {
    seen += histogram[value];
    if (seen * 2 >= total) return value;
  }
  return 0;
}

/** Index into the palette whose hue is nearest. */
function nearestHue(cb: number, cr: number): number {
  let best = 0;
  let score = -Infinity;
  for (let k = 0; k < reference.length; k++) {
    const dot = cb * reference[k].cb + cr * reference[k].cr;
    if (dot > score) {
      score = dot;
      best = k;
    }
  }
  return best;
}

/** Single white pixels beside a colour are its blurred edge, not writing or lines: they take that colour. In place. */
function absorbWhiteEdges(labels: Uint8Array, width: number, height: number): void {
  const before = labels.slice();
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const at = y * width + x;
      if (before[at] !== whiteLabel) continue;
      const beside = [at - width, at - 1, at + 1, at + width].map((n) => before[n]);
      const colour = beside.find((label) => label !== backgroundLabel && label !== whiteLabel);
      const whites = beside.filter((label) => label === whiteLabel).length;
      if (colour !== undefined && whites <= 2) labels[at] = colour;
    }
  }
}

/** Labels every pixel of an RGB frame. */
export function labelPixels(frame: Frame): LabelMap {
  const { width, height, data } = frame;
  const count = width * height;
  const luma = new Uint8Array(count);
  const cb = new Float32Array(count);
  const cr = new Float32Array(count);
  const histogram = new Uint32Array(256);
  for (let i = 0, at = 0; i < count; i++, at += 3) {
    const pixel = lumaChroma(data[at], data[at + 1], data[at + 2]);
    luma[i] = pixel.y;
    cb[i] = pixel.cb;
    cr[i] = pixel.cr;
    histogram[luma[i]]++;
  }
  const backgroundLuma = medianOf(histogram, count);
  const labels = new Uint8Array(count);
  let plain = 0;
  for (let i = 0; i < count; i++) {
    const rise = luma[i] - backgroundLuma;
    const chroma2 = cb[i] * cb[i] + cr[i] * cr[i];
    if (Math.abs(rise) < 12 && chroma2 < 900) plain++;
    if (chroma2 < greyChroma * greyChroma) {
      if (rise > 0.4 * (whiteY - backgroundLuma)) labels[i] = whiteLabel;
      continue;
    }
    const k = nearestHue(cb[i], cr[i]);
    if (rise > 0.5 * (reference[k].y - backgroundLuma)) labels[i] = k + 1;
  }
  absorbWhiteEdges(labels, width, height);
  return { width, height, labels, luma, backgroundLuma, plainShare: plain / count };
}
