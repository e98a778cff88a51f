// The words and colours of the micro-world: everything a scene can contain or a sentence can say about it.
// Leaves out: how things are drawn (render.ts, shapes.ts) and which combinations belong to which split (splits.ts).

export const colours = ['red', 'green', 'blue', 'yellow', 'purple', 'cyan'] as const;
export type Colour = (typeof colours)[number];

export const shapes = ['circle', 'square', 'triangle', 'cross'] as const;
export type Shape = (typeof shapes)[number];

/** Colour-shape pairs in the order of their label index: colour · 4 + shape. */
export const comboCount = colours.length * shapes.length;
export const comboIndex = (colour: Colour, shape: Shape): number =>
  colours.indexOf(colour) * shapes.length + shapes.indexOf(shape);

export const directions = ['left', 'right', 'up', 'down'] as const;
export type Direction = (typeof directions)[number];

/** The side of the picture that a direction points to. */
export const sideOf: Readonly<Record<Direction, string>> = { left: 'left', right: 'right', up: 'top', down: 'bottom' };
export const sides = directions.map((direction) => sideOf[direction]);

export const opposite: Readonly<Record<Direction, Direction>> = {
  left: 'right',
  right: 'left',
  up: 'down',
  down: 'up',
};

/** Unit vectors, y downwards. */
export const unit: Readonly<Record<Direction, readonly [number, number]>> = {
  left: [-1, 0],
  right: [1, 0],
  up: [0, -1],
  down: [0, 1],
};

export type Rgb = readonly [number, number, number];
export const rgbOf: Readonly<Record<Colour, Rgb>> = {
  red: [230, 50, 50],
  green: [60, 200, 80],
  blue: [60, 110, 240],
  yellow: [240, 210, 50],
  purple: [170, 80, 220],
  cyan: [60, 210, 220],
};
export const textRgb: Rgb = [240, 240, 240];
/** Lines of drawings: glass, beam, baseline. */
export const lineRgb: Rgb = [150, 150, 150];
export const backgroundRgb: Rgb = [24, 24, 28];

/** What signs say. Three to five letters, so that a word fits into one row of six 14-px patches. */
export const signWords: readonly string[] =
  `STOP EXIT OPEN SHOP TAXI BUS ZOO PARK HOTEL BANK CAFE MENU WEST EAST NORTH SOUTH LEFT
  RIGHT PUSH PULL SALE FREE LUNCH PIZZA WATER MUSIC QUIET JAZZ RIVER BEACH DOG VAN`.split(/\s+/);

/** Characters that texts are made of, in the order of their label: class 0 is "no character", class k is characters[k - 1]. */
export const characters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-=?';
export const characterClass = (character: string): number => characters.indexOf(character) + 1;

const words = `A a above and appear appears are At at balance bar behind Behind below bottom colour do does down end enter
  enters fast faster filled first from From full glass grows happens have heavier heights hide hides hit hits
  How if in is It it keeps leave leaves left level lower many middle move moves moving neither number object
  objects of on On per relative result right same say says second seconds shape shapes shown shrinks side sides
  sign stays still stops tallest text the The There there to together top up video way What Where Which which with`;

/** Every word, capitals as they occur, of questions, options and captions (not the texts of signs), for a tokenizer. */
export const sentenceWords: readonly string[] = [...colours, ...shapes, ...words.split(/\s+/)];
