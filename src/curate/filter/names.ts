// The rules of the filter by name, in the order in which one of them becomes the reason: what ails the reasoning before what ails the answer,
// because a refusal is why an answer is wrong. What each looks for is in rules.ts.

export const ruleNames = [
  'refused',
  'truncated',
  'mentions-description',
  'wrong-language',
  'repetitive',
  'too-short',
  'too-long',
  'wrong-answer',
  'low-similarity',
  'judged-wrong',
] as const;
export type RuleName = (typeof ruleNames)[number];
