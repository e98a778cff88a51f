// Stage 3, cross-modal refinement (Eq. 2): c = refine(c0, v; P_cross). A model that sees the frames checks the draft, names and
// explains each inconsistency, and revises the draft while keeping its logical structure. What is asked of a medium: refine-video.ts, refine-image.ts.
import { z } from 'zod';
import type { Sample } from '../data/sample.ts';
import { answerTemplates } from './answer-templates.ts';
import { parseCompletion } from './parse.ts';
import { questionSections } from './reason.ts';
import { refineImage } from './refine-image.ts';
import { refineVideo } from './refine-video.ts';
import { mediaParts, momentsText, type PromptMedia, replySchema, type StagePrompt, section } from './stage-prompt.ts';

export interface RefineTemplate {
  readonly version: string;
  /** Where the video goes as frames, and where as a whole. */
  readonly system: { readonly frames: string; readonly file: string };
  readonly instructions: string;
}

export const refineTemplates: Readonly<Record<Sample['data_type'], RefineTemplate>> = {
  video: refineVideo,
  image: refineImage,
};

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

const form = `If nothing is wrong, "inconsistencies" is empty and "revised" repeats the draft.
Reply with one JSON object {"inconsistencies": [{"claim", "evidence", "correction"}], "revised": "<think>…</think><answer>…</answer>"} and nothing else.`;

/** The refiner's request: media, question and draft. The reference answer is never shown. */
export function refinePrompt(
  sample: Sample,
  media: PromptMedia,
  draft: { readonly think: string; readonly answer: string },
): StagePrompt {
  const { version, system, instructions } = refineTemplates[sample.data_type];
  const lasts = `The video lasts ${media.durationSeconds.toFixed(1)} seconds; its frames are at these moments, in seconds: ${momentsText(media)}.`;
  const text = [
    // Frames as one video do not tell their times.
    ...(media.video?.kind === 'jpegs' ? [lasts] : []),
    questionSections(sample),
    section('draft', completionText(draft.think, draft.answer)),
    `${instructions}\n${form}\n${answerTemplates[sample.problem_type]}`,
  ];
  return {
    version,
    messages: [
      { role: 'system', content: media.video ? system.file : system.frames },
      { role: 'user', content: [...mediaParts(media), { type: 'text', text: text.join('\n\n') }] },
    ],
    jsonSchema: replySchema('refinement', refinementSchema),
  };
}
