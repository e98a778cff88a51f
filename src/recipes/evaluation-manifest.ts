// The manifest of a result file: everything that all its rows share and that a stranger needs to get the same number: protocol, data, model,
// decoder, versions, seed. Leaves out: scores, which are always computed from the rows.
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { sha256, sha256File } from '../base/hash.ts';
import type { BenchmarkRows, Shard } from '../evaluate/index.ts';
import { videoLibrary } from '../media/index.ts';
import type { ChosenProtocol } from './evaluation-protocol.ts';

export interface DatasetFacts {
  readonly benchmark: string | null;
  readonly form: string;
  readonly files: readonly { readonly file: string; readonly sha256: string; readonly rows?: number }[];
  /** Rows of the files; published rows, where they are known; not asked, by reason; not of the benchmark's shape. */
  readonly rows: number;
  readonly expected: number | null;
  readonly leftOut: Readonly<Record<string, number>>;
  readonly rejected: number;
  /** Of the questions that are asked. */
  readonly samples: { readonly count: number; readonly sha256: string };
}

/** A folder by its content; an endpoint by what it is called, how videos are sent to it, and further fields of requests, where there are any. */
export type ModelFacts =
  | { readonly folder: string; readonly sha256: string }
  | { readonly endpoint: string; readonly name: string; readonly media: string; readonly extraBody?: object };

/** The part of the questions that a file is about; `ids` is the hash of its rows' ids, sorted. */
export interface ShardFacts extends Shard {
  readonly questions: number;
  readonly rows: number;
  readonly ids: string;
}

export interface Manifest {
  readonly format: 'videorft-evaluation/1';
  readonly protocol: ChosenProtocol['protocol'];
  readonly changed: readonly string[];
  readonly dataset: DatasetFacts;
  readonly model: ModelFacts;
  readonly decoder: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly seed: number;
  /** Absent: 1. */
  readonly samples?: number;
  /** Absent: all questions. */
  readonly shard?: ShardFacts;
}

/** Hash of what rows are there, whatever their order. */
export const idsHash = (ids: readonly string[]): string => sha256([...ids].sort().join('\n'));

/** What makes a model: configuration, tokenizer, weights, adapter; no training state. */
const MODEL_FILE =
  /^(?:[\w.-]*config|tokenizer|chat_template|vocab|[\w.-]*\.index)\.json$|^(?:model[\w.-]*|adapter_model)\.safetensors$|^merges\.txt$|\.jinja$/;

/** Hash of a model folder: the names and contents of its files. Reads all weights. An adapter's base is named by it, and not read. */
export async function modelFingerprint(dir: string): Promise<string> {
  const names = (await readdir(dir)).filter((name) => MODEL_FILE.test(name)).sort();
  const lines: string[] = [];
  for (const name of names) lines.push(`${name} ${await sha256File(join(dir, name))}`);
  return sha256(lines.join('\n'));
}

/** A model folder is called by the last two parts of its path. */
export const folderFacts = async (dir: string): Promise<ModelFacts> => ({
  folder: dir.split(/[\\/]/).slice(-2).join('/'),
  sha256: await modelFingerprint(dir),
});

export const endpointFacts = (baseURL: string, name: string, media: string, extraBody: object): ModelFacts => ({
  endpoint: new URL(baseURL).host,
  name,
  media,
  ...(Object.keys(extraBody).length > 0 ? { extraBody } : {}),
});

export async function sampleFileFacts(files: readonly string[]): Promise<DatasetFacts['files']> {
  return Promise.all(files.map(async (file) => ({ file: basename(file), sha256: await sha256File(file) })));
}

export const benchmarkFacts = (rows: BenchmarkRows, samples: DatasetFacts['samples']): DatasetFacts => ({
  benchmark: rows.benchmark.name,
  form: rows.form,
  files: rows.files,
  rows: rows.total,
  expected: rows.expected,
  leftOut: rows.leftOut,
  rejected: rows.rejected.length,
  samples,
});

export interface ManifestInput {
  readonly chosen: ChosenProtocol;
  readonly dataset: DatasetFacts;
  readonly model: ModelFacts;
  readonly versions: Manifest['versions'];
  readonly seed: number;
  readonly samples: number;
  readonly shard: ShardFacts | undefined;
}

export async function makeManifest({
  chosen,
  dataset,
  model,
  versions,
  seed,
  samples,
  shard,
}: ManifestInput): Promise<Manifest> {
  return {
    format: 'videorft-evaluation/1',
    ...chosen,
    dataset,
    model,
    decoder: await videoLibrary(),
    versions,
    seed,
    ...(samples > 1 ? { samples } : {}),
    ...(shard ? { shard } : {}),
  };
}
