// What an expert knows about a clip or an image, whether seen (vision/) or read in a description (read-description.ts).
// The sentences that tell it are in sentences.ts. Plain data.
import type { Colour, Direction, Shape } from './palette.ts';

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
  /** Direction of travel: something that enters from the left travels right. Absent for still, grows, shrinks. */
  readonly direction?: Direction;
  /** Name of what is hit or hidden behind: "blue square". */
  readonly target?: string;
}

/** Where a thing is at one of the sampled times. */
export interface Place {
  /** Seconds. */
  readonly time: number;
  /** Centre, pixels from the top left. */
  readonly x: number;
  readonly y: number;
  /** Width of the whole thing, pixels. */
  readonly width: number;
  /** Cut by the edge of the picture or covered by another thing. */
  readonly partly: boolean;
}

export interface Thing {
  readonly colour: Colour;
  readonly shape: Shape;
  readonly motion: Motion;
  /** One per time at which it is seen, in order. */
  readonly places: readonly Place[];
}

export interface Writing {
  readonly text: string;
  /** First sampled time at which it is seen, seconds. */
  readonly from: number;
  /** Centre, pixels. */
  readonly x: number;
  readonly y: number;
}

export interface Bar {
  readonly colour: Colour;
  /** Pixels. */
  readonly height: number;
}

export type Figure =
  | { readonly type: 'bars'; readonly bars: readonly Bar[] }
  | { readonly type: 'glass'; readonly colour: Colour; readonly level: number }
  | { readonly type: 'balance'; readonly lower: 'left' | 'right' | 'neither' };

export interface Facts {
  readonly medium: 'video' | 'image';
  /** Picture height in pixels. */
  readonly height: number;
  /** Sampled times, seconds. */
  readonly times: readonly number[];
  readonly things: readonly Thing[];
  readonly writings: readonly Writing[];
  readonly figure?: Figure;
}

export const nameOf = ({ colour, shape }: Pick<Thing, 'colour' | 'shape'>): string => `${colour} ${shape}`;
