// `videorft analyze`: a page and a file of numbers about one data set, or two side by side.
import { join } from 'node:path';
import { analyze, analyzeSchema, type SetAnalysis } from '../analyze/index.ts';
import { VideorftError } from '../base/errors.ts';
import { loadTokenizer } from '../models/index.ts';
import { defineCommand } from './command.ts';

function summary({ name, records, entries, reasoningWords, questions, near }: SetAnalysis): string {
  const aside = records - entries;
  const words = reasoningWords?.summary;
  const chains = words ? `reasoning of ${words.median} words (median, ${words.n} chains)` : 'no reasoning';
  const repeated = `${questions.total - questions.distinct} repeated questions`;
  const close = near ? `, ${near.redundant} near-duplicates` : '';
  return `${name}: ${entries} samples${aside > 0 ? ` + ${aside} set aside` : ''}, ${chains}, ${repeated}${close}`;
}

export const command = defineCommand({
  about: `Draws what the paper's Fig. 2 and Fig. 4 show, for any data set, and for two side by side: skills and answer types, lengths, clouds of the
words of the reasoning, the words that tell two sets (or drafts and revisions) apart, reflection, corrections by kind, similarities of
open-ended answers, duplicates and near-duplicates. Reads .json, .jsonl, .csv, .tsv (.gz is fine), .parquet, messages and conversations, or
the folder of a curation, whose provenance.jsonl then counts as well. Reads once, in memory that hardly grows with the data.`,
  positionals: 'DATASET [OTHER]',
  examples: [
    { args: 'analyze curated', does: 'a curation: its chains, and what refinement changed' },
    {
      args: 'analyze curated/cot.jsonl Video-R1-COT-165k.json --out compared --tokenizer models/Qwen2.5-VL-7B-Instruct',
      does: 'two sets of chains side by side, lengths in tokens as well',
    },
  ],
  schema: analyzeSchema,
  run: async ({ config, positionals, signal, print }) => {
    if (positionals.length < 1 || positionals.length > 2) {
      throw new VideorftError('analyze takes one data set or two', {
        code: 'analyze-sets',
        fix: 'videorft analyze curated, or videorft analyze A B',
      });
    }
    const tokenizer = config.tokenizer === undefined ? undefined : await loadTokenizer(config.tokenizer);
    const countTokens = tokenizer && ((text: string) => tokenizer.encode(text).length);
    const { sets } = await analyze(positionals, config, { countTokens, signal, progress: true });
    for (const set of sets) print(summary(set));
    print(join(config.out, 'analysis.html'));
    return 0;
  },
});
