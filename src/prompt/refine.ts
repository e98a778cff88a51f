// Stage 3, cross-modal refinement (Eq. 2): c = refine(c0, v; P_cross). A model that sees the frames checks the draft, names and
// explains each inconsistency, and revises the draft while keeping its logical structure. The wording is ours.
import { z } from 'zod';
import type { Sample } from '../data/sample.ts';
import { answerTemplates } from './answer-templates.ts';
import { parseCompletion } from './parse.ts';
import { questionSections } from './reason.ts';
import { imageParts, type PromptImage, replySchema, type StagePrompt, section } from './stage-prompt.ts';

export const version = 'refine/1';

/** `<think>…</think>` then `<answer>…</answer>`, exactly one of each, both filled. */
export function isFilledCompletion(text: string): boolean {
  const { formatOk, think, answer } = parseCompletion(text);
  return formatOk && Boolean(think?.trim()) && Boolean(answer);
}

export const refinementSchema = z.object({
  inconsistencies: z.array(
    z.object({
      /** What the draft says, quoted. */
      claim: z.string(),
      /** What is seen instead, with the time. */
      evidence: z.string(),
      correction: z.string(),
    }),
  ),
  /** `<think>…</think><answer>…</answer>`. */
  revised: z
    .string()
    .refine(isFilledCompletion, 'must be <think>…</think><answer>…</answer>, one of each tag, both parts filled'),
});
export type Refinement = z.infer<typeof refinementSchema>;

/** The draft as the refiner sees it, and as the unrefined data set keeps it. */
export const completionText = (think: string, answer: string): string =>
  `<think>${think}</think>\n<answer>${answer}</answer>`;

/** The refiner's request: frames, question and draft. The reference answer is never shown. */
export function refinePrompt(
  sample: Sample,
  images: readonly PromptImage[],
  draft: { readonly think: string; readonly answer: string },
): StagePrompt {
  const medium = sample.data_type;
  const instructions = `The draft was written by someone who did not see the ${medium}. Check it against what you see:
1. Verify every statement about objects, colours, counts, text, positions, actions, directions, order and times.
2. For each statement that the ${medium} contradicts, quote it ("claim"), say what is visible instead and when ("evidence"), and give the correction.
3. Revise the draft: keep its logical structure and its sentences where they are right, change what is wrong and whatever follows from it, the answer included. The revision speaks as one who saw the ${medium}; it does not mention the draft.
If nothing is wrong, "inconsistencies" is empty and "revised" repeats the draft.
Reply with one JSON object {"inconsistencies": [{"claim", "evidence", "correction"}], "revised": "<think>…</think><answer>…</answer>"} and nothing else.
${answerTemplates[sample.problem_type]}`;
  const text = [questionSections(sample), section('draft', completionText(draft.think, draft.answer)), instructions];
  return {
    version,
    messages: [
      {
        role: 'system',
        content: `You see ${medium === 'video' ? 'frames of a video in order, each after its time' : 'an image'}, and correct what others wrote about it.`,
      },
      { role: 'user', content: [...imageParts(images), { type: 'text', text: text.join('\n\n') }] },
    ],
    jsonSchema: replySchema('refinement', refinementSchema),
  };
}
