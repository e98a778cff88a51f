// Stage 2, blind reasoning (Eq. 1): c0 = reason(q, S; P_cot). A text-only model answers from the description alone, and its
// reasoning text is the draft. P_cot is five parts in the order of METHOD.md section 2; the wording is ours.
import type { Sample } from '../data/sample.ts';
import { answerTemplates } from './answer-templates.ts';
import { type StagePrompt, section } from './stage-prompt.ts';

export const version = 'reason/1';

type Medium = Sample['data_type'];
type SubPrompt = (medium: Medium) => string;

export const simulatedObservation: SubPrompt = (medium) =>
  `1. Simulated observation. Think as if you were ${medium === 'video' ? 'watching the whole video from start to end' : 'looking at the whole image'} yourself. Begin with one sentence that restates the question; then say what you see, in the order in which it happens. Never mention a description, a caption or JSON.`;

export const taskUnderstanding: SubPrompt = () =>
  '2. Task understanding. Decide what kind of question this is (what, how many, in which order, where, how fast, what is written, what if) and what a good answer must contain.';

export const selectiveFocus: SubPrompt = (medium) =>
  `3. Selective focus. Pick the ${medium === 'video' ? 'moments' : 'regions'} that matter for the question${medium === 'video' ? ', with their times,' : ''} and leave the rest aside.`;

export const visualReasoning: SubPrompt = (medium) =>
  `4. Visual reasoning. Reason step by step from what is visible there: objects, ${medium === 'video' ? 'actions, space, time and events' : 'attributes, space, text and quantities'}. Use nothing that is not visible.`;

export const reflectiveAnswering: SubPrompt = () =>
  '5. Reflective answering. Check the conclusion once against what you saw; if it does not hold, correct it. Then answer.';

/** P_cot's five parts in order. */
export const subPrompts: readonly SubPrompt[] = [
  simulatedObservation,
  taskUnderstanding,
  selectiveFocus,
  visualReasoning,
  reflectiveAnswering,
];

/** The question as every curation prompt shows it: `<question>`, and `<options>` one a line where there are any. */
export function questionSections(sample: Pick<Sample, 'problem' | 'options'>): string {
  const question = section('question', sample.problem);
  return sample.options?.length ? `${question}\n${section('options', sample.options.join('\n'))}` : question;
}

/** The reasoner's request: `description` is the structured representation S, sent as JSON. */
export function reasonPrompt(sample: Sample, description: unknown): StagePrompt {
  const medium = sample.data_type;
  const text = [
    `Answer a question about ${medium === 'video' ? 'a video' : 'an image'}. Reason in five steps:`,
    ...subPrompts.map((part) => part(medium)),
    section('description', JSON.stringify(description)),
    questionSections(sample),
    answerTemplates[sample.problem_type],
  ].join('\n\n');
  return { version, messages: [{ role: 'user', content: text }] };
}
