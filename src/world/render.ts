// Scene → frames: anti-aliased shapes by their signed distance, texts in the bitmap font, drawings of the still images.
// About a millisecond a clip. Leaves out: files (dataset.ts).

import { drawText } from '../media/font.ts';
import type { Frame } from '../media/frame.ts';
import { drawFigure } from './render-figure.ts';
import { type Scene, size, type WorldObject, type WorldText } from './scene.ts';
import { maxExtent, signedDistance } from './shapes.ts';
import { backgroundRgb, type Rgb, rgbOf, textRgb } from './vocab.ts';

/** Mixes a colour into one pixel: coverage 0..1. */
export function blend(data: Uint8Array, x: number, y: number, rgb: Rgb, coverage: number): void {
  const at = (y * size + x) * 3;
  for (let c = 0; c < 3; c++) data[at + c] += Math.round((rgb[c] - data[at + c]) * coverage);
}

/** Draws one object as it is in one frame; what is outside the picture is clipped. */
export function drawObject(data: Uint8Array, { shape, colour, track }: WorldObject, frame: number): void {
  const [cx, cy, radius] = [track.x[frame], track.y[frame], track.radius[frame]];
  const reach = radius * maxExtent + 1;
  const [x0, x1] = [Math.max(0, Math.floor(cx - reach)), Math.min(size - 1, Math.ceil(cx + reach))];
  const [y0, y1] = [Math.max(0, Math.floor(cy - reach)), Math.min(size - 1, Math.ceil(cy + reach))];
  for (let y = y0; y <= y1; y++) {
    for (let x = x0; x <= x1; x++) {
      const coverage = 0.5 - signedDistance(shape, radius, x + 0.5 - cx, y + 0.5 - cy);
      if (coverage > 0) blend(data, x, y, rgbOf[colour], Math.min(1, coverage));
    }
  }
}

/** Left edge of the k-th character's ink box: characters have boxes of 7 font pixels with the 5 of the glyph in the middle. */
export const characterLeft = ({ x, scale }: Pick<WorldText, 'x' | 'scale'>, k: number): number =>
  x + (7 * k + 1) * scale;

function drawSign(data: Uint8Array, text: WorldText): void {
  [...text.text].forEach((character, k) => {
    drawText(data, size, size, character, characterLeft(text, k), text.y, text.scale, textRgb);
  });
}

function plainBackground(offset: number): Uint8Array {
  const data = new Uint8Array(size * size * 3);
  for (let i = 0; i < data.length; i++) data[i] = backgroundRgb[i % 3] + offset;
  return data;
}

/** One frame of a scene: RGB, 84 × 84. */
export function renderFrame(scene: Scene, frame: number, background = plainBackground(scene.background)): Frame {
  const data = background.slice();
  drawFigure(data, scene.figure);
  for (const object of scene.objects) drawObject(data, object, frame);
  for (const text of scene.texts) if (frame >= text.from) drawSign(data, text);
  return { width: size, height: size, data, time: scene.fps > 0 ? frame / scene.fps : 0 };
}

/** The frames of a scene (32, or 1 for an image), or only those listed. */
export function renderScene(
  scene: Scene,
  frames: readonly number[] = Array.from({ length: scene.frames }, (_, frame) => frame),
): Frame[] {
  const background = plainBackground(scene.background);
  return frames.map((frame) => renderFrame(scene, frame, background));
}
