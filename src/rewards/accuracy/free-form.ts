// Free-form: mean of ROUGE-1, ROUGE-2 and ROUGE-L F-measure, stemmed (METHOD section 3).
// ROUGE sees a–z and 0–9 only, so a truth in another script cannot be scored: an error, not a reward of 0 for ever.
// A one-word truth has no bigram, so even an exact answer gets 2/3: that is what the formula says.
import { rouge, rougeTokens } from './rouge.ts';
import { truthUnreadable, type Verdict, wrong } from './verdict.ts';

/**
 * Mean of the three F-measures, in [0, 1].
 * @throws VideorftError reward-truth-unreadable when the truth has no word that ROUGE sees.
 */
export function scoreFreeForm(answer: string, truth: string): Verdict {
  if (rougeTokens(truth).length === 0) throw truthUnreadable('a text with words in a–z or digits', truth);
  if (rougeTokens(answer).length === 0) return wrong('the answer has no words in a–z or digits');
  const { rouge1, rouge2, rougeL } = rouge(truth, answer);
  return { value: (rouge1 + rouge2 + rougeL) / 3 };
}
