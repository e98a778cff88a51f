// Weights of a model folder ↔ buffers: model.safetensors, or shards under an index, as the Hub ships them. A missing, extra or misshapen
// tensor is an error that names it. Leaves out: reading them (read-tensors.ts), and what each is held as (size.ts).
import { basename, join } from 'node:path';
import { VideorftError } from '../base/errors.ts';
import { widen } from '../base/half.ts';
import { readTextIfPresent, statIfPresent } from '../base/if-present.ts';
import { fromFloat32, openSafetensors, writeSafetensors } from '../base/safetensors.ts';
import type { Buffer } from '../engine/index.ts';
import type { HeldWeight } from './hold.ts';
import { type OnRead, readTensors, type TensorTask } from './read-tensors.ts';
import type { Held } from './size.ts';

export const WEIGHTS_FILE = 'model.safetensors';
const INDEX_FILE = `${WEIGHTS_FILE}.index.json`;

type Shapes = Readonly<Record<string, readonly number[]>>;
/** Name in a file → name in the model; undefined for a tensor that is no weight and is left out. */
export type Rename = (stored: string) => string | undefined;

const asStored: Rename = (name) => name;
function refuse(message: string, file: string, fix = 'check that config.json and the weights belong together'): never {
  throw new VideorftError(message, { code: 'model-weights', facts: { file }, fix });
}

interface Wanted {
  readonly shapes: Shapes;
  readonly rename: Rename;
  readonly heldAs: (name: string, shape: readonly number[]) => Held;
}

/** The tensors of a file that the model wants, by their names there. Errors where file and shapes differ. */
async function tasksIn(file: string, { shapes, rename, heldAs }: Wanted): Promise<[name: string, TensorTask][]> {
  const reader = await openSafetensors(file);
  try {
    return reader.names.flatMap((stored) => {
      const [name, has] = [rename(stored), reader.shape(stored)];
      if (name === undefined) return [];
      const shape = shapes[name] ?? refuse(`the file has a tensor that the model lacks: ${stored}`, file);
      if (has.join() !== shape.join()) refuse(`tensor ${stored} has shape [${has}], the model needs [${shape}]`, file);
      return [[name, { file, stored, shape, held: heldAs(name, shape) }]];
    });
  } finally {
    await reader.close();
  }
}

/** What is wrong with names and shapes is found before anything is read. */
async function readFiles(
  files: readonly string[],
  named: string,
  wanted: Wanted,
  onRead?: OnRead,
): Promise<Record<string, HeldWeight>> {
  const tasks = new Map<string, TensorTask>();
  for (const file of files)
    for (const [name, task] of await tasksIn(file, wanted)) {
      if (tasks.has(name)) refuse(`the weights hold ${name} twice`, file);
      tasks.set(name, task);
    }
  const names = Object.keys(wanted.shapes);
  for (const name of names) if (!tasks.has(name)) refuse(`the file lacks the tensor ${name}`, named);
  const weights = await readTensors([...tasks.values()], { onRead });
  const read = new Map([...tasks.keys()].map((name, i) => [name, weights[i]]));
  return Object.fromEntries(names.map((name) => [name, read.get(name) as HeldWeight]));
}

const asFloats = async (read: Promise<Record<string, HeldWeight>>) => (await read) as Record<string, Buffer>;
const allFloat32 = () => 'f32' as const;

/** One file's weights as f32 buffers in the order of `shapes`. Throws 'model-weights' where file and shapes differ. */
export const readWeights = (file: string, shapes: Shapes, rename = asStored): Promise<Record<string, Buffer>> =>
  asFloats(readFiles([file], file, { shapes, rename, heldAs: allFloat32 }));

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

/** A model folder's weights in the order of `shapes`, each held as `heldAs` says. Errors: model-weights, safetensors; both name the file. */
export async function readModelWeightsAs(
  dir: string,
  shapes: Shapes,
  rename: Rename,
  heldAs: Wanted['heldAs'],
  onRead?: OnRead,
): Promise<Record<string, HeldWeight>> {
  const { files, named } = await weightFiles(dir);
  return readFiles(files, named, { shapes, rename, heldAs }, onRead);
}

/** The same as f32. */
export const readModelWeights = (dir: string, shapes: Shapes, rename = asStored): Promise<Record<string, Buffer>> =>
  asFloats(readModelWeightsAs(dir, shapes, rename, allFloat32));

/** Writes weights in the given storage type; `format: pt` is what transformers looks for. */
export async function writeWeights(
  dir: string,
  weights: Readonly<Record<string, Buffer>>,
  dtype: 'f32' | 'f16' | 'bf16' = 'f32',
): Promise<void> {
  const kind = ({ f32: 'F32', f16: 'F16', bf16: 'BF16' } as const)[dtype];
  const values = (w: Buffer) =>
    w.dtype === 'f16' || w.dtype === 'bf16' ? widen[w.dtype](w.data as Uint16Array) : (w.data as Float32Array);
  const tensors = Object.entries(weights).map(([name, w]) => [name, fromFloat32(values(w), w.shape, kind)] as const);
  await writeSafetensors(join(dir, WEIGHTS_FILE), Object.fromEntries(tensors), { format: 'pt' });
}
