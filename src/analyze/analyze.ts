// An analysis from paths to files: every data set read once, then analysis.html and analysis.json.
import { join } from 'node:path';
import { writeFileAtomic } from '../base/atomic.ts';
import { type Analysis, analysisOf } from './analysis.ts';
import { type Collected, type CollectOptions, collect } from './collect.ts';
import type { AnalyzeConfig } from './config.ts';
import { renderAnalysis } from './page.ts';
import { findSource, type Source } from './source.ts';

export type AnalyzeTools = Omit<CollectOptions, 'config'>;

/** Reads one or two data sets and writes what they hold. Rejects as collect.ts and source.ts; nothing is written then. */
export async function analyze(
  paths: readonly string[],
  config: AnalyzeConfig,
  tools: AnalyzeTools = {},
): Promise<Analysis> {
  const collected: Collected[] = [];
  for (const source of await sourcesOf(paths)) collected.push(await collect(source, { config, ...tools }));
  const analysis = analysisOf(collected, config);
  await writeFileAtomic(join(config.out, 'analysis.html'), await renderAnalysis(analysis));
  await writeFileAtomic(join(config.out, 'analysis.json'), `${JSON.stringify(analysis, null, 2)}\n`);
  return analysis;
}

/** Two of the same name are told apart by their paths. */
async function sourcesOf(paths: readonly string[]): Promise<Source[]> {
  const sources = await Promise.all(paths.map(findSource));
  const names = new Set(sources.map(({ name }) => name));
  if (names.size === sources.length) return sources;
  const isSame = new Set(paths).size < paths.length;
  return sources.map((source, i) => ({ ...source, name: isSame ? `${paths[i]} (${i + 1})` : paths[i] }));
}
