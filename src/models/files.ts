// Weights of a model folder ↔ buffers: model.safetensors, or shards under an index, as the Hub ships them. A missing, extra or misshapen
// tensor is an error that names it. Tensors are read piece by piece, so that a model is never twice in memory.
// Leaves out: what a weight is held as (`Hold`).
import { basename, join } from 'node:path';
import { VideorftError } from '../base/errors.ts';
import { f16Overflows, f16ToF32 } from '../base/half.ts';
import { readTextIfPresent, statIfPresent } from '../base/if-present.ts';
import {
  fromFloat32,
  openSafetensors,
  type SafeTensor,
  toFloat16,
  toFloat32,
  writeSafetensors,
} from '../base/safetensors.ts';
import type { Buffer } from '../engine/index.ts';

export const WEIGHTS_FILE = 'model.safetensors';
const INDEX_FILE = `${WEIGHTS_FILE}.index.json`;

type Shapes = Readonly<Record<string, readonly number[]>>;
/** Name in a file → name in the model; undefined for a tensor that is no weight and is left out. */
export type Rename = (stored: string) => string | undefined;

const asStored: Rename = (name) => name;
const floating: ReadonlySet<string> = new Set(['F32', 'F16', 'BF16']);

function refuse(message: string, file: string, fix = 'check that config.json and the weights belong together'): never {
  throw new VideorftError(message, { code: 'model-weights', facts: { file }, fix });
}

/** Takes a tensor's values, rows in order, in memory that is reused after each call. Errors of `add`: values that it cannot hold. */
export interface Taker<T> {
  add(piece: SafeTensor): void;
  finish(): T;
}
/** What a tensor of that shape becomes in memory. */
export type Hold<T> = (shape: readonly number[], name: string) => Taker<T>;

interface Wanted<T> {
  readonly shapes: Shapes;
  readonly rename: Rename;
  readonly hold: Hold<T>;
}

/** Fills a buffer; `convert` writes a piece into the part of it that it belongs to. */
function filling<D extends Float32Array | Uint16Array>(
  buffer: Buffer & { readonly data: D },
  convert: (piece: SafeTensor, into: D) => void,
): Taker<Buffer> {
  let at = 0;
  return {
    add(piece) {
      convert(piece, buffer.data.subarray(at, at + piece.data.length) as D);
      at += piece.data.length;
    },
    finish: () => buffer,
  };
}

const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

export const asFloat32: Hold<Buffer> = (shape) =>
  filling({ dtype: 'f32', shape, data: new Float32Array(sizeOf(shape)) }, toFloat32);

/** Half the memory; a value that f16 cannot hold is an error, not an infinity. */
export const asFloat16: Hold<Buffer> = (shape) =>
  filling({ dtype: 'f16', shape, data: new Uint16Array(sizeOf(shape)) }, (piece, into) => {
    if (f16Overflows(toFloat16(piece, into))) throw new VideorftError('values beyond f16', { code: 'model-f16' });
  });

/** Adds a file's tensors to `into`. */
async function readInto<T>(into: Map<string, T>, file: string, { shapes, rename, hold }: Wanted<T>): Promise<void> {
  const reader = await openSafetensors(file);
  try {
    for (const stored of reader.names) {
      const [name, held] = [rename(stored), reader.shape(stored)];
      if (name === undefined) continue;
      const shape = shapes[name] ?? refuse(`the file has a tensor that the model lacks: ${stored}`, file);
      if (into.has(name)) refuse(`the weights hold ${name} twice`, file);
      if (held.join() !== shape.join())
        refuse(`tensor ${stored} has shape [${held}], the model needs [${shape}]`, file);
      const taker = hold(shape, name);
      await reader.pieces(stored, (piece) => {
        if (!floating.has(piece.dtype))
          refuse(`tensor ${stored} holds ${piece.dtype} values, not floating-point ones`, file);
        try {
          taker.add(piece);
        } catch (error) {
          if (!(error instanceof VideorftError)) throw error;
          refuse(`tensor ${stored} holds ${error.message}`, file, 'hold the weights as f32');
        }
      });
      into.set(name, taker.finish());
    }
  } finally {
    await reader.close();
  }
}

async function readFiles<T>(files: readonly string[], named: string, wanted: Wanted<T>): Promise<Record<string, T>> {
  const read = new Map<string, T>();
  for (const file of files) await readInto(read, file, wanted);
  return Object.fromEntries(
    Object.keys(wanted.shapes).map((name) => [
      name,
      read.get(name) ?? refuse(`the file lacks the tensor ${name}`, named),
    ]),
  );
}

/** One file's weights as f32 buffers in the order of `shapes`. Throws 'model-weights' where file and shapes differ. */
export const readWeights = (file: string, shapes: Shapes, rename = asStored): Promise<Record<string, Buffer>> =>
  readFiles([file], file, { shapes, rename, hold: asFloat32 });

/** Names of the shards in the index (weight_map of huggingface/transformers). Throws 'model-weights' where it names none. */
function shardNames(index: string, text: string): string[] {
  const broken = () => refuse('the index of the weights is not readable', index, 'copy or download the file again');
  let map: unknown;
  try {
    map = (JSON.parse(text) as { weight_map?: unknown }).weight_map;
  } catch {
    broken();
  }
  const names = typeof map === 'object' && map !== null ? [...new Set(Object.values(map))] : broken();
  if (names.length === 0 || !names.every((n) => typeof n === 'string' && n === basename(n))) broken();
  return names.sort();
}

/** The folder's weight files, and the one that says which they are. */
async function weightFiles(dir: string): Promise<{ files: string[]; named: string }> {
  const single = join(dir, WEIGHTS_FILE);
  if (await statIfPresent(single)) return { files: [single], named: single };
  const index = join(dir, INDEX_FILE);
  const text = await readTextIfPresent(index);
  if (text === undefined)
    refuse(
      'this folder holds no weights',
      single,
      `give a folder with ${WEIGHTS_FILE}, or with its shards and ${INDEX_FILE}`,
    );
  const files = shardNames(index, text).map((name) => join(dir, name));
  for (const file of files)
    if (!(await statIfPresent(file))) refuse('a shard of the weights is missing', file, 'copy or download it again');
  return { files, named: index };
}

/** A model folder's weights in the order of `shapes`. Errors: model-weights, safetensors; both name the file. */
export async function readModelWeightsAs<T>(
  dir: string,
  shapes: Shapes,
  rename: Rename,
  hold: Hold<T>,
): Promise<Record<string, T>> {
  const { files, named } = await weightFiles(dir);
  return readFiles(files, named, { shapes, rename, hold });
}

/** The same as f32. */
export const readModelWeights = (dir: string, shapes: Shapes, rename = asStored): Promise<Record<string, Buffer>> =>
  readModelWeightsAs(dir, shapes, rename, asFloat32);

/** Writes weights in the given storage type; `format: pt` is what transformers looks for. */
export async function writeWeights(
  dir: string,
  weights: Readonly<Record<string, Buffer>>,
  dtype: 'f32' | 'f16' | 'bf16' = 'f32',
): Promise<void> {
  const kind = ({ f32: 'F32', f16: 'F16', bf16: 'BF16' } as const)[dtype];
  const values = (w: Buffer) => (w.dtype === 'f16' ? f16ToF32(w.data as Uint16Array) : (w.data as Float32Array));
  const tensors = Object.entries(weights).map(([name, w]) => [name, fromFloat32(values(w), w.shape, kind)] as const);
  await writeSafetensors(join(dir, WEIGHTS_FILE), Object.fromEntries(tensors), { format: 'pt' });
}
