// The chains of all samples: read → media → describe → reason → refine → judge, clip by clip, several clips at once, until none is left. Every answer is
// stored before it is used (state/); a sample that fails is set aside with its reason and the run goes on; a run that cannot
// succeed (refused key, experts down, disk full) stops, and the next one continues. Leaves out: the filter (output.ts).
import { VideorftError } from '../base/errors.ts';
import { sha256File } from '../base/hash.ts';
import { createLimiter } from '../base/limit.ts';
import { mapPool } from '../base/pool.ts';
import { mediaFile } from '../data/media-root.ts';
import type { LocatedSample } from '../data/read.ts';
import type { Sample } from '../data/sample.ts';
import type { Expert } from './ask.ts';
import { isAboutFile, type MediaReader, type ReadMedia } from './media.ts';
import type { Once } from './once.ts';
import { type Fate, failureOf, type StageName } from './outcome.ts';
import type { Judgement } from './replies.ts';
import type { Share, Shares, Work } from './shares.ts';
import {
  answerTo,
  describing,
  isReference,
  judging,
  reasoning,
  refining,
  type SampleMedia,
  type StageTools,
} from './stages.ts';
import type { StageRecord } from './state/port.ts';

export interface PipelineOptions {
  readonly mediaRoot: string;
  readonly reader: MediaReader;
  readonly tools: StageTools;
  readonly shares: Shares;
  /** Clips in work at once; the experts' own limits bound the requests. */
  readonly clips: number;
  readonly stopAfterFailures: number;
  /** Called once for each sample that is done here; `asked`: whether an expert was, or all answers were there already. */
  readonly onSample?: (asked: boolean) => void;
}

/** Files decoded at once: decoding is the one step that costs processor and memory here. */
const DECODERS = 2;

/** Works on the shares until every sample has its fate. Rejects only when the run must stop. */
export async function runChains(work: Work, rows: readonly LocatedSample[], options: PipelineOptions): Promise<void> {
  const { shares, clips } = options;
  const failures = failureWatch(options.stopAfterFailures);
  const decoders = createLimiter(DECODERS);
  const tools = watched(options.tools, failures);
  const workOn = async (share: Share) => {
    const positions = work.shares[share.index].filter((position) => !share.settled.has(position));
    if (positions.length === 0) return shares.done(share);
    const media = openMedia(rows[positions[0]], options, decoders.run);
    const settle = async (position: number) => {
      const seen = { asked: false };
      const fate = await runChain(rows[position].sample, media, noticing(tools, seen), failures);
      await shares.settle(position, fate);
      options.onSample?.(seen.asked);
    };
    await mapPool(positions, positions.length, settle);
    await shares.done(share);
  };
  await drain(shares, Math.min(clips, work.shares.length), workOn, options.tools.signal);
}

/** So many shares at once. The first failure stops the taking of further ones, and is thrown when those in work are settled. */
async function drain(
  shares: Shares,
  atOnce: number,
  work: (share: Share) => Promise<void>,
  aborted: AbortSignal | undefined,
): Promise<void> {
  const failed = new AbortController();
  const signal = aborted ? AbortSignal.any([aborted, failed.signal]) : failed.signal;
  const takeAll = async () => {
    try {
      for (;;) {
        signal.throwIfAborted();
        const share = await shares.next(signal);
        if (!share) return;
        await work(share);
      }
    } catch (error) {
      failed.abort(error);
      throw error;
    }
  };
  await mapPool(new Array(atOnce).fill(undefined), atOnce, takeAll);
}

/** Hash and frames of a group's file, each computed once and only if needed; errors carry a 'media-…' code. */
function openMedia(
  { sample }: LocatedSample,
  { mediaRoot, reader, tools }: PipelineOptions,
  limited: <T>(task: () => Promise<T>, signal?: AbortSignal) => Promise<T>,
): () => Promise<SampleMedia> {
  let opened: Promise<SampleMedia> | undefined;
  let loaded: Promise<ReadMedia> | undefined;
  const open = async (): Promise<SampleMedia> => {
    const file = await mediaFile(mediaRoot, sample);
    const hash = await sha256File(file);
    const read = () => asMediaError(file, reader.read(file, sample.data_type, tools.settings.frames));
    const load = () => {
      loaded ??= limited(read, tools.signal);
      return loaded;
    };
    return { file, hash, load };
  };
  return () => {
    opened ??= open();
    return opened;
  };
}

