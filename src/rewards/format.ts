// R_f: 1 when the completion is one think block, then one answer block, and nothing else (METHOD section 3).
// Leaves out: finding the blocks (prompt/parse.ts).
import type { ParsedCompletion } from '../prompt/parse.ts';

/**
 * `paper`: exactly one of each tag, in order, only white space between and around.
 * `released`: the authors' full match of think, white space, answer, which lets further tags pass inside the blocks
 * and refuses white space around them.
 */
export type FormatVariant = 'paper' | 'released';

/** R_f in {0, 1}. `text` is the completion with its opening think tag, whoever wrote that tag. */
export function formatReward(parsed: ParsedCompletion, text: string, variant: FormatVariant = 'paper'): 0 | 1 {
  if (variant === 'paper') return parsed.formatOk ? 1 : 0;
  return /^<think>[\s\S]*?<\/think>\s*<answer>[\s\S]*?<\/answer>$/.test(text) ? 1 : 0;
}
