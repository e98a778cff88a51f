// Whether two trained models went the same way: the distance between their changes, as a share of the change.
import { join } from 'node:path';
import { openSafetensors, type SafeTensor, toFloat32 } from '../../src/base/safetensors.ts';
import { WEIGHTS_FILE } from '../../src/models/files.ts';

/**
 * ‖ΔW_ours − ΔW_ref‖ ÷ ‖ΔW_ref‖ over all weights, ΔW = after − before, in f64, one tensor in memory at a time. Folders with
 * model.safetensors. Throws 'safetensors' where a tensor is missing.
 */
export async function relativeDrift(before: string, ours: string, reference: string): Promise<number> {
  const files = await Promise.all([before, ours, reference].map((dir) => openSafetensors(join(dir, WEIGHTS_FILE))));
  let [gap, change] = [0, 0];
  try {
    for (const name of files[0].names) {
      const [w, a, b] = (await Promise.all(files.map((f) => f.read(name)))).map((t: SafeTensor) => toFloat32(t));
      for (let i = 0; i < w.length; i++) {
        gap += (a[i] - b[i]) ** 2;
        change += (b[i] - w[i]) ** 2;
      }
    }
  } finally {
    await Promise.all(files.map((f) => f.close()));
  }
  return Math.sqrt(gap / change);
}
