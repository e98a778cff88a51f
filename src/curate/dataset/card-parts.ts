// Sections of the data card: files, how it was made, what was sent to whom, limits. Leaves out: the card around them (card.ts).
import { destinationsOf, mediaSent, sentTo } from '../destinations.ts';
import { ruleNames } from '../filter/names.ts';
import { askingStages } from '../state/port.ts';
import type { CardInputs } from './card.ts';
import { markdownTable } from './markdown.ts';

/** Rows of the data set's files. */
export const filed = ({ counts, review }: CardInputs): { readonly kept: number; readonly rl: number } =>
  review ?? counts;

const files: Readonly<Record<string, string>> = {
  parquet:
    '`parquet/cot.parquet`, `parquet/rl.parquet`: the same rows; fields that have no column of their own are JSON in `extra`',
  'ms-swift':
    '`ms-swift/cot-video.jsonl`, `rl-video.jsonl` and their `-image` siblings: messages with their media, for ms-swift (set `ROOT_IMAGE_DIR` to the media root)',
  'llama-factory':
    '`llama-factory/dataset_info.json` and `cot-video.jsonl`, `cot-image.jsonl`: sharegpt, for LLaMA-Factory (`dataset_dir` is `llama-factory`, `media_dir` the media root)',
};

export function cardFiles(inputs: CardInputs): string {
  const { config, review } = inputs;
  const { kept, rl } = filed(inputs);
  return [
    '## Files',
    [
      `- \`cot.jsonl\` (${kept}): question, \`process\` (the revised chain), \`solution\` (the reference answer), \`generated_answer\`, \`draft\`, \`inconsistencies\` (what refinement found), \`curation\` (models and prompts)`,
      `- \`rl.jsonl\` (${rl}): the questions with their reference answers`,
      ...config.output.forms.map((name) => `- ${files[name]}`),
      ...(review
        ? [
            '- a row that somebody decided about says so: `reviewed` is `accept` or `edited`, `review_note` is what was noted',
          ]
        : [
            "- `provenance.jsonl`: by sample, each stage's model, prompt version, tokens, seconds, attempts and cost; what refinement changed and why",
          ]),
    ].join('\n'),
    'Field names are those of the published VideoRFT and Video-R1 data. `path` starts at the media root; the media themselves are not part of this data set.',
  ].join('\n\n');
}

export function cardMaking({ config, counts }: CardInputs): string {
  const rows = askingStages.flatMap((stage) => {
    const experts = counts.experts[stage];
    if (!experts) return [];
    return [[stage, experts.models.join(', ') || 'nobody', experts.prompt_versions.join(', '), experts.records]];
  });
  const { changed, answer_changed, inconsistencies } = counts.revisions;
  const { filter } = config;
  const rejected = ruleNames
    .filter((name) => counts.filter.rules[name].rejected > 0)
    .map((name) => `${name} ${counts.filter.rules[name].rejected}`)
    .join(', ');
  return [
    '## How it was made',
    markdownTable(['stage', 'model', 'prompt', 'answers'], rows),
    `Refinement changed ${changed} of ${counts.rl} chains and ${answer_changed} answers, and named ${inconsistencies} inconsistencies.`,
    `The filter kept an answer that equals the reference; regression within ${filter.regressionTolerance} relative error, OCR within a word error rate of ${filter.maxWordErrorRate}, open-ended answers from a text similarity of ${filter.minSimilarity} on. It rejected ${counts.rejected}: ${rejected || 'none'}. Without refinement, ${counts.unrefined.kept} chains would have passed.`,
  ].join('\n\n');
}

export function cardSent({ config, shown }: CardInputs): string {
  const destinations = destinationsOf(config);
  const third = destinations.filter(({ where }) => where === 'a third party');
  const rows = third.map(({ expert, host, model, video }) => [host, model, sentTo(expert, mediaSent(video, shown))]);
  const stayed = destinations.filter(({ where }) => where !== 'a third party').map(({ expert }) => expert);
  return [
    '## What was sent to third parties',
    rows.length > 0 ? markdownTable(['to', 'model', 'what'], rows) : 'Nothing.',
    ...(stayed.length > 0 ? [`On machines or in the network of those who made it: ${stayed.join(', ')}.`] : []),
    'By the configuration of the last run; answers kept from earlier runs may have come from elsewhere.',
  ].join('\n\n');
}

export function cardLimits({ config, counts }: CardInputs): string {
  const models = [...new Set(destinationsOf(config).map(({ model }) => model))].join(', ');
  const open = (counts.types['free-form']?.kept ?? 0) > 0;
  const license = config.output.license
    ? `The licence above is of what was added here; questions and media stay under those of their sources, and the terms of ${models} apply to what these models wrote.`
    : `No licence is given: questions and media are under those of their sources, and the terms of ${models} apply to what these models wrote.`;
  return [
    '## Limits',
    [
      '- The reasoning was written by models. That its answer is right was checked; that each step is true was not.',
      '- The reasoner has not seen the media, and the refiner saw sampled frames: what happens between them can be missed.',
      ...(open
        ? ['- Open-ended answers were compared by embeddings, which can take a wrong answer for a similar one.']
        : []),
      '- Samples that models answer wrongly are missing from `cot`: it is easier than `rl`.',
      `- ${license}`,
    ].join('\n'),
  ].join('\n\n');
}

/** What a reviewer changed; nothing where nobody reviewed. */
export function cardReview({ review }: CardInputs): string[] {
  if (!review) return [];
  const { curation, reviewer, notApplied } = review;
  const { accept, reject, discard, edited } = reviewer;
  const undecided = (bin: 'kept' | 'rejected') => curation[bin] - accept[bin] - reject[bin] - discard[bin];
  const row = (said: string, { kept, rejected }: { kept: number; rejected: number }) => [said, kept, rejected];
  return [
    '## Review',
    `A reviewer has looked at chains after the curation: ${review.in} in = ${review.kept} kept + ${review.rejected} rejected + ${review.quarantined} quarantined in the end. ${edited} of the accepted were edited, in their reasoning or their reference answer.`,
    markdownTable(
      ['the reviewer', 'of the kept', 'of the rejected'],
      [
        row('accepted', accept),
        row('rejected the chain', reject),
        row('discarded the question', discard),
        row('did not decide', { kept: undecided('kept'), rejected: undecided('rejected') }),
      ],
    ),
    ...(notApplied.stale + notApplied.gone > 0
      ? [
          `Not applied: ${notApplied.stale} decisions about chains that have changed since, ${notApplied.gone} about samples that are gone.`,
        ]
      : []),
  ];
}
