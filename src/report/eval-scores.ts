// Scores of result files as sections: each result, beside the paper's Table 1, thinking against direct, by category, where the errors are.
import type { Block, Section } from './document.ts';
import type { EvalReport, PairData, ResultData, ScoreLine } from './eval-data.ts';
import { type Bar, barsSpec } from './figures.ts';
import { publishedBenchmarks, publishedModels, publishedSource } from './published.ts';
import { intervalText, pointsText, shareText, type TextTable } from './text-table.ts';

const modeName = ({ mode }: ResultData) => (mode === 'think' ? 'thinking' : 'direct');
const headline = ({ scores }: ResultData): ScoreLine =>
  scores.find(({ group }) => group.startsWith('benchmark ')) ?? scores[0];
const barOf = (label: string, series: string, { accuracy }: ScoreLine): Bar[] =>
  accuracy ? [{ label, series, value: accuracy.estimate, low: accuracy.low, high: accuracy.high }] : [];

/** "625", or "120 of 625" where rows of the benchmark are missing. */
const asked = ({ scores, expected }: ResultData): string =>
  expected !== null && expected !== scores[0].n ? `${scores[0].n} of ${expected}` : String(scores[0].n);

export function resultSection({ results, outcomes }: EvalReport): Section {
  const failed = outcomes.indexOf('error');
  const rows = results.map((result) => {
    const line = headline(result);
    return [
      ...[result.label, result.model, `${result.protocol}, ${modeName(result)}`, result.benchmark ?? 'own samples'],
      ...[asked(result), String(result.scores[0].outcomes[failed])],
      ...[intervalText(line.accuracy), intervalText(line.lenient), shareText(line.format)],
      line.semantic === null ? '–' : line.semantic.toFixed(3),
    ];
  });
  const head = ['', 'model', 'protocol', 'questions of', 'rows', 'errors', 'accuracy', 'lenient', 'in format', 'R_s'];
  const bars = results.flatMap((result) =>
    barOf(result.label.replace(/\.direct$/, ''), modeName(result), headline(result)),
  );
  return {
    id: 'result',
    title: 'Result',
    blocks: [
      {
        text: 'Accuracy in per cent under the protocol’s own scoring, over the rows without an error. Brackets: 95% intervals of a bootstrap that redraws whole videos, since questions share them. Lenient: an answer counts wherever it stands.',
      },
      ...(bars.length > 0 ? [{ figure: barsSpec(bars, { width: 620 }), label: 'Accuracy of every result' }] : []),
      { table: { head, rows, words: [1, 2, 3] } },
    ],
  };
}

interface OwnRow {
  readonly name: string;
  readonly byBenchmark: ReadonlyMap<string, string>;
}

/** Results of one model under one protocol and mode are one row. */
function ownRows(results: readonly ResultData[]): OwnRow[] {
  const nameOf = (result: ResultData) => `${result.model}, ${result.protocol}, ${modeName(result)}`;
  const cell = (result: ResultData) => {
    const partial =
      result.expected !== null && result.expected !== result.scores[0].n ? ` (${asked(result)} rows)` : '';
    return `${intervalText(headline(result).accuracy)}${partial}`;
  };
  const grouped = Map.groupBy(
    results.filter(({ benchmark }) => benchmark !== null),
    nameOf,
  );
  return [...grouped].map(([name, own]) => ({
    name,
    byBenchmark: new Map(own.map((result) => [result.benchmark ?? '', cell(result)])),
  }));
}

/** Undefined where nothing of the paper's benchmarks was asked. */
export function paperSection({ results }: EvalReport): Section | undefined {
  const own = ownRows(results);
  if (own.length === 0) return undefined;
  const published = publishedModels.map(({ name, scores }) => [name, ...scores.map((s) => s?.toFixed(1) ?? '–')]);
  const ours = own.map(({ name, byBenchmark }) => [
    name,
    ...publishedBenchmarks.map((benchmark) => byBenchmark.get(benchmark.name) ?? '–'),
  ]);
  const table: TextTable = {
    head: ['', ...publishedBenchmarks.map(({ title }) => title)],
    rows: [...ours, ...published],
  };
  return {
    id: 'paper',
    title: 'Beside the paper',
    blocks: [
      {
        text: `Ours first, then ${publishedSource}; the paper gives no intervals. VSI-Bench: mean of both answer types.`,
      },
      { table },
    ],
  };
}

