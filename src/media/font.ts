// A 5 × 7 bitmap font: capitals, digits, arithmetic signs. Drawn into generated clips (signs, sums) and report pictures.
// Leaves out: lower case (drawn as capitals), kerning, anything outside the list below (drawn as '?').

/** One string per glyph: seven rows separated by '/', '#' is ink. */
const PICTURES: Record<string, string> = {
  A: '.###./#...#/#...#/#####/#...#/#...#/#...#',
  B: '####./#...#/#...#/####./#...#/#...#/####.',
  C: '.###./#...#/#..../#..../#..../#...#/.###.',
  D: '####./#...#/#...#/#...#/#...#/#...#/####.',
  E: '#####/#..../#..../####./#..../#..../#####',
  F: '#####/#..../#..../####./#..../#..../#....',
  G: '.###./#...#/#..../#.###/#...#/#...#/.###.',
  H: '#...#/#...#/#...#/#####/#...#/#...#/#...#',
  I: '.###./..#../..#../..#../..#../..#../.###.',
  J: '..###/...#./...#./...#./...#./#..#./.##..',
  K: '#...#/#..#./#.#../##.../#.#../#..#./#...#',
  L: '#..../#..../#..../#..../#..../#..../#####',
  M: '#...#/##.##/#.#.#/#.#.#/#...#/#...#/#...#',
  N: '#...#/##..#/#.#.#/#..##/#...#/#...#/#...#',
  O: '.###./#...#/#...#/#...#/#...#/#...#/.###.',
  P: '####./#...#/#...#/####./#..../#..../#....',
  Q: '.###./#...#/#...#/#...#/#.#.#/#..#./.##.#',
  R: '####./#...#/#...#/####./#.#../#..#./#...#',
  S: '.####/#..../#..../.###./....#/....#/####.',
  T: '#####/..#../..#../..#../..#../..#../..#..',
  U: '#...#/#...#/#...#/#...#/#...#/#...#/.###.',
  V: '#...#/#...#/#...#/#...#/#...#/.#.#./..#..',
  W: '#...#/#...#/#...#/#.#.#/#.#.#/##.##/#...#',
  X: '#...#/#...#/.#.#./..#../.#.#./#...#/#...#',
  Y: '#...#/#...#/.#.#./..#../..#../..#../..#..',
  Z: '#####/....#/...#./..#../.#.../#..../#####',
  '0': '.###./#...#/#..##/#.#.#/##..#/#...#/.###.',
  '1': '..#../.##../..#../..#../..#../..#../.###.',
  '2': '.###./#...#/....#/..##./.#.../#..../#####',
  '3': '####./....#/....#/.###./....#/....#/####.',
  '4': '...#./..##./.#.#./#..#./#####/...#./...#.',
  '5': '#####/#..../####./....#/....#/#...#/.###.',
  '6': '.###./#..../#..../####./#...#/#...#/.###.',
  '7': '#####/....#/...#./..#../..#../..#../..#..',
  '8': '.###./#...#/#...#/.###./#...#/#...#/.###.',
  '9': '.###./#...#/#...#/.####/....#/....#/.###.',
  '+': '...../..#../..#../#####/..#../..#../.....',
  '-': '...../...../...../#####/...../...../.....',
  '×': '...../#...#/.#.#./..#../.#.#./#...#/.....',
  '÷': '...../..#../...../#####/...../..#../.....',
  '=': '...../...../#####/...../#####/...../.....',
  '?': '.###./#...#/....#/..##./..#../...../..#..',
  '.': '...../...../...../...../...../.##../.##..',
  '%': '##..#/##..#/...#./..#../.#.../#..##/#..##',
  ' ': '...../...../...../...../...../...../.....',
};

export const GLYPH_WIDTH = 5;
export const GLYPH_HEIGHT = 7;
/** One blank column between glyphs. */
export const GLYPH_ADVANCE = GLYPH_WIDTH + 1;

const rowBits = (row: string): number => [...row].reduce((bits, c) => bits * 2 + (c === '#' ? 1 : 0), 0);

/** Character → 7 rows of 5 bits, the leftmost pixel in the highest bit. */
export const glyphs: Readonly<Record<string, readonly number[]>> = Object.fromEntries(
  Object.entries(PICTURES).map(([char, picture]) => [char, picture.split('/').map(rowBits)]),
);

/** Width in pixels of `text` at an integer scale (no blank column after the last glyph). */
export function textWidth(text: string, scale: number): number {
  const n = [...text].length;
  return n === 0 ? 0 : (n * GLYPH_ADVANCE - 1) * scale;
}

/**
 * Draws `text` into RGB pixels [height, width, 3] in place, its top left corner at (x, y), one font pixel as scale × scale.
 * What falls outside the picture is clipped. Lower case is drawn as capitals, unknown characters as '?'.
 */
export function drawText(
  rgb: Uint8Array,
  width: number,
  height: number,
  text: string,
  x: number,
  y: number,
  scale: number,
  color: readonly [number, number, number],
): void {
  [...text.toUpperCase()].forEach((char, i) => {
    const rows = glyphs[char] ?? glyphs['?'];
    const left = x + i * GLYPH_ADVANCE * scale;
    for (let r = 0; r < GLYPH_HEIGHT; r++) {
      for (let c = 0; c < GLYPH_WIDTH; c++) {
        if (rows[r] & (1 << (GLYPH_WIDTH - 1 - c))) {
          fillSquare(rgb, width, height, left + c * scale, y + r * scale, scale, color);
        }
      }
    }
  });
}

function fillSquare(
  rgb: Uint8Array,
  width: number,
  height: number,
  x: number,
  y: number,
  size: number,
  color: readonly [number, number, number],
): void {
  for (let row = Math.max(0, y); row < Math.min(height, y + size); row++) {
    for (let col = Math.max(0, x); col < Math.min(width, x + size); col++) rgb.set(color, (row * width + col) * 3);
  }
}
