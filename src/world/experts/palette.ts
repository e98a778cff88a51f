// The experts' own small vocabulary of the micro-world: colours and shapes as a person who only sees the videos would list them.
// It is written apart from the generator on purpose: the experts get nothing but pixels and text.

export const colourNames = ['red', 'green', 'blue', 'yellow', 'purple', 'cyan'] as const;
export type Colour = (typeof colourNames)[number];

export const shapeNames = ['circle', 'square', 'triangle', 'cross'] as const;
export type Shape = (typeof shapeNames)[number];

export const directionNames = ['left', 'right', 'up', 'down'] as const;
export type Direction = (typeof directionNames)[number];

export const paletteRgb: Readonly<Record<Colour, readonly [number, number, number]>> = {
  red: [230, 50, 50],
  green: [60, 200, 80],
  blue: [60, 110, 240],
  yellow: [240, 210, 50],
  purple: [170, 80, 220],
  cyan: [60, 210, 220],
};

/** Luma and chroma of an RGB colour (BT.601, full range): what video and JPEG codecs keep apart. */
export function lumaChroma(r: number, g: number, b: number): { y: number; cb: number; cr: number } {
  const y = 0.299 * r + 0.587 * g + 0.114 * b;
  return { y, cb: 0.564 * (b - y), cr: 0.713 * (r - y) };
}

export const oppositeOf: Readonly<Record<Direction, Direction>> = {
  left: 'right',
  right: 'left',
  up: 'down',
  down: 'up',
};

export const isColour = (word: string): word is Colour => (colourNames as readonly string[]).includes(word);
export const isShape = (word: string): word is Shape => (shapeNames as readonly string[]).includes(word);
