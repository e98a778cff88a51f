// `videorft ingest`: question sets of any form in, one checked set of samples out. Starting it again continues.
import {
  formatReport,
  type IngestConfig,
  ingest,
  ingestSchema,
  type SkillExpert,
  wantsSkillExpert,
} from '../ingest/index.ts';
import { endpointSchema } from '../llm/config.ts';
import { createChatModel } from '../llm/endpoint.ts';
import { defineCommand } from './command.ts';

function skillExpertOf({ skillExpert }: IngestConfig): SkillExpert | undefined {
  if (!wantsSkillExpert(skillExpert)) return undefined;
  const endpoint = endpointSchema.parse(skillExpert);
  return { model: createChatModel(endpoint), concurrency: endpoint.concurrency };
}

export const command = defineCommand({
  about: `Reads the published VideoRFT and Video-R1 files, LLaVA-style conversations, tables (CSV, TSV, Parquet) by their columns, folders of
videos with a questions file, and data sets of the Hub. Checks every row, and that every media file is there and decodes; leaves out what
asks the same of the same media; assigns skill groups by source, or by an expert (--skill-expert.model); draws by weights; splits by
media content. Writes train.jsonl, heldout.jsonl, rejected.jsonl (file, line, reasons and fix of every row that is not used), report.json
and media.jsonl (what is known of each media file; it is not looked at again while it does not change).`,
  examples: [
    {
      args: 'ingest --data Video-R1-260k.json --media-root Video-R1-data --out set --held-out 0.02',
      does: 'a published set, a fiftieth of its videos held out',
    },
    { args: 'ingest --data my-videos --out set', does: 'a folder with videos and a questions.csv in it' },
    {
      args: `ingest --data exam.parquet --media-root clips --out set --columns '{problem: query, solution: gold, path: "{video}.mp4"}'`,
      does: 'a table, by its columns',
    },
    {
      args: 'ingest --data llava.json --data hub:owner/name --media-root media --out set --count 50000 --seed 1',
      does: 'two sets, one of them from the Hub, of which 50,000 questions are drawn',
    },
  ],
  schema: ingestSchema,
  resumable: true,
  run: async ({ config, signal, print }) => {
    const skillExpert = skillExpertOf(config);
    const report = await ingest(config, { signal, progress: true, skillExpert });
    print(`${formatReport(report)}\n${config.out}`);
    return 0;
  },
});
