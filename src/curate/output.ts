// From finished chains to files, page by page, so that memory does not grow with the data: answers are read from the state, judged, written.
// rl, cot (each in every form), cot-unrefined, rejected and provenance stream; quarantined.jsonl, the card, bill.json and counts.json follow.
// All come into place together at the end, counts.json last.
import { join } from 'node:path';
import { writeFileAtomic } from '../base/atomic.ts';
import { writeJsonl } from '../base/jsonl.ts';
import type { LocatedSample } from '../data/read.ts';
import type { Embedder } from '../rewards/embedder.ts';
import { type Bill, makeBill } from './bill.ts';
import { type CurateConfig, judgeOf } from './config.ts';
import { type CurationCounts, countOutcomes, createExpertCount, type Settled, settle } from './counts.ts';
import { renderCard } from './dataset/card.ts';
import { type CardFacts, createCardFacts, shownMedia } from './dataset/card-facts.ts';
import { writeCardFigures } from './dataset/card-figures.ts';
import { idKind } from './dataset/columns.ts';
import { settleForms } from './dataset/forms.ts';
import { judge } from './filter/rules.ts';
import { embedAll, openTexts, similarityOf } from './filter/similarity.ts';
import { createFilterTally } from './filter/tally.ts';
import { answersOf, type Chain, type Finished, type Judged, type Quarantined, quarantinedRow } from './outcome.ts';
import { type OutputFiles, openOutputFiles } from './output-files.ts';
import { provenanceRow } from './provenance.ts';
import type { Description, Draft, Judgement, Revision } from './replies.ts';
import { isReference } from './stages.ts';
import { askingStages, type CurationState, type StageRecord } from './state/port.ts';
import { byStage } from './state/sums.ts';

const PAGE = 256;

export interface OutputInputs {
  readonly total: number;
  readonly finished: readonly Finished[];
  readonly quarantined: readonly Quarantined[];
  readonly state: CurationState;
  readonly config: CurateConfig;
  readonly embedder: Embedder | undefined;
  readonly signal?: AbortSignal;
}

/** Judges and writes everything. Rejects with the signal's reason when aborted; the files are then as they were. */
export async function writeOutputs(inputs: OutputInputs): Promise<{ counts: CurationCounts; bill: Bill }> {
  const { config, finished, quarantined, state, total, embedder } = inputs;
  const forms = {
    out: config.out,
    names: config.output.forms,
    ids: idKind(finished.map(({ row }) => row.sample.problem_id)),
  };
  const files = openOutputFiles(config.out, forms, embedder?.name);
  try {
    const { settled, experts, filter, facts } = await writeChains(inputs, files);
    const counts = countOutcomes({ total, judged: settled, quarantined, experts, filter });
    const bill = makeBill(await state.totals(), config.experts);
    await files.commit();
    await settleForms(forms);
    await writeJsonl(join(config.out, 'quarantined.jsonl'), quarantined.map(quarantinedRow));
    if (config.output.card) await writeCard(inputs, counts, facts);
    await writeFileAtomic(join(config.out, 'bill.json'), `${JSON.stringify(bill, null, 2)}\n`);
    await writeFileAtomic(join(config.out, 'counts.json'), `${JSON.stringify(counts, null, 2)}\n`);
    return { counts, bill };
  } catch (error) {
    await files.discard();
    throw error;
  }
}

async function writeCard({ config, finished, quarantined }: OutputInputs, counts: CurationCounts, facts: CardFacts) {
  const figures = await writeCardFigures(config.out, facts, counts.filter);
  const shown = shownMedia(finished, quarantined);
  await writeFileAtomic(join(config.out, 'README.md'), renderCard({ config, counts, facts, shown, figures }));
}

async function writeChains({ finished, state, config, embedder, signal }: OutputInputs, files: OutputFiles) {
  const settled: Settled[] = [];
  const counters = byStage(createExpertCount);
  const tally = createFilterTally(config.filter);
  const card = createCardFacts();
  for (let at = 0; at < finished.length; at += PAGE) {
    signal?.throwIfAborted();
    const chains = await Promise.all(finished.slice(at, at + PAGE).map((chain) => readChain(chain, state)));
    const judged = await judgeAll(chains, config, embedder);
    await files.write(judged);
    await files.provenance(await Promise.all(judged.map((chain) => provenanceRow(chain, state, config.experts))));
    for (const chain of judged) {
      settled.push(settle(chain));
      card.add(chain);
      tally.add(chain.verdict);
      for (const { stage, record } of answersOf(chain)) counters[stage].add(record);
    }
  }
  const used = askingStages.filter((stage) => stage !== 'judge' || judgeOf(config));
  const experts = Object.fromEntries(used.map((stage) => [stage, counters[stage].counts()]));
  return {
    settled,
    experts: experts as CurationCounts['experts'],
    filter: tally.counts(),
    facts: card.facts(),
  };
}

async function readChain({ row, keys }: Finished, state: CurationState): Promise<Chain> {
  const read = async <T>(stage: 'describe' | 'reason' | 'refine') =>
    (await state.answer<T>({ stage, key: keys[stage] })) as StageRecord<T>;
  const judged = (key: string | undefined) =>
    key === undefined ? undefined : state.answer<Judgement>({ stage: 'judge', key });
  return {
    row,
    describe: await read<Description>('describe'),
    reason: await read<Draft>('reason'),
    refine: await read<Revision>('refine'),
    judge: await judged(keys.judge),
    judgeDraft: await judged(keys.judgeDraft),
  };
}

async function judgeAll(
  chains: readonly Chain[],
  config: CurateConfig,
  embedder: Embedder | undefined,
): Promise<Judged[]> {
  const open = chains.filter(({ row }) => row.sample.problem_type === 'free-form');
  const texts = open.flatMap(({ row, reason, refine }) => [
    ...openTexts(row.sample, refine.value.answer),
    ...openTexts(row.sample, reason.value.answer),
  ]);
  const embeddings = embedder ? await embedAll(texts, embedder) : new Map<string, Float32Array>();
  const verdict = ({ sample }: LocatedSample, draft: Draft, judgement: StageRecord<Judgement> | undefined) => {
    const same = sample.problem_type === 'free-form' && judgeOf(config) && isReference(sample, draft.answer);
    const similarity = similarityOf(sample, draft.answer, embeddings);
    const score = same ? 1 : judgement?.value.score;
    return judge({ sample, think: draft.think, answer: draft.answer, similarity, score }, config.filter);
  };
  return chains.map((chain) => ({
    ...chain,
    verdict: verdict(chain.row, chain.refine.value, chain.judge),
    draftVerdict: verdict(chain.row, chain.reason.value, chain.judgeDraft),
  }));
}
