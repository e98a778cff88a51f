// From finished chains to files, page by page, so that memory does not grow with the data: answers are read from the state, judged, written.
// rl, cot (each in every form), cot-unrefined, rejected and provenance stream; quarantined.jsonl, the card, bill.json and counts.json follow.
// All come into place together at the end, counts.json last.
import { join } from 'node:path';
import { writeFileAtomic } from '../base/atomic.ts';
import { writeJsonl } from '../base/jsonl.ts';
import type { Embedder } from '../rewards/embedder.ts';
import { type Bill, makeBill } from './bill.ts';
import type { CurateConfig } from './config.ts';
import { type CurationCounts, countOutcomes, createExpertCount, type Settled, settle } from './counts.ts';
import { renderCard } from './dataset/card.ts';
import { type CardFacts, createCardFacts, shownMedia } from './dataset/card-facts.ts';
import { writeCardFigures } from './dataset/card-figures.ts';
import { idKind } from './dataset/columns.ts';
import { settleForms } from './dataset/forms.ts';
import { embedAll, judge, openTexts } from './filter.ts';
import { type Chain, type Finished, type Judged, type Quarantined, quarantinedRow } from './outcome.ts';
import { type OutputFiles, openOutputFiles } from './output-files.ts';
import { provenanceRow } from './provenance.ts';
import type { Description, Draft, Revision } from './stages.ts';
import { type AskingStage, askingStages, type CurationState, type StageRecord } from './state/port.ts';

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
    const { settled, experts, facts } = await writeChains(inputs, files);
    const counts = countOutcomes(total, settled, quarantined, experts);
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
  const figures = await writeCardFigures(config.out, facts);
  const shown = shownMedia(finished, quarantined);
  await writeFileAtomic(join(config.out, 'README.md'), renderCard({ config, counts, facts, shown, figures }));
}

async function writeChains({ finished, state, config, embedder, signal }: OutputInputs, files: OutputFiles) {
  const settled: Settled[] = [];
  const counters = { describe: createExpertCount(), reason: createExpertCount(), refine: createExpertCount() };
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
      for (const stage of askingStages) counters[stage].add(chain[stage]);
    }
  }
  const entries = askingStages.map((stage) => [stage, counters[stage].counts()]);
  return { settled, experts: Object.fromEntries(entries) as CurationCounts['experts'], facts: card.facts() };
}

async function readChain({ row, keys }: Finished, state: CurationState): Promise<Chain> {
  const read = async <T>(stage: AskingStage) => (await state.answer<T>({ stage, key: keys[stage] })) as StageRecord<T>;
  return {
    row,
    describe: await read<Description>('describe'),
    reason: await read<Draft>('reason'),
    refine: await read<Revision>('refine'),
  };
}

async function judgeAll(
  chains: readonly Chain[],
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
