// `videorft eval`: a model's scores on a benchmark or a sample file, with intervals; the same command continues. `eval diff`, `eval merge`,
// `eval rescore` and `eval report` work on result files without a model (eval-results.ts); --list and --check tell of benchmarks
// (eval-benchmarks.ts).
import { UsageError } from '../base/config-flags.ts';
import { formatAccuracy, formatSeveral, pairedComparison, protocolLabel, severalOf } from '../evaluate/index.ts';
import { beside, evaluateFiles } from '../recipes/evaluation.ts';
import { type EvaluationConfig, evaluationConfig } from '../recipes/evaluation-config.ts';
import { type AskedEvaluation, formatAnswered, formatErrors, prepareEvaluation } from '../recipes/evaluation-job.ts';
import { type CommandContext, defineCommand } from './command.ts';
import { checkBenchmarks, listBenchmarks } from './eval-benchmarks.ts';
import { diffResults, formatPaired, judgeAnswers, mergeShards, reportResults, rescoreResult } from './eval-results.ts';
import { versions } from './versions.ts';

type Context = CommandContext<typeof evaluationConfig>;

function asked(config: EvaluationConfig): AskedEvaluation {
  const { out, mediaRoot, data, benchmark } = config;
  const missing = (message: string, fix: string) => new UsageError(message, { code: 'config-flag', fix });
  if (data.length === 0 && benchmark === undefined)
    throw missing('nothing to ask', 'give --data FILE or --benchmark NAME; videorft eval --list lists the benchmarks');
  if (data.length > 0 && benchmark !== undefined)
    throw missing('sample files and a benchmark', 'give --data or --benchmark, not both');
  if (mediaRoot === undefined) throw missing('where the videos are is missing', 'give --media-root DIR');
  if (out === undefined) throw missing('the file for the rows is missing', 'give --out FILE.jsonl');
  const { endpoint, endpointModel, model } = config;
  if ((endpoint === undefined) !== (endpointModel === undefined))
    throw missing('half an endpoint', 'give --endpoint URL and --endpoint-model NAME');
  if (endpoint !== undefined && model !== undefined)
    throw missing('a model folder and an endpoint', 'give --model or --endpoint, not both');
  const { video, mediaUrl, embedder } = config;
  if (video !== 'frames' && endpoint === undefined)
    throw missing(`--video ${video} is a way to an endpoint`, 'give --endpoint URL, or leave --video out');
  if (mediaUrl !== undefined && video !== 'video_url')
    throw missing('--media-url without --video video_url', 'give --video video_url, or leave --media-url out');
  if (video === 'video_url' && embedder !== undefined)
    throw missing('R_s needs the frames, and video_url leaves them to the server', 'give --video frames or jpeg_video');
  return { ...config, out, mediaRoot };
}

async function evaluateNow({ config, signal, print }: Context): Promise<number> {
  const prepared = await prepareEvaluation(asked(config), { versions: await versions(), signal });
  const done = await evaluateFiles(prepared.jobs).finally(prepared.close);
  for (const [i, { rows, table, summaryFile }] of done.entries()) {
    const { out, manifest } = prepared.jobs[i];
    const head = `${protocolLabel(manifest.protocol, manifest.changed)}, ${manifest.protocol.mode === 'direct' ? 'answering directly' : 'thinking'}`;
    const several = severalOf(rows);
    if (several) print(formatSeveral(several));
    const counts = [formatAnswered(prepared, rows), ...formatErrors(rows)].join('\n');
    print(`${formatAccuracy(table)}\n${head}\n${counts}\n${out}  ${summaryFile}`);
  }
  const [thinking, direct] = done;
  if (direct) print(formatPaired('thinking minus direct', pairedComparison(direct.rows, thinking.rows)));
  else if (prepared.jobs[0].manifest.protocol.mode === 'think')
    print('beside it, answering directly: not asked (--mode both)');
  if (config.report) {
    const { out } = prepared.jobs[0];
    await reportResults([out], { ...config, out: beside(out, 'report.html') }, print);
  }
  return 0;
}

