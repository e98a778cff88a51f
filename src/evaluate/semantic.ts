// R_s of answers, measured beside an evaluation where a scorer is given.
import { VideorftError } from '../base/errors.ts';
import type { RewardScorer } from '../rewards/index.ts';
import type { Ready } from './asking.ts';
import type { Answer } from './respondent.ts';

/** Null where it is not measured, or cannot be. */
export async function semanticOf(
  ready: readonly Ready[],
  answers: readonly (Answer | VideorftError)[],
  scorer: RewardScorer | undefined,
): Promise<(number | null)[]> {
  if (!scorer) return ready.map(() => null);
  const groups = ready.map(({ task, prompt }, i) => {
    const answer = answers[i];
    return {
      sample: task.question,
      clip: prompt.clip,
      completions_G: [{ text: answer instanceof VideorftError ? '' : answer.text }],
    };
  });
  const results = await scorer.scoreBatch(groups);
  return results.map((r) => (r.ok ? r.scores_G[0].semantic : null));
}
