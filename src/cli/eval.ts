// `videorft eval`: a model's accuracy on a sample file, with intervals; the same command continues.
import { formatAccuracy } from '../recipes/accuracy-table.ts';
import { evaluateFile } from '../recipes/evaluation.ts';
import { evaluationConfig } from '../recipes/evaluation-config.ts';
import { formatAnswered, prepareEvaluation } from '../recipes/evaluation-job.ts';
import { defineCommand } from './command.ts';
import { versions } from './versions.ts';

export const command = defineCommand({
  about: `Asks a model every question of a sample file and scores the answers: strictly (what stands between the answer tags) and leniently
(the answer wherever it stands). Rows are stored as they come. A sample whose media cannot be read is a row with its error,
never a wrong answer. Prints accuracies with 95% intervals by skill and answer type.`,
  examples: [
    {
      args: 'eval --data world/heldout.jsonl --media-root world --out eval/base.jsonl',
      does: 'the shipped micro model on a micro-world',
    },
    {
      args: 'eval --data world/heldout.jsonl --media-root world --model runs/grpo --mode direct --out eval/rft-direct.jsonl',
      does: "a run's newest checkpoint, answering without reasoning",
    },
  ],
  schema: evaluationConfig,
  resumable: true,
  run: async ({ config, signal, print }) => {
    const prepared = await prepareEvaluation(config, { versions: await versions(), signal });
    const { rows, table, summaryFile } = await evaluateFile(prepared.job);
    print(`${formatAccuracy(table)}\n${formatAnswered(prepared, rows)}\n${config.out}  ${summaryFile}`);
    return 0;
  },
});
