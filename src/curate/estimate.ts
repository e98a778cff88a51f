// What a curation would take, before anybody is asked: calls, tokens, cost and hours, from a look at some of the media and from what earlier
// runs in the folder took; and which media would go to whom. Leaves out: printing (estimate-text.ts).
import { missingMedia } from '../data/media-root.ts';
import { type LocatedSample, readSamples } from '../data/read.ts';
import type { Sample } from '../data/sample.ts';
import { imageSourceOf } from '../prompt/describe-image.ts';
import { costOf, expertOf, priceOf } from './bill.ts';
import { atOnce, type CurateConfig, judgeOf } from './config.ts';
import { type Destination, destinationsOf } from './destinations.ts';
import type { MediaReader } from './media.ts';
import { lookAtMedia, type MediaLook } from './sample-media.ts';
import { readState } from './state/open.ts';
import type { AskingStage, StageTotals } from './state/port.ts';
import { byStage } from './state/sums.ts';
import { checkTruths } from './truths.ts';

/** Media files that are looked at. */
const LOOKS = 20;
/** Answers of earlier runs from which a stage's own numbers are believed. */
const ENOUGH = 10;
/** The time that a batch interface allows itself. */
const BATCH_HOURS = 24;

/** Until a stage has answered: tokens of an answer, and seconds that it takes. */
export const assumed = {
  describe: { perFrame: 80, tokens: 100, seconds: 15 },
  reason: { perFrame: 0, tokens: 700, seconds: 30 },
  refine: { perFrame: 0, tokens: 800, seconds: 20 },
  judge: { perFrame: 0, tokens: 60, seconds: 5 },
} as const;

export interface StageEstimate {
  /** Calls that are left; those of shared media once. */
  readonly calls: number;
  readonly answered: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly cost: number | null;
  readonly hours: number;
  /** By the batch interface: hours are the most that it may take. */
  readonly batched: boolean;
  /** Whether tokens and seconds are those of earlier answers. */
  readonly measured: boolean;
}

export interface CurationEstimate {
  readonly rows: { readonly total: number; readonly usable: number };
  readonly media: { readonly videos: readonly string[]; readonly images: readonly string[]; readonly missing: number };
  readonly look: MediaLook;
  readonly stages: Readonly<Record<AskingStage, StageEstimate>>;
  readonly cost: number;
  /** Of the slowest stage, as they work at the same time. */
  readonly hours: number;
  readonly destinations: readonly Destination[];
}

interface Found {
  readonly present: readonly LocatedSample[];
  readonly missing: number;
}

/** One row per file that is there and each way of describing it. */
async function distinctMedia(rows: readonly LocatedSample[], mediaRoot: string): Promise<Found> {
  const wayOf = (sample: Sample) => (sample.data_type === 'image' ? imageSourceOf(sample) : 'video');
  const groups = Map.groupBy(rows, ({ sample }) => `${sample.path} ${wayOf(sample)}`);
  const firsts = [...groups.values()].map(([row]) => row);
  const missing = await missingMedia(
    mediaRoot,
    firsts.map(({ sample }) => sample),
  );
  const gone = new Set(missing.map(({ sample }) => sample));
  return { present: firsts.filter(({ sample }) => !gone.has(sample)), missing: gone.size };
}

/** So many of them, at even distances. */
function spread<T>(items: readonly T[], count: number): T[] {
  const n = Math.min(count, items.length);
  return Array.from({ length: n }, (_, i) => items[Math.floor((i * items.length) / n)]);
}

/** Estimates; asks nobody, and writes nothing. */
export async function estimateCuration(
  config: CurateConfig,
  { media, signal }: { readonly media: MediaReader; readonly signal?: AbortSignal },
): Promise<CurationEstimate> {
  const { rows, total } = await readSamples(config.data);
  const { readable } = checkTruths(rows, config);
  const { present, missing } = await distinctMedia(readable, config.mediaRoot);
  const look = await lookAtMedia(spread(present, LOOKS), config, media, signal);
  const before = await readState(config, async (known) => known?.totals());
  const isPresent = new Set(present.map(({ sample }) => sample.path));
  const usable = readable.filter(({ sample }) => isPresent.has(sample.path)).length;
  const open = readable.filter(
    ({ sample: { path, problem_type } }) => problem_type === 'free-form' && isPresent.has(path),
  );
  // The answers of draft and revision; most are the same, and those that repeat the reference are not asked about.
  const judged = judgeOf(config) ? 2 * open.length : 0;
  const calls = { describe: present.length, reason: usable, refine: usable, judge: judged };
  const stages = byStage((stage) => stageEstimate(stage, calls[stage], look, before?.[stage], config));
  const all = Object.values(stages);
  const pathsOf = (kind: string) => [
    ...new Set(present.filter(({ sample }) => sample.data_type === kind).map(({ sample }) => sample.path)),
  ];
  return {
    rows: { total, usable },
    media: { videos: pathsOf('video'), images: pathsOf('image'), missing },
    look,
    stages,
    cost: all.reduce((sum, { cost }) => sum + (cost ?? 0), 0),
    hours: Math.max(...all.map(({ hours }) => hours)),
    destinations: destinationsOf(config),
  };
}

function perCall(stage: AskingStage, look: MediaLook, totals: StageTotals | undefined) {
  if (totals && totals.answers >= ENOUGH) {
    const { usage, answers, seconds } = totals;
    return {
      prompt: usage.promptTokens / answers,
      completion: usage.completionTokens / answers,
      seconds: seconds / answers,
      measured: true,
    };
  }
  const answer = (of: AskingStage) => assumed[of].tokens + assumed[of].perFrame * look.framesPerMedia;
  const reads = {
    describe: look.imageTokens,
    reason: answer('describe'),
    refine: look.imageTokens + answer('reason'),
    judge: 0,
  };
  return {
    prompt: look.words[stage] + reads[stage],
    completion: answer(stage),
    seconds: assumed[stage].seconds,
    measured: false,
  };
}

function stageEstimate(
  stage: AskingStage,
  calls: number,
  look: MediaLook,
  totals: StageTotals | undefined,
  { experts }: CurateConfig,
): StageEstimate {
  const expert = experts[expertOf[stage]];
  const slots = expert ? atOnce(expert) : 1;
  const batched = expert?.batch.use === true;
  const answered = Math.min(calls, totals?.answers ?? 0);
  const left = calls - answered;
  const { prompt, completion, seconds, measured } = perCall(stage, look, totals);
  const usage = { promptTokens: Math.round(left * prompt), completionTokens: Math.round(left * completion) };
  return {
    calls: left,
    answered,
    ...usage,
    cost: costOf(usage, priceOf(stage, experts)),
    // As many as may wait together wait for a day at most.
    hours: batched ? Math.ceil(left / slots) * BATCH_HOURS : (left * seconds) / slots / 3600,
    batched,
    measured,
  };
}
