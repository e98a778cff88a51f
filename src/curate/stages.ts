// What the experts are asked (METHOD.md section 2), stage by stage: all that an answer depends on (its key), the prompt, and what counts as an
// answer. Leaves out: asking (ask.ts), order, concurrency and accounting (pipeline.ts), and the filter (filter/).
import type { Sample } from '../data/sample.ts';
import type { ChatResponse } from '../llm/port.ts';
import {
  describeImagePrompt,
  imageDescriptionSchema,
  imageSourceOf,
  version as imageVersion,
} from '../prompt/describe-image.ts';
import { describeVideoPrompt, videoDescriptionSchema, version as videoVersion } from '../prompt/describe-video.ts';
import { judgePrompt, version as judgeVersion } from '../prompt/judge.ts';
import { solutionText } from '../prompt/parse.ts';
import { reasonPrompt, reasonTemplates } from '../prompt/reason.ts';
import { refinePrompt, refineTemplates } from '../prompt/refine.ts';
import { type Parsed, parseJsonReply, type StagePrompt } from '../prompt/stage-prompt.ts';
import { askAndStore, type Expert, type ExpertSettings, samplingOf } from './ask.ts';
import { expertOf } from './bill.ts';
import { type CurateConfig, type FramesConfig, judgeOf } from './config.ts';
import { squeeze } from './filter/answer.ts';
import type { ReadMedia } from './media.ts';
import { contentKey, type Once } from './once.ts';
import {
  type Description,
  type Draft,
  type Judgement,
  type Revision,
  readDraft,
  readJudgement,
  readRevision,
} from './replies.ts';
import { formOf, showMedia } from './show.ts';
import type { CurationState, StageRecord, Task } from './state/port.ts';

/** The media of one sample: file, content hash, and the frames, decoded at the first use only. */
export interface SampleMedia {
  readonly file: string;
  readonly hash: string;
  readonly load: () => Promise<ReadMedia>;
}

type Experts<T> = Readonly<Record<'describer' | 'reasoner' | 'refiner', T>> & { readonly judge?: T };

/** What of the configuration answers depend on. */
export interface StageSettings {
  readonly experts: Experts<ExpertSettings>;
  readonly frames: FramesConfig;
}

export function stageSettings(config: CurateConfig): StageSettings {
  const { describer, reasoner, refiner } = config.experts;
  return { experts: { describer, reasoner, refiner, judge: judgeOf(config) }, frames: config.frames };
}

export interface StageTools {
  readonly settings: StageSettings;
  readonly experts: Experts<Expert>;
  readonly state: CurationState;
  readonly once: Once;
  readonly signal?: AbortSignal;
}

/** One question to one expert. */
export interface Inquiry<T> {
  readonly task: Task;
  /** Decodes the media where the expert sees them. */
  readonly prompt: () => Promise<StagePrompt>;
  readonly read: (response: ChatResponse) => Parsed<T>;
}

/** What of the sample the experts see as the question. */
const questionOf = ({ problem, options, problem_type }: Sample) => [problem, options ?? [], problem_type];

/** Stage 1: S = describe(v); one answer per media file and kind of source. */
export function describing(sample: Sample, media: SampleMedia, settings: StageSettings): Inquiry<Description> {
  const { frames, experts } = settings;
  const isVideo = sample.data_type === 'video';
  const source = imageSourceOf(sample);
  const prompt = isVideo ? videoVersion : `${imageVersion}/${source}`;
  const key = contentKey({
    stage: 'describe',
    media: media.hash,
    prompt,
    ...samplingOf(experts.describer),
    frames,
    ...formOf(sample, experts.describer),
  });
  return {
    task: { stage: 'describe', key, sample: sample.problem_id },
    async prompt() {
      const shown = await showMedia(sample, media.file, await media.load(), experts.describer);
      return isVideo ? describeVideoPrompt(shown) : describeImagePrompt(shown.images[0], source);
    },
    read: ({ text }) => parseJsonReply<Description>(text, isVideo ? videoDescriptionSchema : imageDescriptionSchema),
  };
}

/** Stage 2: c0 = reason(q, S; P_cot), blind. */
export function reasoning(sample: Sample, description: Description, { experts }: StageSettings): Inquiry<Draft> {
  const key = contentKey({
    stage: 'reason',
    description: contentKey({ value: description }),
    question: questionOf(sample),
    prompt: reasonTemplates[sample.data_type].version,
    ...samplingOf(experts.reasoner),
  });
  return {
    task: { stage: 'reason', key, sample: sample.problem_id },
    prompt: async () => reasonPrompt(sample, description),
    read: readDraft,
  };
}

/** Stage 3: c = refine(c0, v; P_cross). */
export function refining(
  sample: Sample,
  media: SampleMedia,
  draft: Draft,
  { experts, frames }: StageSettings,
): Inquiry<Revision> {
  const key = contentKey({
    stage: 'refine',
    media: media.hash,
    question: questionOf(sample),
    draft,
    prompt: refineTemplates[sample.data_type].version,
    ...samplingOf(experts.refiner),
    frames,
    ...formOf(sample, experts.refiner),
  });
  return {
    task: { stage: 'refine', key, sample: sample.problem_id },
    async prompt() {
      const shown = await showMedia(sample, media.file, await media.load(), experts.refiner);
      return refinePrompt(sample, shown, draft);
    },
    read: readRevision,
  };
}

/** Whether an answer is the reference, but for white space and case: then nobody need judge it. */
export const isReference = (sample: Sample, answer: string): boolean =>
  squeeze(answer).toLowerCase() === squeeze(solutionText(sample.solution)).toLowerCase();

/** Part of stage 4, where there is a judge: is an open-ended answer the reference in other words? */
export function judging(sample: Sample, answer: string, judge: ExpertSettings): Inquiry<Judgement> {
  const key = contentKey({
    stage: 'judge',
    question: questionOf(sample),
    reference: squeeze(solutionText(sample.solution)),
    answer: squeeze(answer),
    prompt: judgeVersion,
    ...samplingOf(judge),
  });
  return {
    task: { stage: 'judge', key, sample: sample.problem_id },
    prompt: async () => judgePrompt(sample, answer),
    read: readJudgement,
  };
}

/** The stored answer, or the expert's, stored. Throws what asking throws (ask.ts) and what reading the media throws. */
export function answerTo<T>({ task, prompt, read }: Inquiry<T>, tools: StageTools): Promise<StageRecord<T>> {
  const expert = tools.experts[expertOf[task.stage]];
  if (!expert) throw new TypeError(`there is no expert for ${task.stage}`);
  return tools.once.get(task, async () => askAndStore(expert, task, await prompt(), read, tools));
}
