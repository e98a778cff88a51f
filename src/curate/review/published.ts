// The reviewed set as a data set to hand on: the forms and the card that the curation's configuration asks for, made from the files into which
// decisions were applied. What the card says of the making is the curation's; counts of rows are the review's. Streams.
// Leaves out: applying (apply.ts), sending (hub/).
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../../base/atomic.ts';
import { readConfigFile } from '../../base/config.ts';
import { VideorftError } from '../../base/errors.ts';
import { isFile } from '../../base/if-present.ts';
import { streamJsonl } from '../../base/jsonl.ts';
import { createProgress } from '../../base/progress.ts';
import { type Sample, sampleSchema } from '../../data/sample.ts';
import { parseCompletion } from '../../prompt/parse.ts';
import { type CurateConfig, curateConfigSchema } from '../config.ts';
import type { CurationCounts } from '../counts.ts';
import { renderCard } from '../dataset/card.ts';
import { askedStages, type CardFacts, createCardFacts, createMediaCount, type Media } from '../dataset/card-facts.ts';
import { writeCardFigures } from '../dataset/card-figures.ts';
import { type IdKind, idKind } from '../dataset/columns.ts';
import { openForms, type SetName, settleForms } from '../dataset/forms.ts';
import { filled } from '../dataset/sink.ts';
import type { ApplyOptions } from './apply.ts';
import type { ReviewCounts } from './counts.ts';

const PAGE = 256;
const CARD = 'README.md';

async function* samplesOf(file: string): AsyncGenerator<Sample> {
  for await (const { value } of streamJsonl(file, { parse: (row) => sampleSchema.parse(row) })) yield value;
}

async function* pagesOf(file: string, signal: AbortSignal | undefined): AsyncGenerator<Sample[]> {
  let page: Sample[] = [];
  for await (const sample of samplesOf(file)) {
    signal?.throwIfAborted();
    page.push(sample);
    if (page.length < PAGE) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

/** The configuration that the curation recorded; undefined where it recorded none. */
async function recordedConfig(out: string): Promise<CurateConfig | undefined> {
  const file = join(out, 'config.yaml');
  if (!(await isFile(file))) return undefined;
  const parsed = curateConfigSchema.safeParse(await readConfigFile(file));
  if (parsed.success) return parsed.data;
  throw new VideorftError("The curation's config.yaml is not one of this version.", {
    code: 'review-config',
    facts: { file },
    fix: 'Run videorft curate again in this folder: it asks nobody twice and writes it anew.',
    cause: parsed.error,
  });
}

async function idKindOf(file: string): Promise<IdKind> {
  for await (const { problem_id } of samplesOf(file)) if (idKind([problem_id]) === 'text') return 'text';
  return 'integer';
}

/** One data set in every form; `see` gets each of its samples. */
async function writeForms(
  set: SetName,
  forms: Parameters<typeof openForms>[1],
  signal: AbortSignal | undefined,
  see: (page: readonly Sample[]) => void,
): Promise<void> {
  const sink = openForms(set, forms);
  await filled(sink, async () => {
    for await (const page of pagesOf(join(forms.out, `${set}.jsonl`), signal)) {
      await sink.write(page);
      see(page);
    }
  });
}

const thoughtIn = (text: unknown): string => parseCompletion(typeof text === 'string' ? text : '').think ?? '';

/** Of all questions of the curation, as its own card counts them. */
async function shownBefore(out: string): Promise<Media> {
  const count = createMediaCount();
  for await (const sample of samplesOf(join(out, 'rl.jsonl'))) count.add(sample);
  for await (const { value } of streamJsonl<Sample & { quarantine?: { stage: string } }>(
    join(out, 'quarantined.jsonl'),
  ))
    if (askedStages.includes(value.quarantine?.stage ?? '')) count.add(value);
  return count.media();
}

async function writeCard(out: string, folder: string, config: CurateConfig, facts: CardFacts, review: ReviewCounts) {
  const counts = JSON.parse(await readFile(join(out, 'counts.json'), 'utf8')) as CurationCounts;
  const figures = await writeCardFigures(folder, facts, counts.filter);
  const shown = await shownBefore(out);
  await writeFileAtomic(join(folder, CARD), renderCard({ config, counts, facts, shown, figures, review }));
}

/** Writes forms and card beside cot.jsonl and rl.jsonl in `folder`; returns their paths. Throws 'review-config'; the signal's reason. */
export async function writePublished(
  out: string,
  folder: string,
  review: ReviewCounts,
  { signal, progress }: ApplyOptions,
): Promise<string[]> {
  const config = await recordedConfig(out);
  if (!config) return [];
  const { forms: names, card } = config.output;
  const forms = { out: folder, names, ids: await idKindOf(join(folder, 'rl.jsonl')) };
  const facts = createCardFacts();
  const bar = progress ? createProgress({ label: 'forms', total: review.rl + review.kept, unit: 'rows' }) : undefined;
  try {
    await writeForms('rl', forms, signal, ({ length }) => bar?.advance(length));
    await writeForms('cot', forms, signal, (page) => {
      for (const sample of page)
        facts.addKept({ think: thoughtIn(sample.process), draft: thoughtIn(sample.draft), sample });
      bar?.advance(page.length);
    });
  } finally {
    bar?.finish();
  }
  await settleForms(forms);
  if (card) await writeCard(out, folder, config, facts.facts(), review);
  else await rm(join(folder, CARD), { force: true });
  return [...names, ...(card ? [CARD] : [])].map((name) => join(folder, name));
}
