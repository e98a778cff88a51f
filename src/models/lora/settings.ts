// Which linear layers an adapter changes and how much: the settings of a new one, and the modules that they choose in a model.
// LoRA (arXiv 2106.09685); scale α/r, or α/√r with rslora (arXiv 2312.03732). Leaves out: dropout, DoRA, biases, embeddings.
import { z } from 'zod';
import { VideorftError } from '../../base/errors.ts';
import { suggestionFix } from '../../base/suggest.ts';
import type { LowRank, LowRankModules } from '../weights.ts';

export const towerNames = ['language', 'vision'] as const;
export type TowerName = (typeof towerNames)[number];

export const loraSchema = z.strictObject({
  rank: z
    .number()
    .int()
    .min(0)
    .default(0)
    .describe('Rank r of the update of each layer; 0: no adapter, all weights are trained.'),
  alpha: z.number().positive().default(32).describe('α: updates are multiplied by α/r.'),
  rslora: z.boolean().default(false).describe('Multiply by α/√r in place of α/r.'),
  targets: z
    .array(z.string())
    .min(1)
    .default(['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'])
    .describe('Linear layers by the end of their names; all-linear: all but the head.'),
  towers: z.array(z.enum(towerNames)).min(1).default(['language']).describe('Towers whose layers are meant.'),
});
export type LoraSettings = z.output<typeof loraSchema>;

type Shapes = Readonly<Record<string, readonly number[]>>;

/** How a model's towers are told apart. */
export interface Towers {
  /** Of a module, by published name. */
  towerOf(module: string): TowerName;
  /** A regular expression for the beginnings of the names of a tower's modules, in every generation of transformers. */
  readonly patterns: Readonly<Record<TowerName, string>>;
}

export const ALL_LINEAR = 'all-linear';
const HEAD = 'lm_head';

/** Modules with a weight of two axes that is not a table of embeddings. */
export const linearModules = (shapes: Shapes): string[] =>
  Object.entries(shapes)
    .filter(([name, shape]) => shape.length === 2 && name.endsWith('.weight') && !name.includes('embed_tokens'))
    .map(([name]) => name.slice(0, -'.weight'.length));

const endsWith = (module: string, target: string) => module === target || module.endsWith(`.${target}`);
const lastPart = (module: string) => module.slice(module.lastIndexOf('.') + 1);

const wanted = (module: string, { targets }: LoraSettings) =>
  targets.includes(ALL_LINEAR) ? module !== HEAD : targets.some((t) => endsWith(module, t));

/** r, α and their scale. */
export const lowRank = (rank: number, alpha: number, rslora: boolean): LowRank => ({
  rank,
  scale: alpha / (rslora ? Math.sqrt(rank) : rank),
});

/** The modules that `settings` choose. Throws 'lora-targets' for a target that names none. */
export function chooseModules(shapes: Shapes, settings: LoraSettings, { towerOf }: Towers): LowRankModules {
  const candidates = linearModules(shapes).filter((m) => settings.towers.includes(towerOf(m)));
  for (const target of settings.targets) {
    if (target === ALL_LINEAR || candidates.some((m) => endsWith(m, target))) continue;
    throw new VideorftError(`no linear layer of the ${settings.towers.join(' or ')} tower is called ${target}`, {
      code: 'lora-targets',
      fix: suggestionFix(target, [...new Set(candidates.map(lastPart)), ALL_LINEAR]),
    });
  }
  const update = lowRank(settings.rank, settings.alpha, settings.rslora);
  return new Map(candidates.filter((m) => wanted(m, settings)).map((m) => [m, update]));
}

const escaped = (text: string) => text.replaceAll(/[.\\+*?^$()[\]{}|]/g, String.raw`\$&`);

/**
 * `target_modules` of PEFT for what `settings` choose: a list of endings, or an expression for the whole name where the endings alone
 * would also meet the other tower.
 */
export function targetModules(shapes: Shapes, settings: LoraSettings, towers: Towers): string[] | string {
  const chosen = chooseModules(shapes, settings, towers);
  const endings = settings.targets.includes(ALL_LINEAR)
    ? [...new Set([...chosen.keys()].map(lastPart))]
    : settings.targets;
  const met = linearModules(shapes).filter((m) => endings.some((t) => endsWith(m, t)));
  if (met.length === chosen.size) return [...endings];
  const starts = settings.towers.map((t) => towers.patterns[t]).join('|');
  return `(?:${starts})(?:.*\\.)?(?:${endings.map(escaped).join('|')})`;
}
