// What became of each input row, as plain data: a finished chain, or a quarantine with stage and reason; and the rows of the
// output files made from them. A row holds only what the answers determine; what they took is in provenance.ts.
import { reasonOf, VideorftError } from '../base/errors.ts';
import type { LocatedSample, RejectedRow } from '../data/read.ts';
import type { Sample } from '../data/sample.ts';
import { completionText } from '../prompt/refine.ts';
import type { FilterVerdict } from './filter/rules.ts';
import type { Description, Draft, Judgement, Revision } from './replies.ts';
import type { AskingStage, StageRecord } from './state/port.ts';

/** Stages in order; a row is quarantined at the first that fails it. */
export const stageNames = ['read', 'media', 'describe', 'reason', 'refine', 'judge', 'filter'] as const;
export type StageName = (typeof stageNames)[number];

/** A chain that all experts have answered; the answers are in the state under these keys. */
export interface Finished {
  readonly row: LocatedSample;
  readonly keys: Readonly<Record<'describe' | 'reason' | 'refine', string>> & {
    /** Of the revision's answer and of the draft's, where a judge was asked. */
    readonly judge?: string;
    readonly judgeDraft?: string;
  };
}

/** A finished chain with its answers. */
export interface Chain {
  readonly row: LocatedSample;
  readonly describe: StageRecord<Description>;
  readonly reason: StageRecord<Draft>;
  readonly refine: StageRecord<Revision>;
  readonly judge?: StageRecord<Judgement>;
  readonly judgeDraft?: StageRecord<Judgement>;
}

/** Every answer that a chain rests on, with its stage; a judge may have been asked about revision and draft. */
export function answersOf({ describe, reason, refine, judge, judgeDraft }: Chain) {
  const all: (readonly [AskingStage, StageRecord<unknown> | undefined])[] = [
    ['describe', describe],
    ['reason', reason],
    ['refine', refine],
    ['judge', judge],
    ['judge', judgeDraft],
  ];
  return all.flatMap(([stage, record]) => (record ? [{ stage, record }] : []));
}

/** Why a row is set aside, and at which stage. */
export interface Failure {
  readonly stage: StageName;
  readonly code: string;
  readonly reason: string;
  readonly facts: VideorftError['facts'];
  readonly fix?: string;
}

/** What became of a sample, as it may be told to other machines: the row it stands in is not part of it. */
export type Fate = Pick<Finished, 'keys'> | Failure;

export interface Quarantined extends Failure {
  readonly file: string;
  readonly line: number;
  /** The sample, or for a row that is none, what it was. */
  readonly row: unknown;
}

/** A finished chain with the filter's verdicts on the revision and on the draft. */
export interface Judged extends Chain {
  readonly verdict: FilterVerdict;
  readonly draftVerdict: FilterVerdict;
}

export function quarantineRow({ file, line, reasons, row }: RejectedRow): Quarantined {
  const reason = reasons.join('; ');
  return { file, line, stage: 'read', code: 'data-invalid-row', reason, facts: {}, fix: 'Correct this row.', row };
}

export function failureOf(stage: StageName, error: unknown): Failure {
  const known = error instanceof VideorftError ? error : undefined;
  return {
    stage,
    code: known?.code ?? 'unexpected',
    reason: reasonOf(error),
    facts: known?.facts ?? {},
    fix: known?.fix,
  };
}

export const quarantineSample = ({ sample, file, line }: LocatedSample, failure: Failure): Quarantined => ({
  file,
  line,
  ...failure,
  row: sample,
});

/** Every row with its fate. */
export function sortOut(rows: readonly LocatedSample[], fates: readonly Fate[]) {
  const finished: Finished[] = [];
  const quarantined: Quarantined[] = [];
  for (const [i, row] of rows.entries()) {
    const fate = fates[i];
    if ('keys' in fate) finished.push({ row, keys: fate.keys });
    else quarantined.push(quarantineSample(row, fate));
  }
  return { finished, quarantined };
}

/** Row of quarantined.jsonl: the sample's fields where there is a sample, then why and where. */
export function quarantinedRow({ row, ...why }: Quarantined): object {
  const fields = typeof row === 'object' && row !== null && !Array.isArray(row) ? row : { row };
  return { ...fields, quarantine: why };
}

/** Who said it, by which prompt: what an answer depends on. What it took is in provenance.jsonl. */
const origin = ({ model, promptVersion }: StageRecord<unknown>) => ({ model, prompt_version: promptVersion });

function curationOf(
  chain: Chain,
  verdict: FilterVerdict,
  judge: StageRecord<Judgement> | undefined,
  embedder: string | undefined,
): object {
  const open = chain.row.sample.problem_type === 'free-form';
  return {
    describe: origin(chain.describe),
    reason: origin(chain.reason),
    refine: origin(chain.refine),
    filter: {
      embedder: open ? (embedder ?? null) : null,
      similarity: verdict.similarity ?? null,
      judge: judge ? { ...origin(judge), ...judge.value } : null,
      found: verdict.rules,
    },
  };
}

const thinkBlock = (think: string) => `<think>${think}</think>`;
const draftText = ({ reason }: Chain) => completionText(reason.value.think, reason.value.answer);

/** Row of cot.jsonl: the revised chain is `process`, the solution stays the reference; draft and corrections beside it. */
export function cotRow(chain: Judged, embedder: string | undefined): Sample {
  const { think, answer, inconsistencies } = chain.refine.value;
  return {
    ...chain.row.sample,
    process: thinkBlock(think),
    generated_answer: answer,
    draft: draftText(chain),
    inconsistencies,
    curation: curationOf(chain, chain.verdict, chain.judge, embedder),
  };
}

/** Row of cot-unrefined.jsonl: the draft chain is `process`. */
export function unrefinedRow(chain: Judged, embedder: string | undefined): Sample {
  const { think, answer } = chain.reason.value;
  return {
    ...chain.row.sample,
    process: thinkBlock(think),
    generated_answer: answer,
    curation: curationOf(chain, chain.draftVerdict, chain.judgeDraft, embedder),
  };
}

/** Row of rejected.jsonl: what the filter dropped, and the rule that did. */
export function rejectedRow(chain: Judged, embedder: string | undefined): Sample {
  return { ...cotRow(chain, embedder), rejected: chain.verdict.reason };
}
