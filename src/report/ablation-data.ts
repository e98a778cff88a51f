// What an ablation hands to its report: plain data, from one seed or several. Leaves out: how it was computed (recipes/ablate) and how it looks.
import type { Interval } from './statistics.ts';

export interface AblationScore {
  readonly label: string;
  /** Seeds whose rows are complete; none: not run. */
  readonly seeds: readonly number[];
  /** Questions of all these seeds = answered thinking + errors. */
  readonly n: number;
  readonly errors: number;
  /** Thinking, the answer in its block; wherever it stands; answering directly. Null: not run. */
  readonly think: Interval | null;
  readonly lenient: Interval | null;
  readonly direct: Interval | null;
  /** Shares; mean R_s; mean tokens; of thinking completions. */
  readonly format: number | null;
  readonly semantic: number | null;
  readonly tokens: number | null;
  readonly reflecting: number | null;
  /** Thinking, minus the row it is compared with, on the same questions; p of the sign-flip test. Null for that row itself. */
  readonly difference: Interval | null;
  readonly p: number | null;
  readonly perSeed: readonly number[];
}

export interface AblationTable {
  readonly name: 'arms' | 'w' | 'models';
  readonly scores: readonly AblationScore[];
}

export interface AblationReport {
  readonly seeds: readonly number[];
  readonly commands: readonly string[];
  readonly models: readonly string[];
  /** Steps of GRPO, and the w of all arms but those of the second table. */
  readonly steps: number;
  readonly defaultW: number;
  /** By seed: samples of GRPO, chains with and without refinement, questions asked. */
  readonly samples: readonly { seed: number; rl: number; refined: number; unrefined: number; asked: number }[];
  readonly tables: readonly AblationTable[];
  readonly versions: Readonly<Record<string, string>>;
  /** Wall seconds of each part, by seed. */
  readonly seconds: readonly { seed: number; parts: Readonly<Record<string, number>> }[];
}
