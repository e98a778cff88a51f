// Golden tables of our text scores from the Python packages, made by make/rewards.py: equal within 1e-9.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { scoreFreeForm } from '../../src/rewards/accuracy/free-form.ts';
import { scoreOcr, wordErrorRate } from '../../src/rewards/accuracy/ocr.ts';
import { porterStem } from '../../src/rewards/accuracy/porter.ts';
import { rouge, rougeTokens } from '../../src/rewards/accuracy/rouge.ts';

function rows<Row>(name: string): Row[] {
  const url = new URL(`./fixtures/rewards-${name}.json`, import.meta.url);
  return (JSON.parse(readFileSync(url, 'utf8')) as { rows: Row[] }).rows;
}

describe('golden tables', () => {
  it('stems equal those of NLTK', () => {
    const stems = rows<[string, string]>('stems');
    expect(stems.length).toBeGreaterThan(1000);
    expect(stems.filter(([word, stem]) => porterStem(word) !== stem)).toEqual([]);
  });

  it('ROUGE equals rouge-score', () => {
    const table = rows<[string, string, number, number, number]>('rouge');
    expect(table.length).toBeGreaterThanOrEqual(300);
    for (const [reference, prediction, rouge1, rouge2, rougeL] of table) {
      const got = rouge(reference, prediction);
      const off = Math.max(Math.abs(got.rouge1 - rouge1), Math.abs(got.rouge2 - rouge2), Math.abs(got.rougeL - rougeL));
      expect(off, JSON.stringify({ reference, prediction, got, expected: [rouge1, rouge2, rougeL] })).toBeLessThan(
        1e-9,
      );
      if (rougeTokens(reference).length === 0) continue;
      expect(scoreFreeForm(prediction, reference).value).toBeCloseTo((rouge1 + rouge2 + rougeL) / 3, 9);
    }
  });

  it('word error rate equals jiwer', () => {
    const table = rows<[string, string, number]>('wer');
    expect(table.length).toBeGreaterThanOrEqual(300);
    for (const [reference, hypothesis, rate] of table) {
      const got = wordErrorRate(reference, hypothesis);
      expect(Math.abs(got - rate), JSON.stringify({ reference, hypothesis, got, rate })).toBeLessThan(1e-9);
      if (reference.trim() === '' || hypothesis.trim() === '') continue;
      expect(scoreOcr(hypothesis, reference).value).toBeCloseTo(Math.max(0, 1 - rate), 9);
    }
  });

  it('the tables are varied: part matches, full matches and misses each make up a share', () => {
    const wers = rows<[string, string, number]>('wer').map((row) => row[2]);
    expect(wers.filter((rate) => rate > 0 && rate < 1).length).toBeGreaterThan(100);
    expect(wers.filter((rate) => rate > 1).length).toBeGreaterThan(10);
    const bigrams = rows<[string, string, number, number, number]>('rouge').map((row) => row[3]);
    expect(bigrams.filter((f) => f > 0 && f < 1).length).toBeGreaterThan(100);
  });
});
