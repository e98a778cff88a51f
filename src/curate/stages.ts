// The three asking stages (METHOD.md section 2): what each answer depends on (its key), what is asked, and what counts as an
// answer. Leaves out: order, concurrency and accounting (pipeline.ts), and the filter (filter.ts).
import type { Sample } from '../data/sample.ts';
import type { ChatResponse } from '../llm/port.ts';
import {
  describeImagePrompt,
  type ImageDescription,
  imageDescriptionSchema,
  imageSourceOf,
  version as imageVersion,
} from '../prompt/describe-image.ts';
import {
  describeVideoPrompt,
  type VideoDescription,
  videoDescriptionSchema,
  version as videoVersion,
} from '../prompt/describe-video.ts';
import { parseCompletion } from '../prompt/parse.ts';
import { reasonPrompt, version as reasonVersion } from '../prompt/reason.ts';
import { refinementSchema, refinePrompt, version as refineVersion } from '../prompt/refine.ts';
import { type Parsed, parseJsonReply, type StagePrompt } from '../prompt/stage-prompt.ts';
import { askAndStore, type Expert, samplingOf } from './ask.ts';
import type { FramesConfig } from './config.ts';
import type { ReadMedia } from './media.ts';
import { contentKey, type Once } from './once.ts';
import type { CurationState, StageRecord } from './state/port.ts';

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

/** The media of one sample: content hash, and the frames, decoded at the first use only. */
export interface SampleMedia {
  readonly hash: string;
  readonly load: () => Promise<ReadMedia>;
}

export interface StageTools {
  readonly experts: { readonly describer: Expert; readonly reasoner: Expert; readonly refiner: Expert };
  readonly state: CurationState;
  readonly once: Once;
  readonly frames: FramesConfig;
  readonly signal?: AbortSignal;
}

/** What of the sample the experts see as the question. */
const questionOf = ({ problem, options, problem_type }: Sample) => [problem, options ?? [], problem_type];

/** Stage 1: S = describe(v); one answer per media file and kind of source. */
export function describe(sample: Sample, media: SampleMedia, tools: StageTools): Promise<StageRecord<Description>> {
  const { describer } = tools.experts;
  const isVideo = sample.data_type === 'video';
  const source = imageSourceOf(sample);
  const prompt = isVideo ? videoVersion : `${imageVersion}/${source}`;
  const key = contentKey({
    stage: 'describe',
    media: media.hash,
    prompt,
    ...samplingOf(describer),
    frames: tools.frames,
  });
  const task = { stage: 'describe', key, sample: sample.problem_id } as const;
  return tools.once.get(task, async () => {
    const { images, durationSeconds } = await media.load();
    const request = isVideo ? describeVideoPrompt(images, durationSeconds) : describeImagePrompt(images[0], source);
    const schema = isVideo ? videoDescriptionSchema : imageDescriptionSchema;
    const read = ({ text }: ChatResponse) => parseJsonReply<Description>(text, schema);
    return askAndStore(describer, task, request, read, tools);
  });
}

/** Stage 2: c0 = reason(q, S; P_cot), blind. */
export function reason(
  sample: Sample,
  description: StageRecord<Description>,
  tools: StageTools,
): Promise<StageRecord<Draft>> {
  const { reasoner } = tools.experts;
  const key = contentKey({
    stage: 'reason',
    description: contentKey({ value: description.value }),
    question: questionOf(sample),
    prompt: reasonVersion,
    ...samplingOf(reasoner),
  });
  const task = { stage: 'reason', key, sample: sample.problem_id } as const;
  return tools.once.get(task, () => {
    const request: StagePrompt = reasonPrompt(sample, description.value);
    return askAndStore(reasoner, task, request, readDraft, tools);
  });
}

/** Stage 3: c = refine(c0, v; P_cross). */
export function refine(
  sample: Sample,
  media: SampleMedia,
  draft: StageRecord<Draft>,
  tools: StageTools,
): Promise<StageRecord<Revision>> {
  const { refiner } = tools.experts;
  const key = contentKey({
    stage: 'refine',
    media: media.hash,
    question: questionOf(sample),
    draft: draft.value,
    prompt: refineVersion,
    ...samplingOf(refiner),
    frames: tools.frames,
  });
  const task = { stage: 'refine', key, sample: sample.problem_id } as const;
  return tools.once.get(task, async () => {
    const { images } = await media.load();
    const request = refinePrompt(sample, images, draft.value);
    return askAndStore(refiner, task, request, readRevision, tools);
  });
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
