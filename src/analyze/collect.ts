// One pass over a data set: every record into the counters, nothing kept but counts and a few bytes a record. Leaves out: comparing two sets
// (compare.ts), drawing (page.ts).
import { VideorftError } from '../base/errors.ts';
import { createCosineHistogram } from '../report/cosine-histogram.ts';
import { createLengthCounter } from '../report/length-counter.ts';
import type { AnalyzeConfig } from './config.ts';
import { createDuplicateCounter } from './duplicates.ts';
import { type Entry, entryOf } from './entry.ts';
import { createNearDuplicates } from './near-duplicates.ts';
import { createRefinementCount } from './refinement.ts';
import { createReflectionCount } from './reflections.ts';
import { readWithProgress, type Source } from './source.ts';
import { createTable, createTally } from './tallies.ts';
import { textWords } from './text-words.ts';
import { createVocabulary } from './vocabulary.ts';

export interface CollectOptions {
  readonly config: Pick<AnalyzeConfig, 'vocabulary' | 'nearDuplicates'>;
  /** Tokens of a text. */
  readonly countTokens?: (text: string) => number;
  readonly signal?: AbortSignal;
  readonly progress?: boolean;
}

/** The counters of one data set, while and after it streams by. */
export type Collected = Awaited<ReturnType<typeof collect>>;

function createCounters({ config }: CollectOptions) {
  return {
    kinds: createTable(),
    media: createTally(),
    sources: createTally(),
    setAside: createTally(),
    questionWords: createLengthCounter(),
    reasoningWords: createLengthCounter(),
    reasoningTokens: createLengthCounter(),
    reasoning: createVocabulary(config.vocabulary),
    drafts: createVocabulary(config.vocabulary),
    reflections: createReflectionCount(),
    draftReflections: createReflectionCount(),
    questions: createDuplicateCounter(),
    chains: createDuplicateCounter(),
    near: config.nearDuplicates > 0 ? createNearDuplicates(config.nearDuplicates) : undefined,
    nearQuestions: config.nearDuplicates > 0 ? createNearDuplicates(config.nearDuplicates) : undefined,
    cosines: createCosineHistogram(),
    refinement: createRefinementCount(),
  };
}
type Counters = ReturnType<typeof createCounters>;

function addEntry(entry: Entry, counters: Counters, countTokens: CollectOptions['countTokens']): void {
  const { line, problem, path, skill, type, medium, source, reasoning, draft, similarity } = entry;
  counters.kinds.add(skill, type);
  counters.media.add(medium);
  counters.sources.add(source);
  const asked = textWords(problem);
  counters.questionWords.add(asked.length);
  counters.questions.add(`${path}\n${problem}`);
  if (similarity !== undefined) counters.cosines.add(similarity);
  if (reasoning === '') {
    counters.nearQuestions?.add([...asked, path], line);
    return;
  }
  const words = textWords(reasoning);
  counters.reasoningWords.add(words.length);
  if (countTokens) counters.reasoningTokens.add(countTokens(reasoning));
  for (const word of words) counters.reasoning.add(word);
  counters.reflections.add(reasoning);
  counters.chains.add(reasoning);
  counters.near?.add(words, line);
  if (draft === '') return;
  for (const word of textWords(draft)) counters.drafts.add(word);
  counters.draftReflections.add(draft);
}

/** Reads it all. Rejects with the signal's reason, `analyze-empty` where not one record is an entry, and as the readers. */
export async function collect(source: Source, options: CollectOptions) {
  const { signal, progress } = options;
  const counters = createCounters(options);
  let [records, entries] = [0, 0];
  for await (const { line, value, broken } of readWithProgress(source.file, { label: source.name, signal, progress })) {
    records++;
    const entry = broken === undefined ? entryOf(value, line) : 'broken';
    if (typeof entry === 'string') counters.setAside.add(entry);
    else {
      entries++;
      addEntry(entry, counters, options.countTokens);
    }
  }
  if (entries === 0) throw nothing(source, records, Object.keys(counters.setAside.result())[0]);
  if (source.provenance !== undefined) {
    const rows = readWithProgress(source.provenance, { label: 'provenance', signal, progress });
    for await (const { value, broken } of rows) {
      if (broken === undefined && typeof value === 'object' && value) counters.refinement.add(value);
      else counters.refinement.addUnreadable();
    }
  }
  return { name: source.name, records, entries, ...counters };
}

const nothing = ({ file }: Source, records: number, first: string | undefined) =>
  new VideorftError(`Not one of the ${records} records of ${file} is a sample.`, {
    code: 'analyze-empty',
    facts: { file, records, first },
    fix: 'Give a data set with questions; videorft ingest makes one of tables by a map of their columns.',
  });
