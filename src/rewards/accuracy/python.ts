// Text as Python reads it, where the released code's verdicts depend on it: white space of str.strip and re's \s, which is not
// JavaScript's, and what float() takes for a number. Leaves out: 'inf' and 'nan', which no data set holds and no rule scores above 0.

/** White space as Python's str.isspace and re `\s` see it, for a character class: U+001C–1F and U+0085 are, U+FEFF is not. */
export const pythonSpace = String.raw`\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000`;

const ends = new RegExp(`^[${pythonSpace}]+|[${pythonSpace}]+$`, 'g');

/** str.strip(). */
export const pythonStrip = (text: string): string => text.replace(ends, '');

const isDigit = (point: number) => /\p{Nd}/u.test(String.fromCodePoint(point));

/** Value of a decimal digit of any script: Unicode lays them out 0..9, neighbouring sets in multiples of ten. */
export function digitValue(point: number): number {
  let start = point;
  while (isDigit(start - 1)) start--;
  return (point - start) % 10;
}

const float = /^[+-]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:[eE][+-]?\d+(?:_\d+)*)?$/;

/** What float() strips: as above without U+001C–1F. */
const floatSpace = pythonSpace.replace(String.raw`\x1c-\x20`, ' ');
const floatEnds = new RegExp(`^[${floatSpace}]+|[${floatSpace}]+$`, 'g');

/** float(text) where it is finite: digits of any script, single underscores between digits; undefined where Python raises. */
export function pythonFloat(text: string): number | undefined {
  const ascii = text
    .replace(floatEnds, '')
    .replace(/\p{Nd}/gu, (digit) => String(digitValue(digit.codePointAt(0) as number)));
  if (!float.test(ascii)) return undefined;
  const value = Number(ascii.replaceAll('_', ''));
  return Number.isFinite(value) ? value : undefined;
}
