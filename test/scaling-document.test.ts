// docs/SCALING.md and its figure hold exactly what `npm run bench -- scaling --write` makes; numbers are written as people read them.
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { currentDocument, filled, partNames, printed } from '../bench/scaling/document.ts';
import { figureFile, renderFigure } from '../bench/scaling/figure.ts';
import { bytesText, dollarsText, errorText, hoursText, numberText, secondsText } from '../bench/scaling/format.ts';

const FIX = 'npm run bench -- scaling --write';

it('the document is what the command prints', () => {
  const text = currentDocument();
  expect(filled(text), FIX).toBe(text);
  for (const table of printed()
    .split('\n')
    .filter((line) => line.startsWith('|')))
    expect(text, FIX).toContain(table);
});

it('the figure is what the command draws', async () => {
  expect(await renderFigure(), FIX).toBe(await readFile(figureFile, 'utf8'));
});

it('a table that is missing, unknown or there twice is refused by name', () => {
  const place = (name: string) => `<!-- table ${name} -->\nSTALE\n<!-- end -->\n`;
  const all = partNames.map(place).join('');
  expect(filled(all)).not.toContain('STALE');
  const refused = (text: string) => {
    try {
      filled(text);
    } catch (error) {
      return (error as Error).message;
    }
  };
  expect(refused(all + place('rent'))).toContain('once: rent');
  expect(refused(all + place('nonsense'))).toContain('once: nonsense');
  expect(refused(all.replace(place('step'), ''))).toContain('once: step');
});

it('numbers in two or three digits', () => {
  expect([0.004, 0.4, 0.87, 21.9, 100, 24_000].map(hoursText)).toEqual([
    '14 s',
    '24 min',
    '0.87 h',
    '22 h',
    '4.2 days',
    '2.7 years',
  ]);
  expect([0, 0.004, 0.0333, 7.236, 454].map(secondsText)).toEqual(['0', '< 0.01', '0.033', '7.24', '454']);
  expect([120, 3084, 161e6, 16.6e9, 1.4e12].map(bytesText)).toEqual(['120 B', '3.1 kB', '160 MB', '17 GB', '1.4 TB']);
  expect([43.6, 20_251].map(dollarsText)).toEqual(['$44', '$20,000']);
  expect([8, 310_000, 0.25].map(numberText)).toEqual(['8', '310,000', '0.25']);
  expect([0.25, 1, 1.33].map(errorText)).toEqual(['-75%', 'within', '+33%']);
});
