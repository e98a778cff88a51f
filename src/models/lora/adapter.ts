// A new adapter for a model, and merging one into the weights that it changes.
import type { Rng } from '../../base/rng.ts';
import { add, type Buffer, compile, f32, input, matmul, param } from '../../engine/index.ts';
import { adapterShapes, type LowRank, loraA, loraB } from '../weights.ts';
import type { Adapter, PeftConfig } from './files.ts';
import { chooseModules, type LoraSettings, type Towers, targetModules } from './settings.ts';

type Shapes = Readonly<Record<string, readonly number[]>>;

function configOf(shapes: Shapes, settings: LoraSettings, towers: Towers, base: string | undefined): PeftConfig {
  return {
    peft_type: 'LORA',
    task_type: 'CAUSAL_LM',
    base_model_name_or_path: base ?? null,
    r: settings.rank,
    lora_alpha: settings.alpha,
    use_rslora: settings.rslora,
    target_modules: targetModules(shapes, settings, towers),
    rank_pattern: {},
    alpha_pattern: {},
    lora_dropout: 0,
    bias: 'none',
    use_dora: false,
    fan_in_fan_out: false,
    modules_to_save: null,
    init_lora_weights: true,
    inference_mode: true,
  };
}

/**
 * B zero, so that nothing changes at first; A uniform in ±1/√in, as PEFT's default (Kaiming, a = √5). `base`: folder that the adapter
 * belongs to.
 */
export function newAdapter(
  shapes: Shapes,
  settings: LoraSettings,
  towers: Towers,
  rng: Rng,
  base: string | undefined,
): Adapter {
  const modules = chooseModules(shapes, settings, towers);
  const weights = Object.entries(adapterShapes(shapes, modules)).map(([name, shape]): [string, Buffer] => {
    const data = new Float32Array(shape[0] * shape[1]);
    const draw = rng.fork(name);
    if (name.endsWith('lora_A.weight'))
      for (let i = 0; i < data.length; i++) data[i] = (2 * draw.next() - 1) / Math.sqrt(shape[1]);
    return [name, f32(data, shape)];
  });
  return { config: configOf(shapes, settings, towers, base), modules, weights: Object.fromEntries(weights) };
}

/** W += scale·B·A in place, module by module. */
export async function mergeAdapter(weights: Record<string, Buffer>, adapter: Adapter): Promise<void> {
  for (const [module, update] of adapter.modules)
    await mergeModule(
      weights[`${module}.weight`],
      adapter.weights[loraA(module)],
      adapter.weights[loraB(module)],
      update,
    );
}

async function mergeModule(w: Buffer, a: Buffer, b: Buffer, { scale }: LowRank): Promise<void> {
  const delta = matmul(input('b', b.shape), input('a', a.shape), { alpha: scale });
  const program = await compile({ merged: add(param('w', w.shape), delta) });
  const { merged } = await program.run({ w, a, b });
  (w.data as Float32Array).set(merged.data as Float32Array);
  await program.dispose();
}
