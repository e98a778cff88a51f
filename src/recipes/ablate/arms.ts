// What an ablation trains: each arm, scale and base model as a recipe; equal recipes are trained once, and arms share their SFT.
// Pure. Leaves out: training (train.ts), time (plan.ts).
import type { RewardOptions } from '../../rewards/index.ts';

export const armNames = ['no-refinement', 'sft-only', 'rl-only', 'no-semantic', 'ungated', 'full'] as const;
export type ArmName = (typeof armNames)[number];

export type Chains = 'refined' | 'unrefined';

export interface Recipe {
  /** Which of the base models: 0 is the first. */
  readonly base: number;
  /** Chains of thought of SFT; null: none. */
  readonly chains: Chains | null;
  /** Rewards of GRPO; null: none. */
  readonly rewards: RewardOptions | null;
}

/** One row of a table: what it is called, and the recipe's key. */
export interface Entry {
  readonly table: 'arms' | 'w' | 'models';
  readonly label: string;
  readonly key: string;
  /** The row that it is compared with. */
  readonly against: string;
}

export interface Outline {
  /** By key, in the order in which they are trained. */
  readonly recipes: ReadonlyMap<string, Recipe>;
  readonly entries: readonly Entry[];
}

const withoutSemantic = { parts: { format: true, accuracy: true, semantic: false } } as const;

function armRecipe(arm: ArmName, w: number, base = 0): Recipe {
  const full: Recipe = { base, chains: 'refined', rewards: { w } };
  switch (arm) {
    case 'full':
      return full;
    case 'no-refinement':
      return { ...full, chains: 'unrefined' };
    case 'sft-only':
      return { ...full, rewards: null };
    case 'rl-only':
      return { ...full, chains: null };
    case 'no-semantic':
      return { ...full, rewards: withoutSemantic };
    case 'ungated':
      return { ...full, rewards: { w, gated: false } };
  }
}

/** The SFT that a recipe begins with: name of its run, undefined where there is none. */
export const sftKey = ({ base, chains }: Recipe): string | undefined =>
  chains === null ? undefined : `${prefix(base)}sft${chains === 'refined' ? '' : '-unrefined'}`;

const prefix = (base: number) => (base === 0 ? '' : `m${base + 1}-`);

/** A name that tells recipes apart: 'base', 'sft', 'grpo-w1', 'grpo-unrefined-w1', 'grpo-from-base-w1', 'm2-grpo-w1'. */
export function recipeKey(recipe: Recipe): string {
  const { base, chains, rewards } = recipe;
  if (rewards === null) return sftKey(recipe) ?? `${prefix(base)}base`;
  const from = chains === 'refined' ? '' : chains === 'unrefined' ? '-unrefined' : '-from-base';
  if (rewards.parts?.semantic === false) return `${prefix(base)}grpo${from}-no-semantic`;
  return `${prefix(base)}grpo${from}${rewards.gated === false ? '-ungated' : ''}-w${rewards.w}`;
}

export interface Wanted {
  readonly arms: readonly ArmName[];
  readonly w: readonly number[];
  /** Base models by the names that tables call them. */
  readonly models: readonly string[];
  /** The value of w that arms are trained under. */
  readonly defaultW: number;
}

/** Trained first: what everything is compared with; then in the order given. */
export function outline({ arms, w, models, defaultW }: Wanted): Outline {
  const recipes = new Map<string, Recipe>();
  const entries: Entry[] = [];
  const add = (table: Entry['table'], label: string, recipe: Recipe, against: string) => {
    const key = recipeKey(recipe);
    recipes.set(key, recipe);
    entries.push({ table, label, key, against });
  };
  const full = recipeKey(armRecipe('full', defaultW));
  add('arms', 'base', { base: 0, chains: null, rewards: null }, full);
  if (arms.includes('sft-only')) add('arms', 'sft-only', armRecipe('sft-only', defaultW), full);
  add('arms', 'full', armRecipe('full', defaultW), full);
  for (const arm of new Set(arms))
    if (arm !== 'full' && arm !== 'sft-only') add('arms', arm, armRecipe(arm, defaultW), full);
  for (const value of [...new Set(w)].sort((a, b) => a - b)) add('w', `w = ${value}`, armRecipe('full', value), full);
  if (models.length > 1)
    for (const [base, name] of models.entries()) {
      add(
        'models',
        `${name}: base`,
        { base, chains: null, rewards: null },
        recipeKey(armRecipe('full', defaultW, base)),
      );
      add('models', `${name}: full`, armRecipe('full', defaultW, base), full);
    }
  return { recipes, entries };
}
