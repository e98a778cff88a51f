// Writes the adapter of fixtures/lora/plain as our own code writes it, for lora.py to open with PEFT. Run between the two runs of lora.py.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRng } from '../../../src/base/rng.ts';
import { newAdapter } from '../../../src/models/lora/adapter.ts';
import { readAdapter, readAdapterConfig, writeAdapter } from '../../../src/models/lora/files.ts';
import { loraSchema } from '../../../src/models/lora/settings.ts';
import { parseModelConfig } from '../../../src/models/qwen2_5_vl/config.ts';
import { weightShapes } from '../../../src/models/qwen2_5_vl/graphs.ts';
import { moduleNames, towers } from '../../../src/models/qwen2_5_vl/names.ts';

const fixtures = join(import.meta.dirname, '..', 'fixtures');

/** Reads `plain`, gives it a configuration of ours, and writes it into `dir`. */
export async function writeOurs(dir: string): Promise<void> {
  const shapes = weightShapes(
    parseModelConfig(JSON.parse(await readFile(join(fixtures, 'qwen2_5_vl/config.json'), 'utf8'))),
  );
  const from = join(fixtures, 'lora/plain');
  const config = await readAdapterConfig(from);
  if (!config) throw new Error('run lora.py first');
  const plain = await readAdapter(from, config, shapes, moduleNames);
  const settings = loraSchema.parse({
    rank: 3,
    alpha: 7,
    towers: ['language', 'vision'],
    targets: [
      'q_proj',
      'k_proj',
      'v_proj',
      'o_proj',
      'gate_proj',
      'up_proj',
      'down_proj',
      'qkv',
      'attn.proj',
      'mlp.0',
      'mlp.2',
    ],
  });
  const ours = newAdapter(shapes, settings, towers, createRng(1), 'qwen2_5_vl');
  await writeAdapter(dir, ours, plain.weights, moduleNames);
}

if (import.meta.main) await writeOurs(join(fixtures, 'lora/written'));
