// What resuming needs beside the weights: AdamW's moments, the step count, and the reference weights. In a folder of its own: vLLM and SGLang
// take every .safetensors file beside config.json for weights of the model, and refuse the checkpoint.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { VideorftError } from '../../base/errors.ts';
import { statIfPresent } from '../../base/if-present.ts';
import { fromFloat32, openSafetensors, writeSafetensors } from '../../base/safetensors.ts';
import type { Buffer } from '../../engine/index.ts';
import { readWeights } from '../../models/files.ts';

type Weights = Record<string, Buffer>;

export interface OptimizerState {
  readonly steps: number;
  /** `name:m` and `name:v`. */
  readonly moments: Weights;
  readonly reference: Weights | undefined;
}

const FOLDER = 'training';
const OPTIMIZER_FILE = 'optimizer.safetensors';
const REFERENCE_FILE = 'reference.safetensors';

const asTensors = (weights: Weights) =>
  Object.fromEntries(
    Object.entries(weights).map(([name, w]) => [name, fromFloat32(w.data as Float32Array, w.shape, 'F32')]),
  );

export async function saveState(dir: string, { steps, moments, reference }: OptimizerState): Promise<void> {
  const folder = join(dir, FOLDER);
  await mkdir(folder, { recursive: true });
  await writeSafetensors(join(folder, OPTIMIZER_FILE), asTensors(moments), { steps: String(steps) });
  if (reference) await writeSafetensors(join(folder, REFERENCE_FILE), asTensors(reference));
}

/** Where the state of a checkpoint lies: the oldest have it beside the weights. */
async function folderOf(dir: string): Promise<string> {
  const folder = join(dir, FOLDER);
  const isOld = !(await statIfPresent(folder)) && (await statIfPresent(join(dir, OPTIMIZER_FILE)));
  return isOld ? dir : folder;
}

/** The step count that the state was saved at. Throws 'backend-state' where it names none. */
async function stepsOf(file: string): Promise<number> {
  const reader = await openSafetensors(file);
  await reader.close();
  const steps = Number(reader.metadata.steps);
  if (Number.isSafeInteger(steps)) return steps;
  throw new VideorftError('the optimizer state names no step', { code: 'backend-state', facts: { file } });
}

/** Errors: 'backend-state' where the folder holds no state, 'model-weights' where the state does not belong to a model with these weights. */
export async function loadState(dir: string, weights: Weights): Promise<OptimizerState> {
  const folder = await folderOf(dir);
  const file = join(folder, OPTIMIZER_FILE);
  const shapes = Object.fromEntries(Object.entries(weights).map(([name, w]) => [name, w.shape]));
  const momentShapes = Object.fromEntries(
    Object.entries(shapes).flatMap(([name, s]) => [
      [`${name}:m`, s],
      [`${name}:v`, s],
    ]),
  );
  if (!(await statIfPresent(file)))
    throw new VideorftError('this folder holds no optimizer state', {
      code: 'backend-state',
      facts: { file },
      fix: 'resume from a checkpoint of a run, or load the weights alone',
    });
  const referenceFile = join(folder, REFERENCE_FILE);
  return {
    steps: await stepsOf(file),
    moments: await readWeights(file, momentShapes),
    reference: (await statIfPresent(referenceFile)) ? await readWeights(referenceFile, shapes) : undefined,
  };
}
