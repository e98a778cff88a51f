// The report of an ablation, as Markdown and as a page: the paper's diagnostic tables with our numbers, intervals clustered by video, paired
// differences on the same questions, and the paper's own beside them. Leaves out: computing (recipes/ablate).
import type { AblationReport, AblationScore, AblationTable } from './ablation-data.ts';
import type { ReportDocument, Section } from './document.ts';
import { type Bar, barsSpec } from './figures.ts';
import { publishedArms, publishedMean, publishedScale, publishedSource } from './published.ts';
import { intervalText, pointsText, shareText, type TextTable } from './text-table.ts';

const titles = {
  arms: 'What each part is worth',
  w: 'Scale w of the semantic reward',
  models: 'Base models',
} as const;

const fullMean = publishedMean(publishedArms.full);

/** The paper's mean over six benchmarks and its difference to full: "53.4 (-5.3)". */
function paperCell({ label }: AblationScore): string {
  const scores = publishedArms[label];
  if (!scores) return '–';
  const mean = publishedMean(scores);
  return label === 'full' ? mean.toFixed(1) : `${mean.toFixed(1)} (${(mean - fullMean).toFixed(1)})`;
}

const pText = (p: number | null) => (p === null ? '–' : p < 0.001 ? '< 0.001' : p.toFixed(p < 0.01 ? 3 : 2));

function tableOf({ name, scores }: AblationTable, seeds: number): TextTable {
  const paper = name === 'arms';
  const rows = scores.map((s) => {
    if (s.seeds.length === 0) return [s.label, 'not run', ...Array.from({ length: paper ? 8 : 7 }, () => '–')];
    const incomplete = s.seeds.length < seeds ? ` (${s.seeds.length} of ${seeds} seeds)` : '';
    return [
      `${s.label}${incomplete}`,
      `${s.n}${s.errors > 0 ? `, ${s.errors} errors` : ''}`,
      intervalText(s.think),
      pointsText(s.difference),
      pText(s.p),
      intervalText(s.direct),
      shareText(s.format),
      s.semantic === null ? '–' : s.semantic.toFixed(3),
      s.perSeed.map(shareText).join(', '),
      ...(paper ? [paperCell(s)] : []),
    ];
  });
  const to = name === 'models' ? 'minus the first full' : 'minus full';
  const head = ['', 'questions', 'thinking', to, 'p', 'direct', 'in format', 'R_s', 'by seed'];
  return { head: [...head, ...(paper ? ['paper (minus full)'] : [])], rows };
}

const intro = ({ seeds, steps, defaultW, models }: AblationReport) =>
  `Base model ${models[0]}; ${seeds.length} ${seeds.length === 1 ? 'seed' : 'seeds'} (${seeds.join(', ')}), each with a world, an order and samples of its own; ${steps} steps of GRPO an arm; w = ${defaultW} unless stated.`;

const legend =
  'Accuracy in per cent on held-out questions, the answer in its block. Brackets: 95% intervals of a bootstrap that redraws whole videos. Differences are paired, question by question; p: permutation test that swaps the models video by video. The intervals hold for these trained models: how much another training would differ shows between seeds alone. "No refinement" learns from the drafts that pass the same filter, of which there are fewer.';

const scaleNote = `The paper's means over six benchmarks for four rising values of w (the second is its default, w = 2; the others are lost in the text that we have): ${publishedScale.map((row) => publishedMean(row).toFixed(1)).join(', ')}. Its SigLIP gives lower cosines than a micro SigLIP that knows the micro-world's words, so equal values of w do not mean the same.`;

const paperNote = `The last column is the paper's mean over its six benchmarks (${publishedSource}): another model, other data, another scale. Only signs can be compared.`;

const notes = { arms: [paperNote], w: [scaleNote], models: [] } as const;

function samplesTable({ samples }: AblationReport): TextTable {
  return {
    head: ['seed', 'samples of GRPO', 'chains, refined', 'chains, unrefined', 'questions asked'],
    rows: samples.map(({ seed, rl, refined, unrefined, asked }) =>
      [seed, rl, refined, unrefined, asked].map((value) => value.toLocaleString('en')),
    ),
  };
}

/** What the thinking completions are like. */
function completionTable({ scores }: AblationTable): TextTable {
  const rows = scores.map(({ label, tokens, reflecting, lenient }) => [
    ...[label, tokens === null ? '–' : tokens.toFixed(1), shareText(reflecting), intervalText(lenient)],
  ]);
  return { head: ['', 'tokens', 're-check themselves', 'right wherever the answer stands'], rows };
}

const minutes = (seconds: number) => (seconds / 60).toFixed(1);

function timeTable({ seconds }: AblationReport): TextTable {
  const names = [...new Set(seconds.flatMap(({ parts }) => Object.keys(parts)))];
  const sums = seconds.map(({ parts }) => Object.values(parts).reduce((a, b) => a + b, 0));
  return {
    head: ['part, minutes', ...seconds.map(({ seed }) => `seed ${seed}`)],
    rows: [
      ...names.map((name) => [name, ...seconds.map(({ parts }) => (name in parts ? minutes(parts[name]) : '–'))]),
      ['all', ...sums.map(minutes)],
    ],
  };
}

const columnsOfBars = ({ scores }: AblationTable): Bar[] =>
  scores.flatMap(({ label, think, direct }) =>
    [
      { series: 'thinking', interval: think },
      { series: 'direct', interval: direct },
    ].flatMap(({ series, interval }) =>
      interval ? [{ label, series, value: interval.estimate, low: interval.low, high: interval.high }] : [],
    ),
  );

function sectionOf(t: AblationTable, seeds: number): Section {
  const bars = columnsOfBars(t);
  const label = `${titles[t.name]}: accuracy with 95% intervals`;
  return {
    id: t.name,
    title: titles[t.name],
    blocks: [
      ...(bars.length > 0 ? [{ figure: barsSpec(bars, { width: 620 }), label }] : []),
      { table: tableOf(t, seeds) },
      { table: completionTable(t), fold: 'What the completions are like' },
      ...notes[t.name].map((note) => ({ note })),
    ],
  };
}

/** The report, to be drawn as a page or written as Markdown. */
export function ablationDocument(report: AblationReport): ReportDocument {
  const tables = report.tables.filter(({ scores }) => scores.length > 0);
  const versions = { head: ['part', 'version'], rows: Object.entries(report.versions), words: [1] };
  return {
    title: 'VideoRFT ablation',
    lead: [intro(report), legend],
    commands: report.commands,
    sections: [
      ...tables.map((t) => sectionOf(t, report.seeds.length)),
      { id: 'samples', title: 'Samples', blocks: [{ table: samplesTable(report) }] },
      { id: 'time', title: 'Time', blocks: [{ table: timeTable(report) }] },
      { id: 'versions', title: 'Versions', blocks: [{ table: versions }] },
    ],
    footer: 'ablation.md and report.html hold the same tables.',
  };
}
