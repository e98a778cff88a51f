// Result files that are there: reading rows and manifest, scoring them again under another ladder without a model. Leaves out: comparing
// (evaluate/diff.ts, evaluate/paired.ts).
import { basename } from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '../base/atomic.ts';
import { VideorftError } from '../base/errors.ts';
import { sha256File } from '../base/hash.ts';
import { readTextIfPresent, statIfPresent } from '../base/if-present.ts';
import { readJsonl, writeJsonl } from '../base/jsonl.ts';
import { type EvaluatedRow, type Ladder, type Protocol, protocolSchema, scoredRow } from '../evaluate/index.ts';
import { beside, summarize } from './evaluation.ts';

const manifestSchema = z.looseObject({ format: z.literal('videorft-evaluation/1'), protocol: protocolSchema });
type StoredManifest = z.output<typeof manifestSchema>;

export interface ResultFile {
  readonly file: string;
  readonly rows: readonly EvaluatedRow[];
  readonly manifest: StoredManifest;
}

async function readManifest(file: string): Promise<StoredManifest> {
  const place = beside(file, 'manifest.json');
  const text = await readTextIfPresent(place);
  let value: unknown;
  try {
    value = JSON.parse(text ?? 'null');
  } catch {
    value = null;
  }
  const result = manifestSchema.safeParse(value);
  if (result.success) return result.data;
  throw new VideorftError(text === undefined ? 'this result file has no manifest' : 'the manifest cannot be read', {
    code: 'result-manifest',
    facts: { file: place },
    fix: 'name a .jsonl file that videorft eval wrote, with its manifest.json beside it',
  });
}

const rowSchema = z.looseObject({
  id: z.string(),
  type: z.string(),
  output: z.string(),
  score: z.number(),
  finish: z.string().nullable(),
});

/** Errors: jsonl-missing, jsonl-parse (file and line), result-manifest. */
export async function readResult(file: string): Promise<ResultFile> {
  const { rows } = await readJsonl(file, (value) => rowSchema.parse(value) as unknown as EvaluatedRow);
  return { file, rows, manifest: await readManifest(file) };
}

/** The same rows as their outputs score under a ladder, or as their own protocol scores them. */
export function rescore(
  { rows, manifest }: ResultFile,
  ladder?: Ladder,
): { readonly rows: EvaluatedRow[]; readonly protocol: Protocol } {
  const { scoring, ...protocol } = manifest.protocol;
  const other = { ...scoring, ladder: ladder ?? scoring.ladder };
  return { rows: rows.map((row) => scoredRow(row, other)), protocol: { ...protocol, scoring: other } };
}

/** Throws 'result-exists'. */
export async function refuseExisting(out: string): Promise<void> {
  if (!(await statIfPresent(out))) return;
  throw new VideorftError('this file is there already', {
    code: 'result-exists',
    facts: { file: out },
    fix: 'choose another --out',
  });
}

/** Writes rescored rows as a result file of its own, whose manifest says what it was made of, and by which judge. Throws 'result-exists'. */
export async function writeRescored(
  out: string,
  from: ResultFile,
  { rows, protocol }: ReturnType<typeof rescore>,
  by: { readonly judge?: object } = {},
): Promise<void> {
  await refuseExisting(out);
  const source = { file: basename(from.file), sha256: await sha256File(from.file) };
  const changed = [
    ...new Set([...((from.manifest.changed as string[] | undefined) ?? []), by.judge ? 'judge' : 'scoring']),
  ];
  const manifest = { ...from.manifest, protocol, changed, rescored: source, ...by };
  await writeFileAtomic(beside(out, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  await writeJsonl(out, rows);
  await summarize(out, rows, { protocol, rescored: source, ...by });
}
