// Adapters as PEFT keeps them: adapter_config.json and adapter_model.safetensors, both ways. What PEFT knows and this does not
// (DoRA, biases, modules saved whole, adapters of embeddings) is refused by name, never left out silently.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { VideorftError } from '../../base/errors.ts';
import { readTextIfPresent, statIfPresent } from '../../base/if-present.ts';
import { fromFloat32, openSafetensors, writeSafetensors } from '../../base/safetensors.ts';
import type { Buffer } from '../../engine/index.ts';
import { readWeights } from '../files.ts';
import { adapterShapes, type LowRank, type LowRankModules, loraA, loraB } from '../weights.ts';
import { lowRank } from './settings.ts';

export const ADAPTER_CONFIG = 'adapter_config.json';
export const ADAPTER_WEIGHTS = 'adapter_model.safetensors';
/** All that an adapter is. */
export const ADAPTER_FILES: readonly string[] = [ADAPTER_CONFIG, ADAPTER_WEIGHTS];

type Shapes = Readonly<Record<string, readonly number[]>>;

const pattern = z.record(z.string(), z.number().positive()).nullish();
const absent = z.union([z.null(), z.literal(false), z.array(z.unknown()).length(0), z.object({}).strict()]).optional();
/** Keys of PEFT's LoraConfig that change what is computed; others travel along. */
const peftConfig = z.looseObject({
  peft_type: z.literal('LORA'),
  base_model_name_or_path: z.string().nullish(),
  r: z.number().int().positive(),
  lora_alpha: z.number().positive(),
  use_rslora: z.boolean().nullish(),
  rank_pattern: pattern,
  alpha_pattern: pattern,
  bias: z.literal('none').optional(),
  use_dora: absent,
  fan_in_fan_out: absent,
  lora_bias: absent,
  modules_to_save: absent,
  trainable_token_indices: absent,
  target_parameters: absent,
  layer_replication: absent,
  megatron_config: absent,
  use_qalora: absent,
  alora_invocation_tokens: absent,
  arrow_config: absent,
});
export type PeftConfig = z.output<typeof peftConfig>;

export interface Adapter {
  readonly config: PeftConfig;
  readonly modules: LowRankModules;
  /** lora_A [r, in] and lora_B [out, r] of each module, by `loraA` and `loraB` of its published name. */
  readonly weights: Record<string, Buffer>;
}

/** Names of modules: as published ↔ as the current transformers has them, which PEFT's files follow. */
export interface ModuleNames {
  published(module: string): string;
  current(module: string): string;
}

function refuse(message: string, file: string, fix = 'copy or download the adapter again', cause?: unknown): never {
  throw new VideorftError(message, { code: 'lora-adapter', facts: { file }, fix, cause });
}

/** adapter_config.json of a folder; undefined where there is none. Throws 'lora-adapter' for one that cannot be followed. */
export async function readAdapterConfig(dir: string): Promise<PeftConfig | undefined> {
  const file = join(dir, ADAPTER_CONFIG);
  const text = await readTextIfPresent(file);
  if (text === undefined) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    refuse('the adapter configuration is not JSON', file, undefined, cause);
  }
  const parsed = peftConfig.safeParse(json);
  if (parsed.success) return parsed.data;
  const [{ path, message }] = parsed.error.issues;
  refuse(
    `the adapter has ${path.join('.') || 'a configuration'} that is not supported: ${message}`,
    file,
    'merge it with PEFT first',
  );
}

const PREFIX = 'base_model.model.';
const SUFFIX = /\.(lora_[AB])\.weight$/;

/** As PEFT matches keys of rank_pattern and alpha_pattern: the end of a module's name, as an expression. */
function fromPattern(patterns: PeftConfig['alpha_pattern'], names: readonly string[]): number | undefined {
  const match = Object.entries(patterns ?? {}).find(([key]) =>
    names.some((n) => new RegExp(`^(?:.*\\.)?(?:${key})$`).test(n)),
  );
  return match?.[1];
}

/** Module and half of an update by the name of its tensor in a file. Throws 'lora-adapter' for a tensor that is none. */
function halfOf(stored: string, file: string, names: ModuleNames): { module: string; name: string; isA: boolean } {
  const kind = SUFFIX.exec(stored);
  if (!kind || !stored.startsWith(PREFIX))
    refuse(`the adapter holds ${stored}, which is no low-rank update`, file, 'merge it with PEFT first');
  const module = names.published(stored.slice(PREFIX.length, kind.index));
  return { module, name: `${module}.${kind[1]}.weight`, isA: kind[1] === 'lora_A' };
}

/** The adapted modules, by the header of the adapter's file. */
async function modulesOf(
  file: string,
  config: PeftConfig,
  shapes: Shapes,
  names: ModuleNames,
): Promise<LowRankModules> {
  const modules = new Map<string, LowRank>();
  const reader = await openSafetensors(file);
  await reader.close();
  for (const stored of reader.names) {
    const { module, isA } = halfOf(stored, file, names);
    if (shapes[`${module}.weight`]?.length !== 2)
      refuse(
        `the model has no linear layer for the adapter's ${stored}`,
        file,
        'check that the adapter belongs to this base',
      );
    const alpha = fromPattern(config.alpha_pattern, [module, names.current(module)]) ?? config.lora_alpha;
    if (isA) modules.set(module, lowRank(reader.shape(stored)[0], alpha, config.use_rslora === true));
  }
  if (modules.size === 0) refuse('the adapter holds no update', file);
  return modules;
}

/** Reads the folder's tensors against the model's `shapes`. Errors: lora-adapter, model-weights, safetensors; all name the file. */
export async function readAdapter(
  dir: string,
  config: PeftConfig,
  shapes: Shapes,
  names: ModuleNames,
): Promise<Adapter> {
  const file = join(dir, ADAPTER_WEIGHTS);
  if (!(await statIfPresent(file)))
    refuse("the adapter's tensors are missing", file, 'adapters are read from safetensors: save it again with PEFT');
  const modules = await modulesOf(file, config, shapes, names);
  const nameOf = (stored: string) => halfOf(stored, file, names).name;
  return { config, modules, weights: await readWeights(file, adapterShapes(shapes, modules), nameOf) };
}

/** Writes both files. `values` by our names; more than the adapter's may be given. */
export async function writeAdapter(
  dir: string,
  { config, modules }: Adapter,
  values: Readonly<Record<string, Buffer>>,
  names: ModuleNames,
): Promise<void> {
  const tensor = (name: string) => fromFloat32(values[name].data as Float32Array, values[name].shape, 'F32');
  const tensors = [...modules.keys()].flatMap((module) =>
    [loraA(module), loraB(module)].map((name) => {
      const ending = name.slice(module.length);
      return [`${PREFIX}${names.current(module)}${ending}`, tensor(name)] as const;
    }),
  );
  await mkdir(dir, { recursive: true });
  await writeSafetensors(join(dir, ADAPTER_WEIGHTS), Object.fromEntries(tensors), { format: 'pt' });
  await writeFile(join(dir, ADAPTER_CONFIG), `${JSON.stringify(config, null, 2)}\n`);
}
