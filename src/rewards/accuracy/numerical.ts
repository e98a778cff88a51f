// Numerical: the two numbers are equal within 1e-6 relative, however they are written (METHOD section 3).
// `released` is the authors' rule: plain floats, both rounded to 2 decimals, and the same decimal-ness.
import { parseNumber } from './number.ts';
import { pythonFloat } from './python.ts';
import { truthUnreadable, type Verdict, wrong } from './verdict.ts';

export type NumericalVariant = 'paper' | 'released';

const relativeTolerance = 1e-6;

/** A float as the released code reads it: Python's `float` after commas are dropped. */
export const plainFloat = (text: string): number | undefined => pythonFloat(text.replaceAll(',', ''));

/** Rounded to 2 decimals, exact ties (eighths of an integer) to the even digit, as Python's `round`. */
export function roundToCents(x: number): number {
  const tie = Number.isInteger(x * 8) && !Number.isInteger(x * 4);
  if (!tie) return Number(x.toFixed(2));
  const below = Math.floor(x * 100);
  return (below % 2 === 0 ? below : below + 1) / 100;
}

const hasDecimals = (text: string) => /[.,]/.test(text);

function scoreReleased(answer: string, truth: string): Verdict {
  const expected = plainFloat(truth);
  if (expected === undefined) throw truthUnreadable('a plain float', truth);
  const value = plainFloat(answer);
  if (value === undefined) return wrong('the answer is not a plain float');
  if (hasDecimals(answer) !== hasDecimals(truth)) return wrong('one of answer and truth has decimals, the other none');
  return { value: roundToCents(value) === roundToCents(expected) ? 1 : 0 };
}

/** |a − b| ≤ 1e-6 · max(|a|, |b|). */
export function numbersAgree(a: number, b: number): boolean {
  return Math.abs(a - b) <= relativeTolerance * Math.max(Math.abs(a), Math.abs(b));
}

/**
 * 1 when the answer's one number equals the truth's, else 0.
 * @throws VideorftError reward-truth-unreadable when the truth is not one number.
 */
export function scoreNumerical(answer: string, truth: string, variant: NumericalVariant = 'paper'): Verdict {
  if (variant === 'released') return scoreReleased(answer, truth);
  const expected = parseNumber(truth);
  if (expected === undefined) throw truthUnreadable('one number', truth);
  const value = parseNumber(answer);
  if (value === undefined) return wrong('the answer is not one number');
  return { value: numbersAgree(value, expected) ? 1 : 0 };
}
