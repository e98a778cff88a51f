// Whether reflection pays: its rate, accuracy with and without it, and what became of the answer that stood before it. Counts add up:
// reflecting = kept right + kept wrong + to right + to wrong + to another wrong one + not told. Leaves out: finding reflections and answers.
import { accuracyInterval, clusterBootstrap } from './bootstrap.ts';
import { groupDifference } from './group-bootstrap.ts';
import type { ReflectionKind } from './reflection.ts';
import type { Interval } from './statistics.ts';

export const changes = [
  'kept right',
  'kept wrong',
  'to right',
  'to wrong',
  'to another wrong one',
  'not told',
] as const;
/** What became of the answer that stood before the first reflection; 'not told': none stood there that can be judged. */
export type Change = (typeof changes)[number];

/** One answered thought. */
export interface Thought {
  /** The video. */
  readonly cluster: string;
  /** Of the final answer, 0 to 1. */
  readonly score: number;
  readonly kinds: readonly ReflectionKind[];
  /** Undefined where there is no reflection. */
  readonly change: Change | undefined;
}

export interface AhaSummary {
  /** Thoughts that were answered = with + without reflection. */
  readonly thoughts: number;
  readonly reflecting: number;
  readonly share: Interval | null;
  readonly perThought: number;
  /** Thoughts with at least one of the kind. */
  readonly kinds: Readonly<Record<ReflectionKind, number>>;
  readonly accuracyWith: Interval | null;
  readonly accuracyWithout: Interval | null;
  /** With minus without: a correlation. */
  readonly difference: Interval | null;
  readonly changes: Readonly<Record<Change, number>>;
  /** Answers that became right minus those that became wrong, of the thoughts whose earlier answer is told. Null where these are of one video or none. */
  readonly net: Interval | null;
}

const none: Readonly<Record<ReflectionKind, number>> = { pause: 0, 're-check': 0, correction: 0 };
const worth: Partial<Record<Change, number>> = { 'to right': 1, 'to wrong': -1 };

const accuracyOf = (thoughts: readonly Thought[]) =>
  thoughts.length === 0 ? null : accuracyInterval(thoughts.map(({ cluster, score }) => ({ cluster, value: score })));

export function summarizeReflection(thoughts: readonly Thought[]): AhaSummary {
  const reflecting = thoughts.filter(({ kinds }) => kinds.length > 0);
  const kinds = { ...none };
  for (const thought of reflecting) for (const kind of new Set(thought.kinds)) kinds[kind]++;
  const told = reflecting.filter(({ change }) => change !== undefined && change !== 'not told');
  const counted = Object.fromEntries(
    changes.map((name) => [name, reflecting.filter(({ change }) => (change ?? 'not told') === name).length]),
  );
  const inGroup = ({ kinds: own }: Thought) => own.length > 0;
  const grouped = thoughts.map((t) => ({ cluster: t.cluster, value: t.score, group: inGroup(t) ? 'with' : 'without' }));
  return {
    thoughts: thoughts.length,
    reflecting: reflecting.length,
    share:
      thoughts.length === 0
        ? null
        : accuracyInterval(thoughts.map((t) => ({ cluster: t.cluster, value: inGroup(t) ? 1 : 0 }))),
    perThought: thoughts.reduce((sum, t) => sum + t.kinds.length, 0) / Math.max(1, thoughts.length),
    kinds,
    accuracyWith: accuracyOf(reflecting),
    accuracyWithout: accuracyOf(thoughts.filter((t) => !inGroup(t))),
    difference: groupDifference(grouped, 'with', 'without') ?? null,
    changes: counted as Record<Change, number>,
    net:
      new Set(told.map(({ cluster }) => cluster)).size < 2
        ? null
        : clusterBootstrap(told.map(({ cluster, change }) => ({ cluster, value: worth[change ?? 'not told'] ?? 0 }))),
  };
}
