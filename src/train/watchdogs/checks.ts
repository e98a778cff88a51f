// What a GRPO run is watched for: each watchdog as a pure function over the metrics rows so far, with its bound and what to look at.
// Leaves out: warning and stopping (watch.ts), settings (config.ts).
import { mean } from '../../base/numbers.ts';

export type WatchedRow = Readonly<Record<string, number | string | boolean | null | undefined>>;

export interface Watchdog {
  /** What it guards against, for the help text. */
  readonly about: string;
  readonly bound: { readonly value: number; readonly about: string };
  /** What was found in the rows so far, oldest first, as the end of "…, above/for …"; undefined: nothing. */
  check(rows: readonly WatchedRow[], bound: number): string | undefined;
  /** What to look at. */
  readonly look: string;
}

/** Steps that shares and means are taken over, so that one odd step is no alarm. */
export const WINDOW = 5;

/** The measure's values in the last `count` rows; undefined where one of them has none. */
function last(rows: readonly WatchedRow[], measure: string, count = WINDOW): number[] | undefined {
  const values = rows.slice(-count).map((row) => row[measure]);
  return values.length === count && values.every((v) => typeof v === 'number') ? values : undefined;
}

/** A watchdog's check: the mean of a measure over the window is above the bound. */
function meanAbove(measure: string, what: string): Watchdog['check'] {
  return (rows, bound) => {
    const values = last(rows, measure);
    if (!values || mean(values) <= bound) return undefined;
    return `${what}: ${mean(values).toPrecision(3)} over ${WINDOW} steps, above ${bound}`;
  };
}

/** The most that a part can be; there, being constant is success, except for R_s, which then tells nothing apart. */
const parts = { format: 1, accuracy: 1, semantic: Number.POSITIVE_INFINITY } as const;

function constantPart(rows: readonly WatchedRow[], steps: number): string | undefined {
  for (const [part, best] of Object.entries(parts)) {
    const values = last(rows, part, Math.ceil(steps));
    if (!values || values[0] >= best) continue;
    if (values.every((v) => Math.abs(v - values[0]) < 1e-9))
      return `the ${part} reward has been ${values[0].toPrecision(3)} for ${steps} steps`;
  }
  return undefined;
}

/** Too early to tell a collapse from how the run began. */
const ENTROPY_STEPS = 2 * WINDOW;

function entropyCollapse(rows: readonly WatchedRow[], share: number): string | undefined {
  const now = last(rows, 'entropy');
  const first = rows.length >= ENTROPY_STEPS ? last(rows.slice(0, WINDOW), 'entropy') : undefined;
  // NaN is of a backend that cannot tell entropies: no collapse.
  if (!now || !first || !(mean(now) < share * mean(first))) return undefined;
  return `entropy fell from ${mean(first).toPrecision(3)} to ${mean(now).toPrecision(3)}, below ${share} of how it began`;
}

/** Questions that must have been met before a share of failures means anything. */
const FAILURES_OF = 20;

function decodeFailures(rows: readonly WatchedRow[], share: number): string | undefined {
  const failed = Number(rows.at(-1)?.setAside ?? 0);
  const met = failed + rows.reduce((n, row) => n + Number(row.questions ?? 0), 0);
  if (met < FAILURES_OF || failed <= share * met) return undefined;
  return `${failed} of ${met} questions could not be used (decoding, truth), above a share of ${share}`;
}

export const watchdogs = {
  constantPart: {
    about: 'A part of the reward that does not change.',
    bound: { value: 20, about: 'Steps for which a reward part may be constant (format and accuracy at 1 are fine).' },
    check: constantPart,
    look: 'read rollouts/: a part that never changes teaches nothing; check its truth, its embedder, w (saturation), or leave it out',
  },
  flatGroups: {
    about: 'Groups whose completions all have the same reward, which teach nothing.',
    bound: { value: 0.8, about: 'Largest share of groups without variance, mean of 5 steps.' },
    check: meanAbove('flatGroups', 'groups without variance'),
    look: 'questions are too easy or too hard for the model: mix others in, or raise temperature or groupSize',
  },
  truncated: {
    about: 'Completions that are cut off at the limit.',
    bound: { value: 0.5, about: 'Largest share of completions at maxTokens, mean of 5 steps.' },
    check: meanAbove('truncated', 'completions cut off at the limit'),
    look: 'raise maxTokens, or see in rollouts/ whether the model repeats itself and never closes </answer>',
  },
  kl: {
    about: 'A policy that runs away from its reference.',
    bound: { value: 1, about: 'Largest KL to the reference, nats per token, mean of 5 steps.' },
    check: meanAbove('kl', 'KL to the reference'),
    look: 'lower learningRate or raise beta, and read rollouts/ for text that earns reward without meaning',
  },
  logprobGap: {
    about: "A sampler whose log-probabilities are not the trainer's.",
    bound: { value: 0.1, about: 'Largest mean gap per token between sampler and trainer, nats, mean of 5 steps.' },
    check: meanAbove('logprobGapMean', 'gap between the log-probabilities of sampler and trainer'),
    look: 'the two run different weights, precision, or prompts: compare their versions and the tokens of one prompt',
  },
  entropy: {
    about: 'Completions that become all alike.',
    bound: { value: 0.2, about: 'Least entropy, as a share of the mean of the first 5 steps.' },
    check: entropyCollapse,
    look: 'lower learningRate, raise clipHigh or temperature, or stop here: this policy explores no more',
  },
  decodeFailures: {
    about: 'Samples that fail while the run goes on.',
    bound: { value: 0.05, about: 'Largest share of the questions met that may be set aside.' },
    check: decodeFailures,
    look: 'read setaside.jsonl: reason and file of each',
  },
  unreasoned: {
    about: 'Right answers without reasoning before them.',
    bound: { value: 0.3, about: 'Largest share of the right completions with no reasoning, mean of 5 steps.' },
    check: meanAbove('unreasoned', 'right answers without reasoning'),
    look: 'the model answers without thinking: start from an SFT model, and check that the format reward counts',
  },
} as const satisfies Record<string, Watchdog>;

export type WatchdogName = keyof typeof watchdogs;
export const watchdogNames = Object.keys(watchdogs) as WatchdogName[];
