// Stage 2, blind reasoning (Eq. 1): c0 = reason(q, S; P_cot). A text-only model answers from the description alone, and its
// reasoning text is the draft. Joins the five sub-prompts of a medium (reason-video.ts, reason-image.ts), description, question and answer template.
import type { Sample } from '../data/sample.ts';
import { answerTemplates } from './answer-templates.ts';
import { reasonImage } from './reason-image.ts';
import { reasonVideo } from './reason-video.ts';
import { type StagePrompt, section } from './stage-prompt.ts';

/** P_cot's five parts in the order of METHOD.md section 2. */
export const subPromptNames = [
  'simulated observation',
  'task understanding',
  'selective focus',
  'visual reasoning',
  'reflective answering',
] as const;
export type SubPromptName = (typeof subPromptNames)[number];

export interface ReasonTemplate {
  readonly version: string;
  readonly intro: string;
  readonly subPrompts: Readonly<Record<SubPromptName, string>>;
}

export const reasonTemplates: Readonly<Record<Sample['data_type'], ReasonTemplate>> = {
  video: reasonVideo,
  image: reasonImage,
};

/** The five parts of a medium as they stand in the prompt: '1. Simulated observation. Think as if …'. */
export const subPrompts = (medium: Sample['data_type']): string[] =>
  subPromptNames.map((name, i) => {
    const title = name[0].toUpperCase() + name.slice(1);
    return `${i + 1}. ${title}. ${reasonTemplates[medium].subPrompts[name]}`;
  });

/** The question as every curation prompt shows it: `<question>`, and `<options>` one a line where there are any. */
export function questionSections(sample: Pick<Sample, 'problem' | 'options'>): string {
  const question = section('question', sample.problem);
  return sample.options?.length ? `${question}\n${section('options', sample.options.join('\n'))}` : question;
}

/** The reasoner's request: `description` is the structured representation S, sent as JSON. */
export function reasonPrompt(sample: Sample, description: unknown): StagePrompt {
  const medium = sample.data_type;
  const { version, intro } = reasonTemplates[medium];
  const text = [
    intro,
    ...subPrompts(medium),
    section('description', JSON.stringify(description)),
    questionSections(sample),
    answerTemplates[sample.problem_type],
  ].join('\n\n');
  return { version, messages: [{ role: 'user', content: text }] };
}
