// Rows do not depend on where the file is cut into pieces: every cut of small files gives the rows of the whole.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ArraySplitter, LineSplitter, type RawRow, type Splitter } from './row-splitter.ts';

function split(make: () => Splitter, bytes: Buffer, cuts: readonly number[]): RawRow[] {
  const splitter = make();
  const bounds = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
  const rows = bounds.slice(1).flatMap((end, i) => [...splitter.push(bytes.subarray(bounds[i], end))]);
  return [...rows, ...splitter.end()];
}

const values = fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.object({ maxDepth: 2 })), { maxLength: 6 });

test.each([
  ['array', (rows: unknown[]) => JSON.stringify(rows, null, 1), () => new ArraySplitter(1)],
  ['lines', (rows: unknown[]) => rows.map((row) => JSON.stringify(row)).join('\n'), () => new LineSplitter(1)],
] as const)('%s, cut anywhere', (_, write, make) => {
  fc.assert(
    fc.property(values, fc.array(fc.nat(), { maxLength: 8 }), (rows, places) => {
      const bytes = Buffer.from(write(rows));
      const cuts = places.map((place) => place % (bytes.length + 1));
      const whole = split(make, bytes, []);
      expect(whole.map(({ text }) => JSON.parse(text))).toEqual(JSON.parse(JSON.stringify(rows)));
      expect(split(make, bytes, cuts)).toEqual(whole);
    }),
  );
});

test('a truncated array, cut after every byte, loses no whole row and says that it is cut', () => {
  const bytes = Buffer.from('[{"a": "x\\"],["},\n{"b": [1, 2]}, {"c":');
  const every = Array.from({ length: bytes.length }, (_, i) => i);
  expect(split(() => new ArraySplitter(7), bytes, every)).toEqual([
    { line: 7, text: '{"a": "x\\"],["}' },
    { line: 8, text: '{"b": [1, 2]}' },
    { line: 8, text: '{"c":', broken: 'the file ends before its array is closed' },
  ]);
});

test.each([
  ['array', '["short",\n"much too long",\n"last"]', () => new ArraySplitter(1, 8)],
  ['lines', '"short"\n"much too long"\n"last"', () => new LineSplitter(1, 8)],
] as const)('%s: a row that is too long is told, not held, and spoils no other', (_, text, make) => {
  const bytes = Buffer.from(text);
  for (const cuts of [[], Array.from({ length: bytes.length }, (_cut, i) => i)]) {
    expect(split(make, bytes, cuts)).toEqual([
      { line: 1, text: '"short"' },
      { line: 2, text: '', broken: 'the row is longer than 8 bytes' },
      { line: 3, text: '"last"' },
    ]);
  }
});
