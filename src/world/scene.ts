// What a scene is: everything that is true about one clip or image, before a pixel is drawn. Plain data.
// Leaves out: how scenes are made (generate.ts), drawn (render.ts), told (captions.ts) and asked about (questions/).
import { type Colour, type Direction, opposite, type Shape, sideOf } from './vocab.ts';

export type Split = 'train' | 'held-out';

export const videoSources = [
  'world-general',
  'world-spatiotemporal',
  'world-science',
  'world-math',
  'world-document',
] as const;
export const imageSources = ['world-math-image', 'world-science-image', 'world-document-image'] as const;
export type VideoSource = (typeof videoSources)[number];
export type ImageSource = (typeof imageSources)[number];
export type Source = VideoSource | ImageSource;

/** Picture size in pixels (width = height), frame rate, and frames in a clip. */
export const size = 84;
export const fps = 8;
export const clipFrames = 32;
/** Pixels per frame of one height per second. */
export const pixelsPerFrame = size / fps;

/** 'moves' in a constant way to the end; 'stops' half way; 'hits' and 'hides' have a target. */
export const motionKinds = [
  'moves',
  'still',
  'grows',
  'shrinks',
  'stops',
  'enters',
  'leaves',
  'hits',
  'hides',
] as const;
export type MotionKind = (typeof motionKinds)[number];

export interface Motion {
  readonly kind: MotionKind;
  /** Direction of travel; absent for still, grows and shrinks. An object entering from the left travels right. */
  readonly direction?: Direction;
}

/** One value per frame. */
export interface Track {
  /** Centre, pixels from the top left; outside the picture before entering and after leaving. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** Radius in pixels. */
  readonly radius: Float64Array;
  /** 1 where at least a quarter of the object's area is inside the picture and not covered by another object. */
  readonly visible: Uint8Array;
}

export interface WorldObject {
  readonly colour: Colour;
  readonly shape: Shape;
  readonly motion: Motion;
  readonly track: Track;
  /** Speed while it moves, heights per second, two decimals; 0 for still, grows and shrinks. */
  readonly speed: number;
  /** First and last frame of the motion (equal for an object that stays still). */
  readonly startFrame: number;
  readonly stopFrame: number;
  /** Index of the object that is hit or hidden behind. */
  readonly target?: number;
}

/** A text drawn character by character, each in a box of 14 px, left box edge and top at (x, y). */
export interface WorldText {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly scale: number;
  /** First frame that shows it. */
  readonly from: number;
}

export type Figure =
  | { readonly type: 'clip' }
  | { readonly type: 'sum'; readonly left: number; readonly operator: '+' | '-'; readonly right: number }
  | { readonly type: 'shapes' }
  | { readonly type: 'text' }
  /** Bars from left to right, heights in pixels. */
  | { readonly type: 'bars'; readonly bars: readonly { readonly colour: Colour; readonly height: number }[] }
  /** A glass filled to `level` (0..1, one decimal) with something of this colour. */
  | { readonly type: 'glass'; readonly colour: Colour; readonly level: number }
  /** A beam with objects[0] on its left and objects[1] on its right end; the heavier end is lower. */
  | { readonly type: 'balance'; readonly heavier: 'left' | 'right' | 'neither' };

export interface Scene {
  readonly seed: number;
  readonly split: Split;
  readonly data_type: 'video' | 'image';
  readonly source: Source;
  /** Frames: 32, or 1 for an image. */
  readonly frames: number;
  /** 8, or 0 for an image. */
  readonly fps: number;
  readonly figure: Figure;
  readonly objects: readonly WorldObject[];
  readonly texts: readonly WorldText[];
  /** Added to every channel of the background colour. */
  readonly background: number;
  /** Compositions that occur in it, for the split test (splits.ts). */
  readonly compositions: readonly string[];
}

/** "moves left", "stays still", "moves up and stops", "enters from the left", "hits": a motion without its target. */
export function motionName({ kind, direction }: Motion): string {
  switch (kind) {
    case 'moves':
      return `moves ${direction}`;
    case 'still':
      return 'stays still';
    case 'stops':
      return `moves ${direction} and stops`;
    case 'enters':
      return `enters from the ${sideOf[opposite[direction ?? 'left']]}`;
    case 'leaves':
      return `leaves on the ${sideOf[direction ?? 'left']}`;
    default:
      return kind;
  }
}

/** "red circle". */
export const nameOf = ({ colour, shape }: Pick<WorldObject, 'colour' | 'shape'>): string => `${colour} ${shape}`;

/** Whether an object changes its place (grows and shrinks do not). */
export const isMoving = ({ motion }: Pick<WorldObject, 'motion'>): boolean => motion.direction !== undefined;
