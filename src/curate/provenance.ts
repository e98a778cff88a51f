// Rows of provenance.jsonl, by sample id: for each stage who answered, by which prompt, and what it took; and what refinement changed and
// why. What is here depends on the day; the dataset does not hold it.
import { correctionKind, wordsChanged } from '../report/edits.ts';
import { costOf, priceOf } from './bill.ts';
import type { CurateConfig } from './config.ts';
import type { Judged } from './outcome.ts';
import type { AskingStage, CurationState, StageRecord } from './state/port.ts';

async function stageRow(
  stage: AskingStage,
  { key, sample, model, promptVersion }: StageRecord<unknown>,
  state: CurationState,
  experts: CurateConfig['experts'],
): Promise<object> {
  const { attempts, replies, seconds, usage } = await state.effort({ stage, key });
  return {
    model,
    prompt_version: promptVersion,
    key,
    // An answer that several samples share is paid for once, by the one that asked.
    asked_by: sample,
    prompt_tokens: usage.promptTokens,
    completion_tokens: usage.completionTokens,
    seconds: Number(seconds.toFixed(3)),
    attempts,
    replies,
    cost: costOf(usage, priceOf(stage, experts)),
  };
}

export async function provenanceRow(
  chain: Judged,
  state: CurationState,
  experts: CurateConfig['experts'],
): Promise<object> {
  const { sample } = chain.row;
  const [draft, revision] = [chain.reason.value, chain.refine.value];
  return {
    problem_id: sample.problem_id,
    path: sample.path,
    verdict: chain.verdict.reason ?? 'kept',
    similarity: chain.verdict.similarity ?? null,
    describe: await stageRow('describe', chain.describe, state, experts),
    reason: await stageRow('reason', chain.reason, state, experts),
    refine: await stageRow('refine', chain.refine, state, experts),
    ...(chain.judge ? { judge: await stageRow('judge', chain.judge, state, experts) } : {}),
    ...(chain.judgeDraft ? { judge_draft: await stageRow('judge', chain.judgeDraft, state, experts) } : {}),
    refinement: {
      think_changed: revision.think !== draft.think,
      // As bags: a word that moved is no change.
      words: wordsChanged(draft.think, revision.think),
      answer: revision.answer === draft.answer ? null : { from: draft.answer, to: revision.answer },
      inconsistencies: revision.inconsistencies.map((found) => ({ kind: correctionKind(found), ...found })),
    },
  };
}
