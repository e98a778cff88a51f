// The report of an ablation, as Markdown and as a page: the paper's diagnostic tables with our numbers, intervals clustered by video, paired
// differences on the same questions, and the paper's own beside them. Leaves out: computing (recipes/ablate).
import type { AblationReport, AblationScore, AblationTable } from './ablation-data.ts';
import { type Bar, barsSpec, renderSvg } from './figures.ts';
import { html, type SafeHtml } from './html.ts';
import { figure, renderPage } from './page.ts';
import { publishedArms, publishedMean, publishedScale, publishedSource } from './published.ts';
import { htmlTable, intervalText, markdownTable, pointsText, shareText, type TextTable } from './text-table.ts';

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
const notesOf = ({ name }: AblationTable): readonly string[] => notes[name];

function samplesTable({ samples }: AblationReport): TextTable {
  return {
    head: ['seed', 'samples of GRPO', 'chains, refined', 'chains, unrefined', 'questions asked'],
    rows: samples.map(({ seed, rl, refined, unrefined, asked }) =>
      [seed, rl, refined, unrefined, asked].map((value) => value.toLocaleString('en')),
    ),
  };
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

const present = ({ tables }: AblationReport) => tables.filter(({ scores }) => scores.length > 0);

export function ablationMarkdown(report: AblationReport): string {
  const parts = present(report).flatMap((t) => [
    `### ${titles[t.name]}`,
    markdownTable(tableOf(t, report.seeds.length)),
    ...notesOf(t),
  ]);
  return `${[
    intro(report),
    legend,
    ...parts,
    '### Samples and time',
    markdownTable(samplesTable(report)),
    markdownTable(timeTable(report)),
    `Commands:\n\n${report.commands.map((command) => `    ${command}`).join('\n')}`,
  ].join('\n\n')}\n`;
}

async function barsOf({ scores, name }: AblationTable): Promise<SafeHtml | null> {
  const bars = scores.flatMap(({ label, think, direct }): Bar[] =>
    [
      { series: 'thinking', interval: think },
      { series: 'direct', interval: direct },
    ].flatMap(({ series, interval }) =>
      interval ? [{ label, series, value: interval.estimate, low: interval.low, high: interval.high }] : [],
    ),
  );
  if (bars.length === 0) return null;
  return figure(await renderSvg(barsSpec(bars, { width: 620 })), `${titles[name]}: accuracy with 95% intervals`);
}

async function sectionOf(t: AblationTable, seeds: number): Promise<SafeHtml> {
  const told = notesOf(t).map((note) => html`<p class="note">${note}</p>`);
  return html`${await barsOf(t)}${htmlTable(tableOf(t, seeds))}${told}`;
}

/** The page, without scripts or foreign resources. */
export async function renderAblationReport(report: AblationReport): Promise<string> {
  const sections = await Promise.all(
    present(report).map(async (t) => ({
      id: t.name,
      title: titles[t.name],
      body: await sectionOf(t, report.seeds.length),
    })),
  );
  const rest = [
    { id: 'samples', title: 'Samples', body: htmlTable(samplesTable(report)) },
    { id: 'time', title: 'Time', body: htmlTable(timeTable(report)) },
    {
      id: 'versions',
      title: 'Versions',
      body: htmlTable({ head: ['part', 'version'], rows: Object.entries(report.versions), words: [1] }),
    },
  ];
  return renderPage({
    title: 'VideoRFT ablation',
    lead: html`<p class="lead">${intro(report)}</p><p>${legend}</p><pre>${report.commands.join('\n')}</pre>`,
    sections: [...sections, ...rest],
    footer: html`The same tables are in ablation.md beside this file.`,
  });
}