async function run(context: Context): Promise<number> {
  const { config, positionals, print, signal } = context;
  const [verb, ...files] = positionals;
  if (verb === 'diff') return diffResults(files, config, print);
  if (verb === 'merge') return mergeShards(files, config, print);
  if (verb === 'report') return reportResults(files, config, print);
  if (verb === 'judge') return judgeAnswers(files, config, print, signal);
  if (verb === 'rescore') return rescoreResult(files, config, print);
  if (verb !== undefined)
    throw new UsageError(`eval has no ${verb}`, {
      code: 'config-flag',
      fix: 'eval diff A B, eval merge FILE…, eval rescore FILE, eval judge FILE, eval report FILES, or flags alone',
    });
  if (config.list) return listBenchmarks(print);
  if (config.check !== undefined) return checkBenchmarks(config.check, config.benchmark, print, signal);
  return evaluateNow(context);
}

export const command = defineCommand({
  about: `Asks a model every question of a benchmark or a sample file under a named protocol, and scores the answers. Rows are stored as they come,
each with its prompt, frames, pixels' hash and output. A question whose media cannot be read is a row with its error, never a wrong answer.
"eval merge" puts shards together; "eval diff A B" tells where two result files part, row by row; "eval rescore FILE" scores one again without a model;
"eval judge FILE" has a chat model say of free-form answers whether they mean what the reference means;
"eval report FILES" makes a page of result files, and of GRPO runs how their rollouts reflect.`,
  positionals: '[diff A B | merge FILE… | rescore FILE | judge FILE | report FILES]',
  examples: [
    {
      args: 'eval --data world/heldout.jsonl --media-root world --out eval/base.jsonl',
      does: 'the shipped micro model on a micro-world',
    },
    {
      args: 'eval --data world/heldout.jsonl --media-root world --model runs/grpo --mode direct --out eval/rft-direct.jsonl',
      does: "a run's newest checkpoint, answering without reasoning",
    },
    { args: 'eval --list', does: 'the six benchmarks and the protocols' },
    { args: 'eval --check benchmarks', does: 'what is missing or corrupt in a folder of benchmarks' },
    {
      args: 'eval --benchmark mmvu --media-root benchmarks/mmvu --model models/rft --protocol videorft-released --mode both --out eval/mmvu.jsonl',
      does: 'MMVU as the released script asks it, and directly beside it',
    },
    {
      args: 'eval --benchmark videomme --media-root benchmarks/videomme --endpoint http://localhost:8000/v1 --endpoint-model rft-7b --out eval/videomme.jsonl',
      does: 'a model behind an OpenAI-compatible endpoint',
    },
    {
      args: 'eval --benchmark mmvu --media-root benchmarks/mmvu --endpoint http://localhost:8000/v1 --endpoint-model rft-7b --video video_url --media-url file:///data/mmvu --out eval/mmvu.jsonl',
      does: 'its server reads the videos itself, at /data/mmvu, and chooses the frames',
    },
    {
      args: 'eval --benchmark mvbench --media-root benchmarks/mvbench --endpoint http://localhost:8000/v1 --endpoint-model rft-7b --concurrency 64 --shard 2/8 --out eval/mvbench-2.jsonl',
      does: 'the second of eight parts, each for a machine of its own',
    },
    {
      args: 'eval merge eval/mvbench-1.jsonl eval/mvbench-2.jsonl --out eval/mvbench.jsonl',
      does: 'the parts as one result; refused where one is missing or was made otherwise',
    },
    {
      args: 'eval --data world/heldout.jsonl --media-root world --samples 8 --temperature 1 --top-p 1 --out eval/eight.jsonl',
      does: 'eight answers to each question: maj@8, pass@1 to pass@8',
    },
    {
      args: 'eval diff eval/ours.jsonl eval/theirs.jsonl',
      does: 'the first stage at which each row differs, and the paired difference',
    },
    {
      args: 'eval rescore eval/mmvu.jsonl --ladder words --out eval/mmvu-words.jsonl',
      does: 'the same outputs under another ladder',
    },
    {
      args: 'eval judge eval/own.jsonl --endpoint http://localhost:8000/v1 --endpoint-model qwen3-32b --out eval/own-judged.jsonl',
      does: 'free-form answers judged by a model, as a result file of its own',
    },
    {
      args: 'eval report eval/mmvu.jsonl eval/vsibench.jsonl runs/grpo --out report.html',
      does: 'a page beside the paper’s table with samples and their frames, and report.md; reflection by checkpoint of the run',
    },
  ],
  schema: evaluationConfig,
  resumable: true,
  run,
});
