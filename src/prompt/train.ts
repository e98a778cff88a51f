// Sample → messages of the video language model, for every stage that trains or asks it (SFT, GRPO, evaluation, chat): the one
// prompt home. The micro profile is short because its tokenizer and its model are; the paper profile's wording is ours.
import { VideorftError } from '../base/errors.ts';
import type { Sample } from '../data/sample.ts';
import { answerTemplates } from './answer-templates.ts';
import type { Message } from './messages.ts';
import { releasedPrompt } from './released.ts';

export const version = 'train/1';

export type PromptMode = 'think' | 'direct';
/** `released`: the authors' evaluation prompt, word for word (released.ts). */
export type PromptProfile = 'micro' | 'paper' | 'released';

export interface PromptOptions {
  /** 'think' asks for reasoning before the answer, 'direct' for the answer alone. */
  readonly mode: PromptMode;
  readonly profile: PromptProfile;
}

type Question = Pick<Sample, 'problem' | 'options' | 'problem_type'>;

const microInstruction: Readonly<Record<PromptMode, string>> = {
  think: 'Think step by step.',
  direct: 'Answer directly.',
};

const paperInstruction: Readonly<Record<PromptMode, string>> = {
  think:
    'Think about the question first, as a person would who watches closely: look, reason step by step, and check your conclusion. Write this reasoning within the <think> </think> tags, and after it the final answer.',
  direct: 'Answer directly, without any reasoning.',
};

function releasedText(sample: Question, mode: PromptMode): string {
  if (mode === 'think') return releasedPrompt(sample);
  throw new VideorftError('the released evaluation has no prompt for direct answers', {
    code: 'prompt-mode',
    fix: 'ask for direct answers under another protocol, such as direct',
  });
}

/** The text part of the prompt. Micro keeps the options on one line; paper gives each its own and adds the answer template. */
export function promptText(sample: Question, { mode, profile }: PromptOptions): string {
  if (profile === 'released') return releasedText(sample, mode);
  const options = sample.options ?? [];
  const lines =
    profile === 'micro'
      ? [sample.problem, options.join(' '), microInstruction[mode]]
      : [sample.problem, options.join('\n'), paperInstruction[mode], answerTemplates[sample.problem_type]];
  return lines.filter((line) => line !== '').join('\n');
}

/** One user message: the video or image part first, then the text. No system prompt, in any stage. */
export function trainingMessages(sample: Question & Pick<Sample, 'data_type'>, options: PromptOptions): Message[] {
  return [{ role: 'user', content: [{ type: sample.data_type }, { type: 'text', text: promptText(sample, options) }] }];
}

/**
 * The completion SFT learns: process + "\n" + solution (METHOD.md section 3); a direct answer is the solution alone.
 * Throws `sample-no-process` for a thinking target without a chain of thought: it would silently teach direct answers.
 */
export function targetText(
  sample: Pick<Sample, 'problem_id' | 'process' | 'solution'>,
  mode: PromptMode = 'think',
): string {
  if (mode === 'direct') return sample.solution;
  if (!sample.process?.trim()) {
    throw new VideorftError('A sample without a chain of thought cannot be a thinking target.', {
      code: 'sample-no-process',
      facts: { sample: sample.problem_id },
      fix: 'Train on cot.jsonl (videorft curate writes it), or ask for direct answers.',
    });
  }
  return `${sample.process}\n${sample.solution}`;
}
