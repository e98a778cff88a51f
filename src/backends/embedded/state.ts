// What resuming needs beside the weights: AdamW's moments, the step count, and the reference weights.
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { VideorftError } from '../../base/errors.ts';
import { fromFloat32, readSafetensors, writeSafetensors } from '../../base/safetensors.ts';
import type { Buffer } from '../../engine/index.ts';
import { readWeights } from '../../models/files.ts';

type Weights = Record<string, Buffer>;

export interface OptimizerState {
  readonly steps: number;
  /** `name:m` and `name:v`. */
  readonly moments: Weights;
  readonly reference: Weights | undefined;
}

const OPTIMIZER_FILE = 'optimizer.safetensors';
const REFERENCE_FILE = 'reference.safetensors';

const asTensors = (weights: Weights) =>
  Object.fromEntries(
    Object.entries(weights).map(([name, w]) => [name, fromFloat32(w.data as Float32Array, w.shape, 'F32')]),
  );

export async function saveState(dir: string, { steps, moments, reference }: OptimizerState): Promise<void> {
  await writeSafetensors(join(dir, OPTIMIZER_FILE), asTensors(moments), { steps: String(steps) });
  if (reference) await writeSafetensors(join(dir, REFERENCE_FILE), asTensors(reference));
}

const exists = (file: string) =>
  access(file).then(
    () => true,
    () => false,
  );

/** Errors: 'backend-state' where the folder holds no state, 'model-weights' where the state does not belong to a model with these weights. */
export async function loadState(dir: string, weights: Weights): Promise<OptimizerState> {
  const file = join(dir, OPTIMIZER_FILE);
  const shapes = Object.fromEntries(Object.entries(weights).map(([name, w]) => [name, w.shape]));
  const momentShapes = Object.fromEntries(
    Object.entries(shapes).flatMap(([name, s]) => [
      [`${name}:m`, s],
      [`${name}:v`, s],
    ]),
  );
  if (!(await exists(file)))
    throw new VideorftError('this folder holds no optimizer state', {
      code: 'backend-state',
      facts: { file },
      fix: 'resume from a checkpoint of a run, or load the weights alone',
    });
  const moments = await readWeights(file, momentShapes);
  const { metadata } = await readSafetensors(file);
  const steps = Number(metadata.steps);
  if (!Number.isSafeInteger(steps))
    throw new VideorftError('the optimizer state names no step', { code: 'backend-state', facts: { file } });
  const referenceFile = join(dir, REFERENCE_FILE);
  const hasReference = await exists(referenceFile);
  return {
    steps,
    moments,
    reference: hasReference ? await readWeights(referenceFile, shapes) : undefined,
  };
}
