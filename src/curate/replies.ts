// What counts as an answer of each expert: its reply read and checked, or what is wrong with it in words that can be sent back.
// Leaves out: asking (ask.ts), and the form of descriptions (prompt/describe-*.ts).
import type { ChatResponse } from '../llm/port.ts';
import type { ImageDescription } from '../prompt/describe-image.ts';
import type { VideoDescription } from '../prompt/describe-video.ts';
import { type Judgement, judgementSchema } from '../prompt/judge.ts';
import { parseCompletion } from '../prompt/parse.ts';
import { refinementSchema } from '../prompt/refine.ts';
import { type Parsed, parseJsonReply } from '../prompt/stage-prompt.ts';

export type { Judgement };
export type Description = VideoDescription | ImageDescription;

/** A chain of thought and its own answer. */
export interface Draft {
  readonly think: string;
  readonly answer: string;
}

export interface Revision extends Draft {
  readonly inconsistencies: readonly {
    readonly claim: string;
    readonly evidence: string;
    readonly correction: string;
  }[];
}

const withoutTags = (text: string) => text.replaceAll(/<\/?(?:think|answer)>/g, '').trim();

/**
 * The reasoner's reply: the reasoning where the server returns it apart, else what stands before `<answer>`; and the first
 * answer. Tags inside the reasoning are removed, so that the draft has the completion form.
 */
export function readDraft({ text, reasoning, finishReason }: ChatResponse): Parsed<Draft> {
  const { answer, think } = parseCompletion(text);
  const cut = finishReason === 'length' ? ' (the reply was cut at its token limit)' : '';
  if (!answer) return { ok: false, problem: `there is no filled <answer> </answer>${cut}` };
  const before = text.slice(0, text.indexOf('<answer>'));
  const thinking = withoutTags(reasoning ?? think ?? before);
  if (thinking === '') return { ok: false, problem: 'there is an answer but no reasoning before it' };
  return { ok: true, value: { think: thinking, answer: withoutTags(answer) } };
}

/** The refiner's reply: its list of inconsistencies, and the revision in completion form. */
export function readRevision({ text }: ChatResponse): Parsed<Revision> {
  const parsed = parseJsonReply(text, refinementSchema);
  if (!parsed.ok) return parsed;
  const { think = '', answer = '' } = parseCompletion(parsed.value.revised);
  return { ok: true, value: { think: think.trim(), answer, inconsistencies: parsed.value.inconsistencies } };
}

/** The judge's score and why. */
export const readJudgement = ({ text }: ChatResponse): Parsed<Judgement> => parseJsonReply(text, judgementSchema);
