// Reflection as a section: its rate, accuracy with and without it, what became of the answer before; of results, and by checkpoint of GRPO runs.
import { type AhaSummary, changes } from './aha.ts';
import type { Block, Section } from './document.ts';
import type { EvalReport, RunReflection } from './eval-data.ts';
import { curvesSpec } from './figures.ts';
import { reflectionRules } from './reflection.ts';
import { intervalText, pointsText, type TextTable } from './text-table.ts';

interface Line {
  readonly label: string;
  readonly summary: AhaSummary;
}

function rateTable(first: string, lines: readonly Line[]): TextTable {
  return {
    head: [first, 'thoughts', 'reflecting', 'share', 'with', 'without', 'with minus without'],
    rows: lines.map(({ label, summary: s }) => [
      ...[label, String(s.thoughts), String(s.reflecting), intervalText(s.share)],
      ...[intervalText(s.accuracyWith), intervalText(s.accuracyWithout), pointsText(s.difference)],
    ]),
  };
}

function changeTable(first: string, lines: readonly Line[]): TextTable {
  return {
    head: [first, 'reflecting', ...changes, 'net to right'],
    rows: lines.map(({ label, summary: s }) => [
      ...[label, String(s.reflecting), ...changes.map((change) => String(s.changes[change])), pointsText(s.net)],
    ]),
  };
}

export const reflectionTexts = [
  'A thought reflects where a phrase of the rules below stands in it: pausing, re-checking or correcting itself. With and without: accuracy in per cent of thoughts that do and that do not, with 95% intervals clustered by video. Their difference is a correlation, not an effect: questions that make a model hesitate may be harder, and nothing here holds that constant.',
  'Before and after: the last answer that the thought states before its first reflection, judged like the final one. Reflecting = the six columns together; not told: no answer was stated before, or it cannot be judged (free texts). Net: answers that became right minus those that became wrong, in points of those that are told.',
] as const;

/** The rules for people. */
export const rulesTable = (): TextTable => ({
  head: ['rule', 'kind', 'what'],
  words: [1, 2],
  rows: Object.entries(reflectionRules).map(([name, { kind, means }]) => [name, kind, means]),
});

/** Rates, and the changes where there is any reflection. */
export function reflectionBlocks(first: string, lines: readonly Line[]): Block[] {
  const some = lines.filter(({ summary }) => summary.reflecting > 0);
  return [
    { table: rateTable(first, lines) },
    ...(some.length > 0 ? [{ table: changeTable(first, some) }] : [{ note: 'No thought reflects.' }]),
  ];
}

/** Lines of a run's table at most; its figure has every checkpoint. */
const MOST_LINES = 24;

function runBlocks({ run, steps, all }: RunReflection): Block[] {
  const points = steps.map(({ step, summary }) => ({ step, value: summary.share?.estimate ?? 0 }));
  const title = 'share of rollouts that reflect';
  const stride = Math.ceil(steps.length / MOST_LINES);
  const shown = steps.filter((_, i) => i % stride === 0 || i === steps.length - 1);
  const left = shown.length < steps.length ? ` The table shows ${shown.length} of ${steps.length} checkpoints.` : '';
  const lines = shown.map(({ step, summary }) => ({ label: String(step), summary }));
  return [
    { heading: `${run}: by checkpoint` },
    {
      note: `Rollouts as they were sampled by the policy after so many steps of GRPO; with and without: accuracy reward.${left}`,
    },
    { figure: curvesSpec([{ name: title, points }], { title, domain: [0, 1] }), label: `${run}: ${title}` },
    ...reflectionBlocks('steps', [...lines, { label: `all ${steps.length}`, summary: all }]),
  ];
}

export function reflectionSection({ results, runs }: EvalReport): Section {
  const lines = results.flatMap(({ mode, label, reflection }) =>
    mode === 'think' ? [{ label, summary: reflection }] : [],
  );
  return {
    id: 'reflection',
    title: 'Reflection',
    blocks: [
      ...reflectionTexts.map((text) => ({ text })),
      ...(lines.length > 0 ? reflectionBlocks('', lines) : []),
      ...runs.flatMap(runBlocks),
      { table: rulesTable(), fold: 'The rules' },
    ],
  };
}
