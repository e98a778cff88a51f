// One number out of a text, in every spelling we know, and nothing out of the rest.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseNumber } from './number.ts';

describe('parseNumber', () => {
  // biome-ignore format: a table
  it.each<[string, number]>([
    ['42', 42], ['42.0', 42], ['+42', 42], ['-42', -42], ['- 42', -42], ['minus 3', -3], ['0', 0], ['-0', 0], ['007', 7], ['.5', 0.5], ['-.5', -0.5], ['5.', 5],
    ['1,234', 1234], ['1,234,567.89', 1234567.89], ['12,34,567', 1234567], ['1 234 567', 1234567], ["1'000", 1000], ['1_000', 1000], ['12\u202f345', 12345],
    ['3,14', 3.14], ['0,123', 0.123], ['1.234,5', 1234.5], ['1,2345', 1.2345], ['1.234', 1.234],
    ['50%', 50], ['50 %', 50], ['50 percent', 50], ['٪50', 50], ['50％', 50],
    ['1e3', 1000], ['1.5E-3', 0.0015], ['-2e+2', -200], ['1.2×10^5', 1.2e5], ['1.2 x 10^{5}', 1.2e5], ['1.2*10**5', 1.2e5],
    ['3 × 10⁻²', 0.03], ['10⁵', 1e5], ['10^5', 1e5], ['2^10', 1024], ['1.2 \\times 10^{-3}', 0.0012],
    ['−7', -7], ['–7', -7], ['－７', -7], ['４２', 42], ['٤٢', 42], ['४२', 42], ['๔๒', 42], ['𝟒𝟐', 42], ['𝟺𝟸', 42], ['٣٫٥', 3.5], ['١٬٢٣٤', 1234],
    ['5 m', 5], ['5m/s', 5], ['5 m/s^2', 5], ['5 m²', 5], ['5 m2', 5], ['5 s^-1', 5], ['5°C', 5], ['-5 °C', -5], ['$5', 5], ['-$5', -5], ['$-5', -5], ['€1,200.50', 1200.5], ['5 €', 5],
    ['0.5 heights per second', 0.5], ['3 objects', 3], ['There are 3 circles.', 3], ['about 3.', 3], ['5th', 5], ['H2O: 5', 5], ['CO2 at 5', 5], ['(5)', 5], ['**5**', 5], ['**-5**', -5],
    ['3/4', 0.75], ['-3/4', -0.75], ['1 3/4', 1.75], ['½', 0.5], ['1½', 1.5], ['⅔', 2 / 3], ['3⁄4', 0.75], ['\\frac{3}{4}', 0.75], ['1\\frac{3}{4}', 1.75],
    ['x = 5', 5], ['2 + 3 = 5', 5], ['x ≈ -5', -5], ['$\\boxed{42}$', 42], ['50\\%', 50], ['9007199254740992', 2 ** 53],
  ])('%j is %d', (text, value) => {
    expect(parseNumber(text)).toBeCloseTo(value, 12);
  });

  // biome-ignore format: a list
  it.each([
    '', ' ', 'five', 'A', 'NaN', 'Infinity', '1e999', '1/0', '3-5', '3 to 5', '3, 5', '1,2,3', '5:30', '1.2.3', '2024-01-02', '3 or 4', '50% (0.5)', 'm2', 'v5', '-', '.', '%', '3 ± 0.1', '6.02·10', '1.2 x 10', '🔢',
  ])('%j is no single number', (text) => {
    expect(parseNumber(text)).toBeUndefined();
  });

  it('reads what JavaScript prints, with or without thousands commas', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => {
        expect(parseNumber(String(x))).toBe(x === 0 ? 0 : x);
      }),
      { numRuns: 500, seed: 2 },
    );
    fc.assert(
      fc.property(fc.integer({ min: -1e12, max: 1e12 }), (n) => {
        expect(parseNumber(`${n.toLocaleString('en-US')} units`)).toBe(n === 0 ? 0 : n);
        expect(parseNumber(n.toLocaleString('ar-EG-u-nu-arab').replaceAll('\u061c', ''))).toBe(n === 0 ? 0 : n);
      }),
      { numRuns: 300, seed: 3 },
    );
  });

  it('is a finite number or undefined, for any text', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.string({ unit: fc.constantFrom(...'0123456789.,-+eE/x^*%½ ²=m'), maxLength: 30 }),
    );
    fc.assert(
      fc.property(text, (candidate) => Number.isFinite(parseNumber(candidate) ?? 0)),
      { numRuns: 2000, seed: 4 },
    );
  });

  it('ends on thousands of characters', () => {
    expect(parseNumber('9'.repeat(5000))).toBeUndefined();
    expect(parseNumber(`${'1,'.repeat(20_000)}`)).toBeUndefined();
    expect(parseNumber(`${'word '.repeat(20_000)}7`)).toBe(7);
  });
});
