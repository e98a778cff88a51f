// A curation run from configuration to files: rl.jsonl (the valid pool), cot.jsonl (kept, with revised chains),
// cot-unrefined.jsonl (drafts of the same run), rejected.jsonl, quarantined.jsonl, counts.json; the experts' answers in
// stages/. A second run in the same folder asks only for what is missing.
import { join } from 'node:path';
import { writeFileAtomic } from '../base/atomic.ts';
import { dumpConfig } from '../base/config.ts';
import { VideorftError } from '../base/errors.ts';
import { writeJsonl } from '../base/jsonl.ts';
import { createProgress } from '../base/progress.ts';
import { type LocatedSample, readSamples } from '../data/read.ts';
import { writeSamples } from '../data/write.ts';
import { createLimiter } from '../llm/limit.ts';
import type { ChatModel } from '../llm/port.ts';
import { solutionText } from '../prompt/parse.ts';
import type { Embedder } from '../rewards/embedder.ts';
import { lockRun } from '../runs/lock.ts';
import type { Expert } from './ask.ts';
import { type CurateConfig, curateConfigSchema } from './config.ts';
import { type CurationCounts, countOutcomes } from './counts.ts';
import { embedAll, isRight, judge, openTexts } from './filter.ts';
import type { MediaReader } from './media.ts';
import {
  cotRow,
  type Finished,
  type Judged,
  type Quarantined,
  quarantinedRow,
  quarantineRow,
  quarantineSample,
  rejectedRow,
  unrefinedRow,
} from './outcome.ts';
import { runChains } from './pipeline.ts';
import type { Description, Draft, Revision, StageTools } from './stages.ts';
import { openStageStore } from './store.ts';

export interface CurateTools {
  readonly models: { readonly describer: ChatModel; readonly reasoner: ChatModel; readonly refiner: ChatModel };
  readonly media: MediaReader;
  /** For open-ended answers; needed only if there are any. */
  readonly embedder?: Embedder;
  readonly signal?: AbortSignal;
  /** Draws a progress bar on stderr. */
  readonly progress?: boolean;
}

export interface CurateResult {
  readonly counts: CurationCounts;
  readonly out: string;
  readonly seconds: number;
}

/**
 * Runs all four stages; one process at a time per folder (`run-locked`). Rejects with the signal's reason when aborted, with `curate-no-embedder` before any request when
 * open-ended samples have nothing to be compared by, and with what stops a run (pipeline.ts). Nothing answered is lost.
 */
export async function curate(config: CurateConfig, tools: CurateTools): Promise<CurateResult> {
  const unlock = lockRun(config.out);
  try {
    await writeFileAtomic(join(config.out, 'config.yaml'), dumpConfig(config, curateConfigSchema));
    return await curateLocked(config, tools);
  } finally {
    unlock();
  }
}

async function curateLocked(config: CurateConfig, tools: CurateTools): Promise<CurateResult> {
  const started = Date.now();
  const { rows, rejected: invalid, total } = await readSamples(config.data);
  const { readable, unreadable } = checkTruths(rows, config);
  requireEmbedder(readable, tools.embedder);
  const outcomes = await runAll(readable, config, tools);
  const failed = outcomes.filter((outcome): outcome is Quarantined => !isFinished(outcome));
  refuseWrongRoot(outcomes, failed, config);
  const judged = await judgeAll(outcomes.filter(isFinished), config, tools.embedder);
  const quarantined = [...invalid.map(quarantineRow), ...unreadable, ...failed];
  const counts = countOutcomes(total, judged, quarantined);
  await writeOutputs(config.out, judged, quarantined, counts, tools.embedder?.name);
  return { counts, out: config.out, seconds: (Date.now() - started) / 1000 };
}

const isFinished = (outcome: Finished | Quarantined): outcome is Finished => 'refine' in outcome;

/** When not one file is there, the media root is wrong, not every sample. */
function refuseWrongRoot(
  outcomes: readonly (Finished | Quarantined)[],
  failed: readonly Quarantined[],
  { mediaRoot }: CurateConfig,
): void {
  const missing = failed.filter(({ code }) => code === 'media-missing' || code === 'media-outside-root');
  if (outcomes.length === 0 || missing.length < outcomes.length) return;
  throw new VideorftError('Not one media file of the samples is there.', {
    code: 'curate-media-root',
    facts: { mediaRoot, samples: outcomes.length, first: missing[0].reason },
    fix: 'Set mediaRoot to the folder that the paths of the samples start from.',
  });
}

