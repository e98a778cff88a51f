// `videorft eval diff`, `merge`, `rescore`, `judge` and `report`: result files compared, put together, scored again and shown; the model is not asked again.
import { UsageError } from '../base/config-flags.ts';
import {
  accuracyRows,
  columns,
  diffRows,
  type EvaluatedRow,
  formatAccuracy,
  formatSeveral,
  type Paired,
  pairedComparison,
  protocolLabel,
  severalOf,
  withInterval,
} from '../evaluate/index.ts';
import type { EvaluationConfig } from '../recipes/evaluation-config.ts';
import { endpointOf, formatErrors } from '../recipes/evaluation-job.ts';
import { writeReport } from '../recipes/evaluation-report/index.ts';
import { judgeResults } from '../recipes/judge-results.ts';
import { mergeResults } from '../recipes/merge-results.ts';
import { readResult, rescore, writeRescored } from '../recipes/result-files.ts';
import { differingKeys } from '../runs/record.ts';
import { commandLine } from './command-line.ts';

type Print = (line: string) => void;

function takeFiles(files: readonly string[], count: number, usage: string): void {
  if (files.length === count) return;
  throw new UsageError(`${files.length} files given`, { code: 'config-flag', fix: usage });
}

/** "thinking minus direct: +2.0% [-1.0, 5.1], p 0.21, 412 questions: 30 better, 22 worse; 3 in one alone or errors". */
export function formatPaired(label: string, paired: Paired | undefined): string {
  if (!paired) return `${label}: no question in common`;
  const { difference, p, better, worse, leftOut } = paired;
  const counts = `${difference.n} questions: ${better} better, ${worse} worse`;
  const rest = leftOut > 0 ? `; ${leftOut} left out (in one alone, or errors)` : '';
  return `${label}: ${difference.estimate >= 0 ? '+' : ''}${withInterval(difference)}, p ${p.toFixed(p < 0.01 ? 4 : 2)}, ${counts}${rest}`;
}

/** Status 0 where nothing differs, else 1, as of diff. */
export async function diffResults(files: readonly string[], config: EvaluationConfig, print: Print): Promise<number> {
  takeFiles(files, 2, 'videorft eval diff FIRST.jsonl SECOND.jsonl');
  const [first, second] = await Promise.all(files.map(readResult));
  const settings = differingKeys(first.manifest, second.manifest);
  if (settings.length > 0) print(`manifests differ in: ${settings.join(', ')}`);
  const { same, differing, counts, unseen } = diffRows(first.rows, second.rows);
  const parts = Object.entries(counts).map(([stage, n]) => `${stage} ${n}`);
  print(
    `${same + differing.length} questions = ${same} the same + ${differing.length} that first differ in: ${parts.join(', ') || '–'}`,
  );
  if (unseen > 0)
    print(
      `frames and pixels of ${unseen} questions were the server's in both (video_url): whether they are the same is not known`,
    );
  for (const { id, path, stage, first: a, second: b } of differing.slice(0, config.rows))
    print(`${id} (${path}): ${stage}\n  first:  ${a}\n  second: ${b}`);
  if (differing.length > config.rows) print(`… and ${differing.length - config.rows} more (--rows N)`);
  print(formatPaired('second minus first', pairedComparison(first.rows, second.rows)));
  return differing.length === 0 ? 0 : 1;
}

export async function mergeShards(files: readonly string[], { out }: EvaluationConfig, print: Print): Promise<number> {
  const usage = 'videorft eval merge SHARD1.jsonl SHARD2.jsonl … --out ALL.jsonl';
  if (files.length === 0 || out === undefined)
    throw new UsageError('files or --out missing', { code: 'config-flag', fix: usage });
  const { rows, manifest, summaryFile } = await mergeResults(files, out);
  const several = severalOf(rows);
  if (several) print(formatSeveral(several));
  print(`${formatAccuracy(accuracyRows(rows))}\n${protocolLabel(manifest.protocol)}, ${files.length} shards`);
  print(`${out}  ${summaryFile}`);
  return 0;
}

export async function rescoreResult(files: readonly string[], config: EvaluationConfig, print: Print): Promise<number> {
  takeFiles(files, 1, 'videorft eval rescore FILE.jsonl --ladder words');
  const stored = await readResult(files[0]);
  const other = rescore(stored, config.ladder);
  print(
    `${formatAccuracy(accuracyRows(other.rows))}\n${protocolLabel(other.protocol)}, ladder ${other.protocol.scoring.ladder}`,
  );
  const pairs = other.rows.map((after, i) => ({ before: stored.rows[i], after }));
  const changed = pairs.filter(({ before, after }) => before.score !== after.score || before.outcome !== after.outcome);
  print(`${stored.rows.length} rows, ${changed.length} with another verdict`);
  const verdict = ({ extracted, outcome }: EvaluatedRow) => `${extracted ?? '–'} ${outcome}`;
  const cells = changed
    .slice(0, config.rows)
    .map(({ before, after }) =>
      [after.id, verdict(before), verdict(after)].map((cell) => cell.replaceAll(/\s+/g, ' ').slice(0, 60)),
    );
  if (cells.length > 0) print(columns([['', 'before', 'after'], ...cells]));
  print(formatPaired('after minus before', pairedComparison(stored.rows, other.rows)));
  if (config.out !== undefined) {
    await writeRescored(config.out, stored, other);
    print(config.out);
  }
  return 0;
}

export async function judgeAnswers(
  files: readonly string[],
  config: EvaluationConfig,
  print: Print,
  signal: AbortSignal,
): Promise<number> {
  const usage = 'videorft eval judge FILE.jsonl --endpoint https://…/v1 --endpoint-model NAME --out JUDGED.jsonl';
  takeFiles(files, 1, usage);
  const { out } = config;
  const endpoint = endpointOf(config);
  if (out === undefined || endpoint === undefined)
    throw new UsageError('--endpoint, --endpoint-model or --out missing', { code: 'config-flag', fix: usage });
  const { stored, rows, judged, known, failed } = await judgeResults(files[0], { out, endpoint, signal });
  const left = rows.length - judged - failed;
  print(
    `${formatAccuracy(accuracyRows(rows))}\n${protocolLabel(stored.manifest.protocol)}, free-form answers judged by ${endpoint.model}`,
  );
  print(
    `${rows.length} rows = ${judged} judged (${known} before) + ${failed} without a verdict + ${left} under their rule or without an answer`,
  );
  for (const line of formatErrors(rows)) print(line);
  print(formatPaired('judge minus rule', pairedComparison(stored.rows, rows)));
  print(out);
  return 0;
}

export async function reportResults(
  places: readonly string[],
  config: EvaluationConfig,
  print: Print,
): Promise<number> {
  const fix = 'videorft eval report eval/base.jsonl eval/rft.jsonl runs/grpo --out report.html';
  if (places.length === 0) throw new UsageError('nothing to report', { code: 'config-flag', fix });
  if (config.out === undefined)
    throw new UsageError('the place of the report is missing', { code: 'config-flag', fix });
  const command = commandLine();
  const { mediaRoot, shown } = config;
  for (const file of await writeReport(places, config.out, { command, mediaRoot, samples: shown })) print(file);
  return 0;
}
