// What an ablation will do and how long that takes: one line a model, from the rates that this folder has measured, else from those of the
// shipped model on two quiet cores. Another base's rates are not known before its first run. Leaves out: doing it (train.ts).
import { formatDuration } from '../../base/progress.ts';
import { columns } from '../../evaluate/index.ts';
import type { StageClock } from '../speedrun/clock.ts';
import { type Chains, type Outline, type Recipe, recipeKey, sftKey } from './arms.ts';
import type { AblateConfig } from './config.ts';

/** Seconds a unit of work, `npm start` of 2026-11-26 on two cores (LOG.md). */
const MICRO_RATES = { world: 0.0064, curate: 0.0053, sft: 0.029, grpo: 0.0273, evaluate: 0.0143 } as const;
/** Chains that the micro-world's curation keeps, of its questions. */
const KEPT: Readonly<Record<Chains, number>> = { refined: 0.35, unrefined: 0.19 };

type Kind = keyof typeof MICRO_RATES;

/** One part of the work: a line of the clock. */
export interface Unit {
  readonly name: string;
  readonly kind: Kind;
  /** Files, questions, chains, completions or answers. */
  readonly work: number;
  /** Index of its base model. */
  readonly base: number;
}

/** How much there is to learn and to ask; of the micro-world what its settings let expect. */
export interface Sizes {
  readonly chains: Readonly<Record<Chains, number>>;
  readonly asked: number;
}

export function expectedSizes({ world, evaluate }: AblateConfig): Sizes {
  const questions = world.train * world.questions;
  const asked = Math.min(evaluate.limit ?? Number.POSITIVE_INFINITY, world.heldOut * world.questions);
  return { chains: { refined: questions * KEPT.refined, unrefined: questions * KEPT.unrefined }, asked };
}

export const evaluationUnit = (key: string): string => `evaluate ${key}`;

function trainingUnits(recipe: Recipe, { sft, grpo }: AblateConfig, sizes: Sizes): Unit[] {
  const { base, chains, rewards } = recipe;
  const units: Unit[] = [];
  const name = sftKey(recipe);
  if (chains !== null && name !== undefined)
    units.push({ name, kind: 'sft', work: sft.epochs * sizes.chains[chains], base });
  if (rewards !== null)
    units.push({ name: recipeKey(recipe), kind: 'grpo', work: grpo.steps * grpo.questions * grpo.groupSize, base });
  return units;
}

/** In order; an SFT that several recipes share stands with the first. */
export function unitsOf({ recipes }: Outline, config: AblateConfig, sizes: Sizes): Unit[] {
  const { world, curated } = config;
  const inputs: Unit[] = [
    { name: 'world', kind: 'world', work: world.train + world.heldOut, base: 0 },
    { name: 'curate', kind: 'curate', work: world.train * world.questions, base: 0 },
  ];
  const all = [...recipes].flatMap(([key, recipe]) => [
    ...trainingUnits(recipe, config, sizes),
    { name: evaluationUnit(key), kind: 'evaluate' as const, work: 2 * sizes.asked, base: recipe.base },
  ]);
  return [...new Map([...(curated === undefined ? inputs : []), ...all].map((unit) => [unit.name, unit])).values()];
}

export interface Expected {
  readonly unit: Unit;
  /** Undefined: not known yet. 0: done. */
  readonly seconds: number | undefined;
}

/** Rates of this folder count before the shipped model's, which count for the shipped model alone. */
export function expectTimes(
  units: readonly Unit[],
  clock: Pick<StageClock, 'finished'>,
  isShipped: (base: number) => boolean,
): Expected[] {
  const rate = (kind: Kind, base: number): number | undefined => {
    const done = units.filter((u) => u.kind === kind && u.base === base && (clock.finished(u.name) ?? 0) > 0);
    const work = done.reduce((sum, { work }) => sum + work, 0);
    if (work > 0) return done.reduce((sum, { name }) => sum + (clock.finished(name) ?? 0), 0) / work;
    return kind === 'world' || kind === 'curate' || isShipped(base) ? MICRO_RATES[kind] : undefined;
  };
  return units.map((unit) => {
    if (clock.finished(unit.name) !== undefined) return { unit, seconds: 0 };
    const perUnit = rate(unit.kind, unit.base);
    return { unit, seconds: perUnit === undefined ? undefined : perUnit * unit.work };
  });
}

/** Sum of what is known; whether that is all. */
export function timeLeft(expected: readonly Expected[]): { readonly seconds: number; readonly known: boolean } {
  return {
    seconds: expected.reduce((sum, { seconds }) => sum + (seconds ?? 0), 0),
    known: expected.every(({ seconds }) => seconds !== undefined),
  };
}

/** The plan as lines: every unit with its time, and the sum. */
export function formatPlan(expected: readonly Expected[], out: string): string {
  const shown = (seconds: number | undefined) =>
    seconds === undefined ? 'not known yet' : seconds === 0 ? 'done' : formatDuration(seconds);
  const rows = expected.map(({ unit, seconds }) => [
    unit.kind === 'sft' || unit.kind === 'grpo' ? `${unit.kind} ${unit.name}` : unit.name,
    shown(seconds),
  ]);
  const { seconds, known } = timeLeft(expected);
  const more = known ? '' : ', and what is not known yet';
  return `plan of ${out}\n${columns([['part', 'expected'], ...rows, ['in all', `${formatDuration(seconds)}${more}`]])}`;
}
