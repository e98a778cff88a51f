// One frame, looked at: its coloured components with their shapes, and which of them stand alone and whole.
import type { Frame } from '../../../media/frame.ts';
import { boxGap, type Component, clipped, coloured, fineCentre } from './components.ts';
import { type LabelMap, labelPixels } from './labels.ts';
import { guessShape, type ShapeGuess } from './shapes.ts';

export interface Blob {
  readonly component: Component;
  readonly guess: ShapeGuess;
  /** Inside the picture, apart from every other component, and close to an ideal shape. */
  readonly clean: boolean;
  /** Another component lies within 2 px. */
  readonly touching: boolean;
}

export interface Picture {
  readonly time: number;
  readonly width: number;
  readonly height: number;
  readonly map: LabelMap;
  readonly blobs: readonly Blob[];
}

/** Looks at one frame. */
export function lookAt(frame: Frame): Picture {
  const map = labelPixels(frame);
  const components = coloured(map);
  const blobs = components.map((component) => {
    const guess = guessShape(component, map.width);
    const touching = components.some((other) => other !== component && boxGap(component, other) <= 2);
    const clean = !touching && !clipped(component) && guess.overlap > 0.78;
    return { component: clean ? { ...component, ...fineCentre(map, component) } : component, guess, touching, clean };
  });
  return { time: frame.time, width: frame.width, height: frame.height, map, blobs };
}

/** A picture of the micro-world: mostly one plain dark background, and few things on it. */
export function isMicroWorld(pictures: readonly Picture[]): boolean {
  return pictures.every((p) => p.map.plainShare > 0.4 && p.map.backgroundLuma < 70 && p.blobs.length <= 24);
}
