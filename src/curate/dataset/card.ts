// The card of a data set: README.md with the Hub's metadata before it. It tells what the answers determine and by which configuration, nothing of
// the day (that is in provenance.jsonl and bill.json), so the same answers give the same card. Leaves out: figures (card-figures.ts).
import { stringify } from 'yaml';
import type { CurateConfig } from '../config.ts';
import type { CurationCounts, Tally } from '../counts.ts';
import type { ReviewCounts } from '../review/counts.ts';
import type { CardFacts, Media } from './card-facts.ts';
import { type FigureName, figureFile } from './card-figures.ts';
import { cardFiles, cardLimits, cardMaking, cardReview, cardSent, filed } from './card-parts.ts';
import { markdownTable } from './markdown.ts';

export interface CardInputs {
  readonly config: CurateConfig;
  readonly counts: CurationCounts;
  readonly facts: CardFacts;
  readonly shown: Media;
  readonly figures: readonly FigureName[];
  /** Where a reviewer's decisions were applied: the account of the result. All else is then still of the curation, but for `facts`. */
  readonly review?: ReviewCounts;
}

/** The Hub's classes of size. */
function sizeCategory(n: number): string {
  const edges: [number, string][] = [
    [1e3, 'n<1K'],
    [1e4, '1K<n<10K'],
    [1e5, '10K<n<100K'],
    [1e6, '100K<n<1M'],
  ];
  return edges.find(([below]) => n < below)?.[1] ?? '1M<n<10M';
}

/** What the Hub, and the `datasets` library, read of a card. */
function frontMatter(inputs: CardInputs): string {
  const { output } = inputs.config;
  const { shown } = inputs;
  const pathOf = (set: string) => (output.forms.includes('parquet') ? `parquet/${set}.parquet` : `${set}.jsonl`);
  const config = (name: string) => ({ config_name: name, data_files: [{ split: 'train', path: pathOf(name) }] });
  const meta = {
    pretty_name: output.title,
    ...(output.license ? { license: output.license } : {}),
    language: output.language,
    task_categories: [
      ...(shown.videos > 0 ? ['video-text-to-text'] : []),
      ...(shown.images > 0 ? ['image-text-to-text'] : []),
      'visual-question-answering',
    ],
    tags: ['chain-of-thought', 'reasoning', ...(shown.videos > 0 ? ['video'] : []), 'videorft'],
    size_categories: [sizeCategory(filed(inputs).rl)],
    configs: [{ ...config('cot'), default: true }, config('rl')],
  };
  return `---\n${stringify(meta)}---`;
}

const tallyTable = (head: string, groups: Readonly<Record<string, Tally>>): string =>
  markdownTable(
    [head, 'in', 'kept', 'rejected', 'quarantined'],
    Object.entries(groups).map(([name, { in: all, kept, rejected, quarantined }]) => [
      name,
      all,
      kept,
      rejected,
      quarantined,
    ]),
  );

const captions: Readonly<Record<FigureName, string>> = {
  kinds: 'Chains by skill and answer type',
  lengths: 'Words of the reasoning',
  similarities: 'Similarity of open-ended answers to their reference',
};

function countsSection({ counts, review }: CardInputs): string {
  const { in: all, kept, rejected, quarantined } = counts;
  const reasons = Object.entries(counts.reasons).sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return [
    review ? '## Counts of the curation' : '## Counts',
    `${all} in = ${kept} kept + ${rejected} rejected + ${quarantined} quarantined. Rejected: the chain is whole, and a rule of the filter dropped it. Quarantined: the sample could not be processed.`,
    tallyTable('skill', counts.skills),
    tallyTable('answer type', counts.types),
    ...(reasons.length > 0 ? [markdownTable(['why not kept', 'samples'], reasons)] : []),
  ].join('\n\n');
}

function lengthsSentence({ facts: { lengths } }: CardInputs): string {
  const kept = lengths.kept.summary();
  if (!kept) return 'No chain was kept.';
  const { median, p5, p95 } = kept;
  return `The reasoning of a kept chain has ${median} words (median; 90% have ${p5} to ${p95}).`;
}

/** The whole README.md. */
export function renderCard(inputs: CardInputs): string {
  const { config, figures } = inputs;
  const { kept, rl } = filed(inputs);
  return `${[
    frontMatter(inputs),
    `# ${config.output.title}`,
    `${kept} chains of thought about videos and images, and the ${rl} questions that reinforcement learning can use. Made with \`videorft curate\` by the method of VideoRFT (arXiv 2505.12434): a model that sees a medium describes it, a text model reasons about the description, a model that sees the medium corrects the reasoning, and a filter keeps what ends in the right answer. ${lengthsSentence(inputs)}`,
    cardFiles(inputs),
    countsSection(inputs),
    ...cardReview(inputs),
    ...(figures.length > 0
      ? ['## Figures', ...figures.map((name) => `![${captions[name]}](${figureFile(name)})`)]
      : []),
    cardMaking(inputs),
    cardSent(inputs),
    '## Intended use',
    'Supervised fine-tuning of video language models on chains of thought (`cot`), and reinforcement fine-tuning with verifiable rewards (`rl`). Research on how such models reason.',
    cardLimits(inputs),
  ].join('\n\n')}\n`;
}
