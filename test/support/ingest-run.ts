// Runs of videorft ingest for tests: a configuration from few keys, and what a run left.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseConfig } from '../../src/base/config.ts';
import type { Sample } from '../../src/data/sample.ts';
import { type IngestInput, type IngestReport, ingest, ingestSchema } from '../../src/ingest/index.ts';

export interface Outcome {
  readonly report: IngestReport;
  readonly train: readonly Sample[];
  readonly heldOut: readonly Sample[];
  readonly rejected: readonly RejectedLine[];
}

export interface RejectedLine {
  readonly file?: string;
  readonly line?: number;
  readonly code: string;
  readonly reasons: readonly string[];
  readonly fix?: string;
  readonly path?: string;
  readonly row?: Partial<Sample>;
}

export function linesOf<T>(file: string): T[] {
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as T);
}

export async function runIngest(input: IngestInput, signal?: AbortSignal): Promise<Outcome> {
  const report = await ingest(parseConfig(ingestSchema, input), { signal });
  return {
    report,
    train: linesOf(join(input.out, 'train.jsonl')),
    heldOut: linesOf(join(input.out, 'heldout.jsonl')),
    rejected: linesOf(join(input.out, 'rejected.jsonl')),
  };
}

/** A question in the published form; ask about `path`. */
export const question = (problem_id: string | number, path: string, rest: Record<string, unknown> = {}) => ({
  problem_id,
  problem: `What is seen in ${problem_id}?`,
  data_type: /\.(png|jpg)$/.test(path) ? 'image' : 'video',
  problem_type: 'free-form',
  options: [],
  process: '',
  solution: '<answer>a red square</answer>',
  path,
  data_source: '',
  ...rest,
});
