// Weights of a model folder (model.safetensors) ↔ buffers. A missing, extra or misshapen tensor is an error that names it.
// Leaves out: sharded checkpoints.
import { join } from 'node:path';
import { VideorftError } from '../base/errors.ts';
import { fromFloat32, readSafetensors, toFloat32, writeSafetensors } from '../base/safetensors.ts';
import { type Buffer, f32 } from '../engine/index.ts';

export const WEIGHTS_FILE = 'model.safetensors';

/** Weights as f32 buffers in the order of `shapes`. Throws 'model-weights' where file and shapes differ. */
export async function readWeights(
  file: string,
  shapes: Readonly<Record<string, readonly number[]>>,
): Promise<Record<string, Buffer>> {
  const { tensors } = await readSafetensors(file);
  const refuse = (message: string): never => {
    throw new VideorftError(message, {
      code: 'model-weights',
      facts: { file },
      fix: 'check that config.json and the weights belong together',
    });
  };
  for (const name of tensors.keys()) if (!shapes[name]) refuse(`the file has a tensor that the model lacks: ${name}`);
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      const t = tensors.get(name) ?? refuse(`the file lacks the tensor ${name}`);
      if (t.shape.join() !== shape.join()) refuse(`tensor ${name} has shape [${t.shape}], the model needs [${shape}]`);
      const data = toFloat32(t);
      return [name, f32(t.dtype === 'F32' ? data.slice() : data, shape)];
    }),
  );
}

/** Writes weights in the given storage type; `format: pt` is what transformers looks for. */
export async function writeWeights(
  dir: string,
  weights: Readonly<Record<string, Buffer>>,
  dtype: 'f32' | 'f16' | 'bf16' = 'f32',
): Promise<void> {
  const kind = ({ f32: 'F32', f16: 'F16', bf16: 'BF16' } as const)[dtype];
  const tensors = Object.entries(weights).map(
    ([name, w]) => [name, fromFloat32(w.data as Float32Array, w.shape, kind)] as const,
  );
  await writeSafetensors(join(dir, WEIGHTS_FILE), Object.fromEntries(tensors), { format: 'pt' });
}
