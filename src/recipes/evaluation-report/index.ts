// `videorft eval report`: result files (and GRPO runs, for their reflection) → one page and the same as Markdown. Leaves out: what is in a result
// (result.ts), how it looks (report/eval-*.ts).
import { basename, dirname, extname } from 'node:path';
import { writeFileAtomic } from '../../base/atomic.ts';
import { isFile, statIfPresent } from '../../base/if-present.ts';
import { outcomes } from '../../evaluate/index.ts';
import {
  documentMarkdown,
  type EvalReport,
  evalDocument,
  type ResultData,
  renderDocument,
} from '../../report/index.ts';
import { beside } from '../evaluation.ts';
import { pairsOf } from './pairs.ts';
import { openResult, type ReportOptions, resultData } from './result.ts';
import { runReflection } from './runs.ts';

/** File names without their ending; with their folder where two are equal. */
function labelsOf(files: readonly string[]): string[] {
  const names = files.map((file) => basename(file, '.jsonl'));
  return names.map((name, i) =>
    names.indexOf(name) === names.lastIndexOf(name) ? name : `${basename(dirname(files[i]))}/${name}`,
  );
}

/** X.direct.jsonl belongs to X.jsonl, named or not. */
async function withDirect(files: readonly string[]): Promise<string[]> {
  const all: string[] = [];
  for (const file of files) {
    const direct = beside(file, 'direct.jsonl');
    all.push(file, ...((await isFile(direct)) ? [direct] : []));
  }
  return [...new Set(all)];
}

/** Errors: those of readResult; run-missing and result-run of a folder. */
export async function gatherReport(places: readonly string[], options: ReportOptions): Promise<EvalReport> {
  const isFolder = await Promise.all(places.map(async (place) => (await statIfPresent(place))?.isDirectory() ?? false));
  const files = await withDirect(places.filter((_, i) => !isFolder[i]));
  const results = await Promise.all(files.map(openResult));
  const labels = labelsOf(files);
  const data: ResultData[] = [];
  for (const [i, result] of results.entries()) data.push(await resultData(result, labels[i], options));
  const runs = await Promise.all(places.filter((_, i) => isFolder[i]).map(runReflection));
  return {
    command: options.command,
    outcomes,
    results: data,
    ...(results.length > 0 ? pairsOf(results, labels) : { pairs: [], unpaired: [] }),
    runs,
    samplesShown: options.samples,
  };
}

/** Writes the page to `out` (.html) and the Markdown beside it; returns both places. */
export async function writeReport(
  places: readonly string[],
  out: string,
  options: ReportOptions,
): Promise<readonly [string, string]> {
  const report = evalDocument(await gatherReport(places, options));
  const stem = extname(out) === '.html' || extname(out) === '.md' ? out.slice(0, -extname(out).length) : out;
  const [page, markdown] = [`${stem}.html`, `${stem}.md`];
  await writeFileAtomic(page, await renderDocument(report));
  await writeFileAtomic(markdown, documentMarkdown(report));
  return [page, markdown];
}