async function asMediaError<T>(file: string, reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (cause) {
    if (cause instanceof VideorftError) throw cause;
    throw new VideorftError(`Cannot decode ${file}.`, {
      code: 'media-decode',
      facts: { file },
      fix: 'Check the file.',
      cause,
    });
  }
}

async function runChain(
  sample: Sample,
  openSampleMedia: () => Promise<SampleMedia>,
  tools: StageTools,
  failures: FailureWatch,
): Promise<Fate> {
  let stage: StageName = 'media';
  try {
    const media = await openSampleMedia();
    stage = 'describe';
    const described = await answerTo(describing(sample, media, tools.settings), tools);
    stage = 'reason';
    const reasoned = await answerTo(reasoning(sample, described.value, tools.settings), tools);
    stage = 'refine';
    const refined = await answerTo(refining(sample, media, reasoned.value, tools.settings), tools);
    stage = 'judge';
    const [judged, judgedDraft] = await Promise.all(
      [refined, reasoned].map(({ value }) => judgementOf(sample, value.answer, tools)),
    );
    const keys = { describe: described.key, reason: reasoned.key, refine: refined.key };
    return { keys: { ...keys, judge: judged?.key, judgeDraft: judgedDraft?.key } };
  } catch (error) {
    tools.signal?.throwIfAborted();
    failures.check(stage, error);
    return failureOf(isAboutFile(error) ? 'media' : stage, error);
  }
}

/** The judge's word on an open-ended answer; nothing where none is asked: all other answers, and those that repeat the reference. */
async function judgementOf(
  sample: Sample,
  answer: string,
  tools: StageTools,
): Promise<StageRecord<Judgement> | undefined> {
  const { judge } = tools.settings.experts;
  if (!judge || sample.problem_type !== 'free-form' || isReference(sample, answer)) return undefined;
  return answerTo(judging(sample, answer, judge), tools);
}

interface FailureWatch {
  succeeded(stage: StageName): void;
  /** Throws what must stop the run: errors that are not about a sample, refusals, too many failed calls of one expert in a row. */
  check(stage: StageName, error: unknown): void;
}

/** Errors that would meet every sample alike. */
const hopeless = new Set([
  'llm-refused',
  'llm-no-key',
  'llm-down',
  'llm-batch',
  'llm-video-form',
  'media-native',
  'state-write',
  'curate-budget',
]);

function failureWatch(limit: number): FailureWatch {
  const inARow = new Map<StageName, number>();
  // The questions of a clip share a failed description: one failure, seen several times.
  const counted = new WeakSet<Error>();
  return {
    succeeded: (stage) => void inARow.set(stage, 0),
    check(stage, error) {
      if (!(error instanceof VideorftError)) throw error;
      if (hopeless.has(error.code)) throw error;
      if (error.code !== 'llm-failed' || counted.has(error)) return;
      counted.add(error);
      const failures = (inARow.get(stage) ?? 0) + 1;
      inARow.set(stage, failures);
      if (failures < limit) return;
      throw new VideorftError(`${failures} calls of ${stage} failed in a row: the run stops.`, {
        code: 'curate-experts-down',
        facts: { ...error.facts },
        fix: 'Check the experts, then run again: it continues where it stopped.',
        cause: error,
      });
    },
  };
}

/** The tools of one sample, which tell whether an answer had to be asked for. */
function noticing(tools: StageTools, seen: { asked: boolean }): StageTools {
  const once: Once = {
    get: (task, ask) =>
      tools.once.get(task, () => {
        seen.asked = true;
        return ask();
      }),
  };
  return { ...tools, once };
}

/** The tools with experts that report success to the watch. */
function watched(tools: StageTools, failures: FailureWatch): StageTools {
  const wrap = (stage: StageName, { model, ...rest }: Expert): Expert => ({
    ...rest,
    model: {
      name: model.name,
      async chat(request) {
        const response = await model.chat(request);
        failures.succeeded(stage);
        return response;
      },
    },
  });
  const { describer, reasoner, refiner, judge } = tools.experts;
  const experts = {
    describer: wrap('describe', describer),
    reasoner: wrap('reason', reasoner),
    refiner: wrap('refine', refiner),
    judge: judge && wrap('judge', judge),
  };
  return { ...tools, experts };
}