/** Sets aside samples whose reference answer nothing could ever equal, before anybody is asked. */
function checkTruths(rows: readonly LocatedSample[], { filter }: CurateConfig) {
  const readable: LocatedSample[] = [];
  const unreadable: Quarantined[] = [];
  for (const row of rows) {
    const { sample } = row;
    try {
      if (sample.problem_type !== 'free-form') isRight(sample, solutionText(sample.solution), filter);
      readable.push(row);
    } catch (error) {
      if (!(error instanceof VideorftError)) throw error;
      unreadable.push(quarantineSample(row, 'read', error));
    }
  }
  return { readable, unreadable };
}

function requireEmbedder(rows: readonly LocatedSample[], embedder: Embedder | undefined): void {
  const open = rows.find(({ sample }) => sample.problem_type === 'free-form');
  if (embedder || !open) return;
  throw new VideorftError('There are free-form samples, and nothing to compare their answers by.', {
    code: 'curate-no-embedder',
    facts: { file: open.file, line: open.line, sample: open.sample.problem_id },
    fix: 'Give an embedder (a SigLIP or CLIP folder).',
  });
}

async function stageTools(config: CurateConfig, { models, signal }: CurateTools): Promise<StageTools> {
  const file = (stage: string) => join(config.out, 'stages', `${stage}.jsonl`);
  const expert = (role: keyof CurateTools['models']): Expert => {
    const settings = config.experts[role];
    return { model: models[role], config: settings, slots: createLimiter(settings.concurrency) };
  };
  return {
    experts: { describer: expert('describer'), reasoner: expert('reasoner'), refiner: expert('refiner') },
    stores: {
      describe: await openStageStore<Description>(file('describe')),
      reason: await openStageStore<Draft>(file('reason')),
      refine: await openStageStore<Revision>(file('refine')),
    },
    frames: config.frames,
    signal,
  };
}

async function runAll(rows: readonly LocatedSample[], config: CurateConfig, tools: CurateTools) {
  const stages = await stageTools(config, tools);
  const initial = Math.min(rows.length, stages.stores.refine.earlier);
  const progress = tools.progress
    ? createProgress({ label: 'curate', total: rows.length, initial, unit: 'samples' })
    : undefined;
  const { describer, reasoner, refiner } = config.experts;
  const seen = { done: 0, quarantined: 0, tokens: 0 };
  try {
    return await runChains(rows, {
      mediaRoot: config.mediaRoot,
      reader: tools.media,
      tools: stages,
      clips: describer.concurrency + reasoner.concurrency + refiner.concurrency,
      stopAfterFailures: config.stopAfterFailures,
      onSample: (outcome, tokens) => {
        seen.done++;
        seen.tokens += tokens;
        if (!isFinished(outcome)) seen.quarantined++;
        progress?.set(Math.max(seen.done, initial), `quarantined ${seen.quarantined} · ${seen.tokens} tokens`);
      },
    });
  } finally {
    progress?.finish();
  }
}

async function judgeAll(
  chains: readonly Finished[],
  { filter }: CurateConfig,
  embedder: Embedder | undefined,
): Promise<Judged[]> {
  const open = chains.filter(({ row }) => row.sample.problem_type === 'free-form');
  const texts = open.flatMap(({ row, reason, refine }) => [
    ...openTexts(row.sample, refine.value.answer),
    ...openTexts(row.sample, reason.value.answer),
  ]);
  const embeddings = embedder ? await embedAll(texts, embedder) : new Map<string, Float32Array>();
  return chains.map((chain) => ({
    ...chain,
    verdict: judge(chain.row.sample, chain.refine.value.answer, filter, embeddings),
    draftVerdict: judge(chain.row.sample, chain.reason.value.answer, filter, embeddings),
  }));
}

async function writeOutputs(
  out: string,
  judged: readonly Judged[],
  quarantined: readonly Quarantined[],
  counts: CurationCounts,
  embedder: string | undefined,
): Promise<void> {
  const kept = judged.filter(({ verdict }) => verdict.kept);
  const dropped = judged.filter(({ verdict }) => !verdict.kept);
  const drafts = judged.filter(({ draftVerdict }) => draftVerdict.kept);
  await writeSamples(
    join(out, 'rl.jsonl'),
    judged.map(({ row }) => row.sample),
  );
  await writeSamples(
    join(out, 'cot.jsonl'),
    kept.map((chain) => cotRow(chain, embedder)),
  );
  await writeSamples(
    join(out, 'cot-unrefined.jsonl'),
    drafts.map((chain) => unrefinedRow(chain, embedder)),
  );
  await writeSamples(
    join(out, 'rejected.jsonl'),
    dropped.map((chain) => rejectedRow(chain, embedder)),
  );
  await writeJsonl(join(out, 'quarantined.jsonl'), quarantined.map(quarantinedRow));
  await writeFileAtomic(join(out, 'counts.json'), `${JSON.stringify(counts, null, 2)}\n`);
}
