// Tensors of weight files → weights in memory, piece by piece, so that a model is never there twice; large models in several threads, which
// share the conversions and the cost of fresh memory. Leaves out: which tensors a model needs (files.ts).
import { availableParallelism } from 'node:os';
import { moduleBeside } from '../base/entry.ts';
import { VideorftError } from '../base/errors.ts';
import { mapPool } from '../base/pool.ts';
import { openSafetensors, type SafetensorsReader } from '../base/safetensors.ts';
import { Threads } from '../base/threads.ts';
import { type HeldWeight, takerOf } from './hold.ts';
import type { Held } from './size.ts';

/** A tensor of a file, and what it is held as. */
export interface TensorTask {
  readonly file: string;
  /** Its name there. */
  readonly stored: string;
  readonly shape: readonly number[];
  readonly held: Held;
}

const floating: ReadonlySet<string> = new Set(['F32', 'F16', 'BF16']);

function refuse(message: string, file: string, fix?: string): never {
  throw new VideorftError(message, {
    code: 'model-weights',
    facts: { file },
    fix: fix ?? 'check that config.json and the weights belong together',
  });
}

/** Reads one tensor. Errors: model-weights (values that cannot be held so), safetensors; both name the file. */
export async function readTensor(reader: SafetensorsReader, task: TensorTask): Promise<HeldWeight> {
  const { file, stored } = task;
  const taker = takerOf(task.held, task.shape);
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
  return taker.finish();
}

/** Readers of files, each opened once. */
export class Readers {
  private readonly open = new Map<string, Promise<SafetensorsReader>>();

  of(file: string): Promise<SafetensorsReader> {
    const reader = this.open.get(file) ?? openSafetensors(file);
    this.open.set(file, reader);
    return reader;
  }

  /** One that could not be opened has said so to who asked for it. */
  async close(): Promise<void> {
    await Promise.all(
      [...this.open.values()].map((reader) =>
        reader.then(
          (r) => r.close(),
          () => undefined,
        ),
      ),
    );
  }
}

/** Values from which on threads are worth their start, and the 60 MB that each leaves behind in the heaps of its thread. */
const LARGE = 2 ** 28;

const valuesOf = ({ shape }: TensorTask) => shape.reduce((a, b) => a * b, 1);
const sum = (tasks: readonly TensorTask[]) => tasks.reduce((n, task) => n + valuesOf(task), 0);

/** Called after each tensor with the values that are read by then, and all. */
export type OnRead = (values: number, of: number) => void;

interface ReadOptions {
  readonly threads?: number;
  readonly onRead?: OnRead;
}

/** The weights in the order of the tasks. Errors as of readTensor; also model-weights-thread where a thread dies. */
export async function readTensors(
  tasks: readonly TensorTask[],
  { threads, onRead }: ReadOptions = {},
): Promise<HeldWeight[]> {
  const all = sum(tasks);
  let values = 0;
  return readIn(threads ?? (all < LARGE ? 1 : Math.min(4, availableParallelism())), tasks, (task) => {
    values += valuesOf(task);
    onRead?.(values, all);
  });
}

async function readIn(
  threads: number,
  tasks: readonly TensorTask[],
  done: (task: TensorTask) => void,
): Promise<HeldWeight[]> {
  const all = (read: (task: TensorTask) => Promise<HeldWeight>) =>
    mapPool(tasks, threads, async (task) => {
      const weight = await read(task);
      done(task);
      return weight;
    });
  if (threads === 1) {
    const readers = new Readers();
    try {
      return await all(async (task) => readTensor(await readers.of(task.file), task));
    } finally {
      await readers.close();
    }
  }
  const pool = new Threads<TensorTask, HeldWeight>(
    moduleBeside(import.meta.url, './read-worker'),
    'model-weights-thread',
  );
  try {
    return await all((task) => pool.run(task));
  } finally {
    await pool.close();
  }
}
