// An analysis from paths to files: every data set read once, then analysis.html and analysis.json.
import { join } from 'node:path';
import { writeFileAtomic } from '../base/atomic.ts';
import { type Analysis, analysisOf } from './analysis.ts';
import { type Collected, type CollectOptions, collect } from './collect.ts';
import type { AnalyzeConfig } from './config.ts';
import { renderAnalysis } from './page.ts';
import { findSource } from './source.ts';

export type AnalyzeTools = Omit<CollectOptions, 'config'>;

/** Reads one or two data sets and writes what they hold. Rejects as collect.ts and source.ts; nothing is written then. */
export async function analyze(
  paths: readonly string[],
  config: AnalyzeConfig,
  tools: AnalyzeTools = {},
): Promise<Analysis> {
  const collected: Collected[] = [];
  for (const path of paths) collected.push(await collect(await findSource(path), { config, ...tools }));
  const analysis = analysisOf(collected, config);
  await writeFileAtomic(join(config.out, 'analysis.html'), await renderAnalysis(analysis));
  await writeFileAtomic(join(config.out, 'analysis.json'), `${JSON.stringify(analysis, null, 2)}\n`);
  return analysis;
}
