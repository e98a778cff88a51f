// The result files of all shards → one result file, as if one machine had asked everything. Refused wherever that would not be so: another manifest, a
// shard that is missing or given twice, rows that are missing, doubled or of another part.
import { basename } from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '../base/atomic.ts';
import { VideorftError } from '../base/errors.ts';
import { sha256File } from '../base/hash.ts';
import { statIfPresent } from '../base/if-present.ts';
import { writeJsonl } from '../base/jsonl.ts';
import { type EvaluatedRow, scoredRow } from '../evaluate/index.ts';
import { differingKeys } from '../runs/record.ts';
import { beside, summarize } from './evaluation.ts';
import { idsHash } from './evaluation-manifest.ts';
import { type ResultFile, readResult } from './result-files.ts';

const count = z.number().int().nonnegative();
const shardSchema = z
  .object({ index: count.min(1), of: count, questions: count, rows: count, ids: z.string() })
  .refine(({ index, of }) => index <= of);
type ShardFacts = z.output<typeof shardSchema>;

interface ShardFile extends ResultFile {
  readonly shard: ShardFacts;
}

const refusal = (message: string, code: string, facts: Record<string, string | number>, fix: string) =>
  new VideorftError(message, { code, facts, fix });

async function readShard(file: string): Promise<ShardFile> {
  const result = await readResult(file);
  const shard = shardSchema.safeParse(result.manifest.shard);
  if (shard.success) return { ...result, shard: shard.data };
  throw refusal('this is not the result of a shard', 'merge-shard', { file }, 'name files that eval --shard K/N wrote');
}

interface Addressed {
  readonly model?: { readonly endpoint?: string };
}

/** What shards have in common. Each machine may have an endpoint of its own; under which name it knows the model is common. */
function commonOf({ manifest, shard }: ShardFile) {
  const { endpoint: _, ...model } = (manifest as Addressed).model ?? {};
  return { ...manifest, model, shard: { of: shard.of } };
}

/** Throws 'merge-manifests'. */
function refuseMixed(shards: readonly ShardFile[]): void {
  for (const other of shards.slice(1)) {
    const differs = differingKeys(commonOf(shards[0]), commonOf(other));
    if (differs.length === 0) continue;
    throw refusal(
      'these files are no parts of one evaluation',
      'merge-manifests',
      { first: shards[0].file, other: other.file, differs: differs.join(', ') },
      'ask every shard with the same command but for --shard, --media-root and --out, of the same version',
    );
  }
}

/** Throws 'merge-shards'. */
function refuseIncomplete(shards: readonly ShardFile[]): void {
  const { of } = shards[0].shard;
  const all = Array.from({ length: of }, (_, i) => i + 1);
  const files = Map.groupBy(shards, ({ shard }) => shard.index);
  const missing = all.filter((index) => !files.has(index));
  const twice = all.filter((index) => (files.get(index)?.length ?? 0) > 1);
  if (missing.length === 0 && twice.length === 0) return;
  throw refusal(
    `of ${of} shards ${missing.length} are missing and ${twice.length} are given twice`,
    'merge-shards',
    { missing: missing.join(', '), twice: twice.join(', ') },
    'name the file of every shard once',
  );
}

/** Throws 'merge-rows' for rows that are missing, doubled, or no rows of the shard. */
function refuseOtherRows({ file, rows, shard }: ShardFile): void {
  const ids = rows.map(({ id }) => id);
  const distinct = new Set(ids);
  const facts = { file, rows: rows.length, distinct: distinct.size, expected: shard.rows };
  if (distinct.size < ids.length) {
    const doubled = ids.find((id, i) => ids.indexOf(id) !== i) ?? '';
    throw refusal('a row is there twice', 'merge-rows', { ...facts, id: doubled }, 'ask this shard anew');
  }
  if (distinct.size < shard.rows)
    throw refusal(
      `${shard.rows - distinct.size} rows are missing`,
      'merge-rows',
      facts,
      'give this shard’s command again: it goes on where it stopped',
    );
  if (idsHash(ids) !== shard.ids)
    throw refusal('these are not the rows that its manifest names', 'merge-rows', facts, 'ask this shard anew');
}

/** Throws 'merge-rows' where two shards have a row of the same id: of one machine it would have been one row. */
function refuseShared(shards: readonly ShardFile[]): void {
  const first = new Map<string, string>();
  for (const { file, rows } of shards)
    for (const { id } of rows) {
      const other = first.get(id);
      if (other !== undefined)
        throw refusal('a row is in two shards', 'merge-rows', { id, file: other, other: file }, 'ask all shards anew');
      first.set(id, file);
    }
}

const byId = new Intl.Collator('en', { numeric: true });

export interface Merged extends ResultFile {
  readonly summaryFile: string;
}

/** Writes `out`, its manifest and its summary. Errors: merge-…, result-exists, as readResult. */
export async function mergeResults(files: readonly string[], out: string): Promise<Merged> {
  const shards = await Promise.all(files.map(readShard));
  refuseMixed(shards);
  refuseIncomplete(shards);
  for (const shard of shards) refuseOtherRows(shard);
  refuseShared(shards);
  if (await statIfPresent(out))
    throw refusal('this file is there already', 'result-exists', { file: out }, 'choose another --out');
  const { shard: _, ...common } = shards[0].manifest;
  const sources = [...shards].sort((a, b) => a.shard.index - b.shard.index);
  const merged = await Promise.all(
    sources.map(async ({ file, rows, manifest }) => ({
      file: basename(file),
      sha256: await sha256File(file),
      rows: rows.length,
      endpoint: (manifest as Addressed).model?.endpoint,
    })),
  );
  const manifest = { ...common, merged };
  const rows = sources
    .flatMap((source): EvaluatedRow[] => source.rows.map((row) => scoredRow(row, common.protocol.scoring)))
    .sort((a, b) => byId.compare(a.id, b.id));
  await writeFileAtomic(beside(out, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  await writeJsonl(out, rows);
  const { summaryFile } = await summarize(out, rows, { protocol: common.protocol, merged });
  return { file: out, rows, manifest, summaryFile };
}
