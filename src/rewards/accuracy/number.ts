// One number out of an answer text: signs, thousands separators, decimals, percent ('50%' is 50), scientific notation,
// fractions, units, currency, digits and minus signs of any script. Several numbers are none.
// Leaves out: unit conversion ("5 m" and "5 cm" are both 5), ranges, number words, infinities.
import { digitValue } from './python.ts';

const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹';
// biome-ignore format: a table
const spelling: Readonly<Record<string, string>> = {
  '−': '-', '‐': '-', '‑': '-', '‒': '-', '–': '-', '—': '-', '﹣': '-', '－': '-', '＋': '+', '⁻': '-', '⁺': '+',
  '．': '.', '٫': '.', '，': ',', '٬': ',', '％': '%', '٪': '%', '×': 'x', '⋅': 'x', '⁄': '/', '∕': '/', '／': '/',
  '’': "'", '≈': '=', '＝': '=', '\u00a0': ' ', '\u2009': ' ', '\u202f': ' ',
};

/** The same text with digits, signs and separators in ASCII; superscripts become `^n`, `½` becomes ` 1/2`. */
function toAscii(text: string): string {
  const powers = text.replaceAll(
    /[⁺⁻]?[⁰¹²³⁴-⁹]+/g,
    (run) => `^${[...run].map((char) => (superscripts.includes(char) ? superscripts.indexOf(char) : char)).join('')}`,
  );
  const fractions = powers.replaceAll(/[¼½¾⅐-⅞]/g, (char) => ` ${char.normalize('NFKD')}`);
  return fractions.replaceAll(/[^\x20-\x7e]/gu, (char) => {
    if (/\p{Nd}/u.test(char)) return String(digitValue(char.codePointAt(0) ?? 0));
    return spelling[char] ?? (/\p{Sc}/u.test(char) ? '' : char);
  });
}

/** The text without the LaTeX that wraps numbers in published solutions. */
function withoutMarkup(text: string): string {
  return text
    .replaceAll(/\\d?t?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}/g, ' $1/$2')
    .replaceAll(/\\(?:times|cdot)\b/g, 'x')
    .replaceAll(/\\(?:boxed|text|mathrm|mathbf|left|right|circ|degree|approx)\b|\\[,;! ]|[{}$`]|\\(?=%)/g, '');
}

const unsigned = [
  String.raw`[1-9]\d{0,2}([,' _])\d{3}(?:\1\d{3})*(?![\d])(?:\.\d+)?`, // 1,234,567.8
  String.raw`[1-9]\d?(?:,\d{2})+,\d{3}(?!\d)(?:\.\d+)?`, // 12,34,567
  String.raw`[1-9]\d{0,2}(?:\.\d{3})+,\d+(?![\d,.])`, // 1.234,5
  String.raw`\d+,\d+(?![\d,]|\.\d)`, // 3,14
  String.raw`\d+(?:\.\d+)?|\.\d+`,
].join('|');
const decimalComma = /^(?:[1-9]\d{0,2}(?:\.\d{3})+|\d+),\d+$/;
const groupedBy3 = /^[1-9]\d{0,2}(?:,\d{3})+$/;
const mantissa = new RegExp(String.raw`(?<![\p{L}\d_^])(?<!\p{L}\^?-)(?:${unsigned})`, 'u');
const integer = String.raw`\(?([+-]?\d+)\)?`;
const exponent = new RegExp(String.raw`^(?:[eE]([+-]?\d+)(?!\d|\p{L})|\s?[x*]\s?10\s?(?:\^|\*\*)\s?${integer})`, 'u');
const power = new RegExp(String.raw`^(?:\^|\*\*)${integer}`);
const fraction = /^(?:\s+(\d+))?\s?\/\s?(\d+(?:\.\d+)?)/;

/** A mantissa without separators, with a decimal point: what `Number` reads. */
function plainDigits(digits: string): string {
  const comma = decimalComma.test(digits) && !groupedBy3.test(digits);
  return comma ? digits.replaceAll('.', '').replace(',', '.') : digits.replaceAll(/[,' _]/g, '');
}

/** Value of what starts at the mantissa, and the text that follows it. */
function readValue(digits: string, after: string): { value: number; rest: string } {
  const plain = plainDigits(digits);
  const value = Number(plain);
  const scientific = exponent.exec(after);
  if (scientific) {
    return { value: Number(`${plain}e${scientific[1] ?? scientific[2]}`), rest: after.slice(scientific[0].length) };
  }
  const raised = power.exec(after);
  if (raised) return { value: value ** Number(raised[1]), rest: after.slice(raised[0].length) };
  const over = fraction.exec(after);
  if (!over) return { value, rest: after };
  const numerator = over[1] === undefined ? value : Number(over[1]);
  const whole = over[1] === undefined ? 0 : value;
  return { value: whole + numerator / Number(over[2]), rest: after.slice(over[0].length) };
}

const unitWithDigits = /\p{L}+\^?-?\d+/gu;

/** The one number in a text, or undefined when there is none, more than one, or it is not finite. */
export function parseNumber(text: string): number | undefined {
  const ascii = withoutMarkup(toAscii(text)).replace(/^\s*(?:minus|negative)\s+/i, '-');
  const body = ascii.slice(ascii.lastIndexOf('=') + 1).trim();
  const match = mantissa.exec(body);
  if (!match) return undefined;
  const before = body.slice(0, match.index);
  const { value, rest } = readValue(match[0], body.slice(match.index + match[0].length));
  const leftover = `${before} ${rest}`.replaceAll(unitWithDigits, '');
  if (/\d/.test(leftover) || !Number.isFinite(value)) return undefined;
  const negative = /^-\s*$/.test(before) || /(?:^|[^\p{L}\d)])-$/u.test(before);
  return negative && value !== 0 ? -value : value;
}