function pairTable(pairs: readonly PairData[]): TextTable {
  const rows = pairs.map(({ label, paired }) =>
    paired === null
      ? [label, '0', ...Array.from({ length: 5 }, () => '–')]
      : [
          label,
          String(paired.difference.n),
          pointsText(paired.difference),
          paired.p < 0.001 ? '< 0.001' : paired.p.toFixed(3),
          ...[paired.better, paired.worse, paired.leftOut].map(String),
        ],
  );
  return { head: ['', 'questions', 'difference', 'p', 'better', 'worse', 'left out'], rows };
}

/** Thinking against direct answers, and every result against the first on its questions. */
export function pairSections({ pairs, unpaired }: EvalReport): Section[] {
  const direct = pairs.filter(({ kind }) => kind === 'thinking minus direct');
  const others = pairs.filter(({ kind }) => kind !== 'thinking minus direct');
  const text =
    'In points, question by question; p: permutation test that swaps the two video by video. Better and worse: questions with a higher or lower score. Left out: asked in one alone, or an error in one.';
  const missing = unpaired.map((label) => ({ note: `${label}: answering directly was not asked (--mode both).` }));
  const sections: Section[] = [];
  if (direct.length + missing.length > 0) {
    const table: Block[] = direct.length > 0 ? [{ text }, { table: pairTable(direct) }] : [];
    sections.push({ id: 'direct', title: 'Thinking minus direct', blocks: [...table, ...missing] });
  }
  if (others.length > 0)
    sections.push({
      id: 'against',
      title: 'Against the first result',
      blocks: [{ text }, { table: pairTable(others) }],
    });
  return sections;
}

/** Bars of more labels than these are left to the table. */
const MOST_BARS = 60;

/** 'category Biology' → its kind and its name. */
function partsOf(group: string): readonly [string, string] {
  const space = group.indexOf(' ');
  return space < 0 ? [group, group] : [group.slice(0, space), group.slice(space + 1)];
}

/** One kind of group of results on the same questions. */
function kindBlocks(kind: string, heading: string, results: readonly ResultData[]): Block[] {
  const lines = results.flatMap((result) =>
    result.scores.flatMap((line) => {
      const [own, name] = partsOf(line.group);
      return own === kind ? { result, line, name } : [];
    }),
  );
  const bars = lines.flatMap(({ result, line, name }) => barOf(name, result.label, line));
  const names = [...new Set(lines.map(({ name }) => name))];
  const rows = names.map((name) => {
    const own = lines.filter((line) => line.name === name);
    const of = (result: ResultData) => own.find((line) => line.result === result)?.line.accuracy;
    return [name, String(Math.max(...own.map(({ line }) => line.n))), ...results.map((r) => intervalText(of(r)))];
  });
  return [
    { heading },
    ...(bars.length > 0 && bars.length <= MOST_BARS
      ? [{ figure: barsSpec(bars, { width: 620 }), label: `Accuracy, ${heading}` }]
      : []),
    { table: { head: ['', 'questions', ...results.map(({ label }) => label)], rows } },
  ];
}

/** Scores by every group that the rows name: category, duration, skill, answer type; results on the same questions together. */
export function groupSection({ results }: EvalReport): Section {
  const sets = [...Map.groupBy(results, ({ questions }) => questions).values()];
  const blocks = sets.flatMap((own) => {
    const kinds = new Set(own.flatMap(({ scores }) => scores.map(({ group }) => partsOf(group)[0])));
    const title = own[0].benchmark ?? own.map(({ label }) => label).join(', ');
    return [...kinds]
      .filter((kind) => kind !== 'all' && kind !== 'benchmark')
      .flatMap((kind) => kindBlocks(kind, `${title}: by ${kind}`, own));
  });
  const text = 'Accuracy in per cent with 95% intervals; small groups have wide ones.';
  return { id: 'groups', title: 'By category', blocks: [{ text }, ...blocks] };
}

/** Every row's outcome, by group; and the errors by reason. */
export function errorSection({ results, outcomes }: EvalReport): Section {
  const blocks = results.flatMap((result): Block[] => {
    const rows = result.scores.map(({ group, n, outcomes: counts }) => [group, String(n), ...counts.map(String)]);
    const reasons = result.errors.map(({ reason, n }) => [reason, String(n)]);
    return [
      { heading: result.label },
      { table: { head: ['', 'rows', ...outcomes], rows } },
      ...(reasons.length > 0 ? [{ table: { head: ['error', 'rows'], rows: reasons } }] : []),
    ];
  });
  return {
    id: 'errors',
    title: 'Where the errors are',
    blocks: [
      {
        text: `Rows = ${outcomes.join(' + ')}. Unanswered: nothing can be read; refused: and it says so; truncated: cut off before an answer; these three score 0. Errors could not be asked, or their own solution cannot be read; they are in no score.`,
      },
      ...blocks,
    ],
  };
}
