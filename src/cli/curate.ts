// `videorft curate`: samples and media in, chains of thought out, by three experts over HTTP. Starting it again continues.

import { join } from 'node:path';
import { log } from '../base/log.ts';
import {
  createMediaReader,
  curate,
  curateConfigSchema,
  type ExpertConfig,
  estimateCuration,
  formatBill,
  formatCounts,
  formatEstimate,
  formatReviewCounts,
  judgeOf,
  previewCuration,
  pushDataset,
  pushSchema,
  tokenOf,
} from '../curate/index.ts';
import { createBatchModel } from '../llm/batch/model.ts';
import { createChatModel } from '../llm/endpoint.ts';
import { loadEmbedder } from '../models/index.ts';
import { microEmbedder } from '../recipes/shipped.ts';
import { defineCommand } from './command.ts';
import { pushedLines } from './push.ts';

const paper = [
  'curate --data samples.jsonl --media-root videos --out curated',
  '--experts.describer.base-url https://api.openai.com/v1 --experts.describer.model gpt-4o-mini',
  '--experts.describer.api-key-env OPENAI_API_KEY',
  '--experts.reasoner.base-url https://api.deepseek.com/v1 --experts.reasoner.model deepseek-reasoner',
  '--experts.reasoner.api-key-env DEEPSEEK_API_KEY',
  '--experts.refiner.base-url http://localhost:8000/v1 --experts.refiner.model Qwen/Qwen2.5-VL-72B-Instruct',
].join(' ');

const microWarning =
  'free-form answers were compared by the shipped micro SigLIP, which knows the words of the micro-world only: give --embedder DIR, a CLIP folder, for others';

export const command = defineCommand({
  about: `Describes each video, lets a text-only model reason about it, lets a model that sees it correct the reasoning, and keeps
what ends in the right answer and reads like reasoning about the video. Writes rl.jsonl (the whole valid pool), cot.jsonl (kept, with chains of thought),
cot-unrefined.jsonl, rejected.jsonl, quarantined.jsonl, counts.json, provenance.jsonl and bill.json (what each answer and the
whole took), README.md (the data card with its figures), and the forms that output.forms names (parquet, ms-swift, llama-factory).
With --state postgres://user@host/database several machines share the work: start the same command on each.
--experts.reasoner.batch.use asks by the vendor's batch interface, for half the price and within a day.
What an expert has answered is never asked again: start it again to continue, or to retry what failed. Easiest: videorft config curate > curate.yaml, fill in the three
experts, then videorft curate --config curate.yaml --preview 3, which shows every prompt with its frames, and --dry-run, which says what it would take and what
would leave this machine; then without it. --budget 50 stops cleanly where the experts have cost 50, by the prices in the file.`,
  examples: [
    { args: paper, does: "the paper's three experts: two services with keys from the environment, and a vLLM server" },
    { args: `${paper} --preview 3`, does: 'every prompt of three samples with its frames; nobody is asked' },
    {
      args: `${paper} --filter.min-similarity 0.7 --filter.off too-long`,
      does: 'the same answers through another filter; nobody is asked again',
    },
  ],
  schema: curateConfigSchema,
  resumable: true,
  run: async ({ config, signal, print }) => {
    if (config.dryRun) {
      print(formatEstimate(await estimateCuration(config, { media: createMediaReader(), signal })));
      return 0;
    }
    if (config.preview !== undefined) {
      print(await previewCuration(config, config.preview, { media: createMediaReader(), signal }));
      return 0;
    }
    const { push: to, hub } = config;
    if (to !== undefined) tokenOf(hub);
    const { describer, reasoner, refiner } = config.experts;
    const judge = judgeOf(config);
    const model = (expert: ExpertConfig) =>
      expert.batch.use ? createBatchModel(expert, expert.batch) : createChatModel(expert);
    const models = {
      describer: model(describer),
      reasoner: model(reasoner),
      refiner: model(refiner),
      judge: judge && model(judge),
    };
    const embedder = await loadEmbedder(config.embedder ?? microEmbedder);
    try {
      const media = createMediaReader();
      const { counts, bill, out, reviewed } = await curate(config, { models, media, embedder, signal, progress: true });
      if (counts.filter.similarity && config.embedder === undefined) log.warn(microWarning);
      print(`${formatCounts(counts)}\n${formatBill(bill)}\n${out}`);
      if (reviewed) print(`after the review:\n${formatReviewCounts(reviewed.counts)}`);
      if (to !== undefined) {
        const folder = reviewed ? join(out, 'review') : out;
        const pushed = await pushDataset(folder, pushSchema.parse({ to, hub }), { signal, progress: true });
        for (const line of pushedLines(pushed)) print(line);
      }
      return 0;
    } finally {
      await embedder.close();
    }
  },
});
