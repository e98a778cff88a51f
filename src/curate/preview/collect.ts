// What the experts would be asked about the first samples, before anybody is: each stage's prompt with the pictures that it carries, as far as
// stored answers lead; where one is not there yet, a gap says whose. Asks nobody. Leaves out: how it is shown (text.ts, page.ts).
import { reasonOf, type VideorftError } from '../../base/errors.ts';
import { sha256File } from '../../base/hash.ts';
import { statIfPresent } from '../../base/if-present.ts';
import { mediaFile } from '../../data/media-root.ts';
import { type LocatedSample, readSamples } from '../../data/read.ts';
import type { StagePrompt } from '../../prompt/stage-prompt.ts';
import { expertOf } from '../bill.ts';
import type { CurateConfig } from '../config.ts';
import { isAboutFile, type MediaReader, type ReadMedia } from '../media.ts';
import type { Draft, Revision } from '../replies.ts';
import {
  describing,
  type Inquiry,
  isReference,
  judging,
  reasoning,
  refining,
  type SampleMedia,
  type StageSettings,
  stageSettings,
} from '../stages.ts';
import { type Known, readState } from '../state/open.ts';
import type { AskingStage } from '../state/port.ts';
import { checkTruths } from '../truths.ts';
import { gap } from './gaps.ts';

export interface PreviewPrompt {
  readonly stage: AskingStage;
  readonly prompt: StagePrompt;
  /** `answered`: stored already; `next`: would be asked now; `later`: after an answer that is not there yet, shown with a gap. */
  readonly status: 'answered' | 'next' | 'later';
  /** The stored answer. */
  readonly answer?: unknown;
}

export interface PreviewSample {
  readonly row: LocatedSample;
  /** Of the file, where it can be read. */
  readonly media?: { readonly file: string; readonly bytes: number; readonly read: ReadMedia };
  readonly prompts: readonly PreviewPrompt[];
  /** Why it would be set aside. */
  readonly problem?: { readonly reason: string; readonly fix: string | undefined };
}

export interface Preview {
  readonly samples: readonly PreviewSample[];
  readonly rows: { readonly total: number; readonly usable: number };
}

export interface PreviewTools {
  readonly media: MediaReader;
  readonly signal?: AbortSignal;
}

/** The first `count` samples that are samples. Rejects with what is not about one file, and with the signal's reason. */
export async function collectPreview(config: CurateConfig, count: number, tools: PreviewTools): Promise<Preview> {
  const { rows, total } = await readSamples(config.data);
  const { readable } = checkTruths(rows, config);
  const settings = stageSettings(config);
  return readState(config, async (known) => {
    const samples: PreviewSample[] = [];
    for (const row of readable.slice(0, count)) {
      tools.signal?.throwIfAborted();
      samples.push(await previewSample(row, { config, settings, tools, known }));
    }
    return { samples, rows: { total, usable: readable.length } };
  });
}

interface Context {
  readonly config: CurateConfig;
  readonly settings: StageSettings;
  readonly tools: PreviewTools;
  readonly known: Known | undefined;
}

async function previewSample(row: LocatedSample, context: Context): Promise<PreviewSample> {
  const { config, tools } = context;
  const { sample } = row;
  try {
    const file = await mediaFile(config.mediaRoot, sample);
    const bytes = (await statIfPresent(file))?.size ?? 0;
    const read = await tools.media.read(file, sample.data_type, config.frames);
    const media: SampleMedia = { file, hash: await sha256File(file), load: async () => read };
    return { row, media: { file, bytes, read }, prompts: await promptsOf(row, media, context) };
  } catch (error) {
    if (!isAboutFile(error)) throw error;
    const { fix } = error as VideorftError;
    return { row, prompts: [], problem: { reason: reasonOf(error), fix } };
  }
}

async function promptsOf({ sample }: LocatedSample, media: SampleMedia, context: Context): Promise<PreviewPrompt[]> {
  const { settings, known } = context;
  const look = async <T>(inquiry: Inquiry<T>, isReady: boolean) => {
    const { stage } = inquiry.task;
    const stored = isReady ? await known?.answer<T>(inquiry.task) : undefined;
    const status = stored ? 'answered' : isReady ? 'next' : 'later';
    const prompt: PreviewPrompt = { stage, prompt: await inquiry.prompt(), status, answer: stored?.value };
    return { prompt, value: stored?.value };
  };
  const described = await look(describing(sample, media, settings), true);
  const description = described.value ?? (gap('describe') as never);
  const reasoned = await look(reasoning(sample, description, settings), described.value !== undefined);
  const draft: Draft = reasoned.value ?? { think: gap('reason'), answer: gap('reason') };
  const refined = await look(refining(sample, media, draft, settings), reasoned.value !== undefined);
  const prompts = [described.prompt, reasoned.prompt, refined.prompt];
  const judged = await judgePreview(context, { row: sample, revision: refined.value }, look);
  return judged ? [...prompts, judged] : prompts;
}

async function judgePreview(
  { settings: { experts } }: Context,
  { row: sample, revision }: { readonly row: LocatedSample['sample']; readonly revision: Revision | undefined },
  look: <T>(inquiry: Inquiry<T>, isReady: boolean) => Promise<{ readonly prompt: PreviewPrompt }>,
): Promise<PreviewPrompt | undefined> {
  if (!experts.judge || sample.problem_type !== 'free-form') return undefined;
  const answer = revision?.answer ?? gap('refine');
  if (revision && isReference(sample, answer)) return undefined;
  return (await look(judging(sample, answer, experts.judge), revision !== undefined)).prompt;
}

/** Whom a stage asks, and how. */
export function expertFor(stage: AskingStage, { experts }: CurateConfig) {
  const role = expertOf[stage];
  const settings = experts[role];
  if (!settings) throw new TypeError(`there is no ${role}`);
  return { role, settings };
}
