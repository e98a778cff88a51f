// First part of the speedrun's page: what came out, with intervals, beside its baselines; where the time went.
import { barsSpec, renderSvg } from './figures.ts';
import { type HtmlValue, html, type SafeHtml } from './html.ts';
import { bar, figure, table, tile } from './page.ts';
import type { SpeedrunReportData } from './speedrun-data.ts';
import { baselineLabels, modelLabels, models, percent, pointsWithInterval, type Summary } from './summary.ts';

type Bounds = readonly [number, number];

/** "61.3 [57.0, 65.5]" with the interval in softer type; a dash where there is no number. */
export function cell(value: number | undefined, bounds: Bounds | undefined): SafeHtml {
  if (value === undefined) return html`–`;
  const interval = bounds ? html` <span class="interval">[${percent(bounds[0])}, ${percent(bounds[1])}]</span>` : null;
  return html`${percent(value)}${interval}`;
}

/** "2 min 05 s", "41 s", "0.4 s". */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  const rest = `${String(whole % 60).padStart(2, '0')} s`;
  return minutes < 60 ? `${minutes} min ${rest}` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

const totalSeconds = (summary: Summary) => Object.values(summary.seconds).reduce((a, b) => a + b, 0);

function accuracyTable({ accuracy, lenient, direct, ci95, format }: Summary): SafeHtml {
  const rows: HtmlValue[][] = models.map((model) => [
    modelLabels[model],
    cell(accuracy[model], ci95[model]),
    cell(lenient[model], ci95.lenient[model]),
    cell(direct[model], ci95.direct[model]),
    percent(format[model]),
  ]);
  const columns = ['', 'thinking, strict', 'thinking, lenient', 'direct', 'in format'];
  return table(
    columns.map((head, i) => ({ head, number: i > 0 })),
    rows,
  );
}

/** The numbers a reader came for: tiles, the table, and the same as bars. */
export async function headlineSection({ summary, notes }: SpeedrunReportData): Promise<SafeHtml> {
  const { accuracy, lenient, direct, ci95 } = summary;
  const svg = await renderSvg(
    barsSpec(
      models.flatMap((model) =>
        (
          [
            ['thinking, strict', accuracy[model], ci95[model]],
            ['thinking, lenient', lenient[model], ci95.lenient[model]],
            ['direct', direct[model], ci95.direct[model]],
          ] as const
        ).map(([series, value, [low, high]]) => ({ label: modelLabels[model], series, value, low, high })),
      ),
      {},
    ),
  );
  const gain = accuracy.rft - accuracy.sft;
  return html`<div class="tiles">
${tile(html`${percent(accuracy.rft)}%`, html`RFT, thinking <span class="interval">[${percent(ci95.rft[0])}, ${percent(ci95.rft[1])}]</span>`)}
${tile(html`${gain > 0 ? '+' : ''}${percent(gain)}`, html`points, RFT over SFT <span class="interval">[${percent(ci95.rftMinusSft[0])}, ${percent(ci95.rftMinusSft[1])}], paired</span>`)}
${tile(duration(totalSeconds(summary)), 'all stages')}
${tile(html`${(summary.peakRssMb / 1024).toFixed(1)} GiB`, 'peak memory')}
</div>
<p>Accuracy in percent on the same ${summary.n} held-out questions. Brackets are 95% intervals from a bootstrap that redraws
whole videos; the gain of RFT over SFT is paired, question by question:
${pointsWithInterval(gain, ci95.rftMinusSft)} points.
Strict: the answer must stand in its tags. Lenient: an answer counts wherever it stands, so that format does not pass for reasoning.</p>
<div class="pair">${accuracyTable(summary)}
${figure(svg, 'Accuracy of base, SFT and RFT in three modes, with 95% intervals')}</div>
${notes.map((note) => html`<p class="note">${note}</p>`)}`;
}

/** How far one gets without the video, or with a single frame of it. */
export function baselinesSection({ accuracy, ci95 }: Summary): SafeHtml {
  const what = {
    blind: 'the same model, SFT-trained without frames',
    singleFrame: 'the same model, SFT-trained on one repeated frame',
    template: 'the best constant answer per question template, learnt from the training set',
  } as const;
  const rows = (['template', 'blind', 'singleFrame'] as const)
    .filter((name) => accuracy[name] !== undefined)
    .map((name) => [baselineLabels[name], what[name], cell(accuracy[name], ci95[name])]);
  const compare = (['sft', 'rft'] as const).map((model) => [
    modelLabels[model],
    'for comparison: thinking, strict',
    cell(accuracy[model], ci95[model]),
  ]);
  return html`<p>What the questions give away without the video: the distance between these rows and SFT is what seeing is worth.</p>
${table([{ head: '' }, { head: 'what it is' }, { head: 'accuracy', number: true }], [...rows, ...compare])}`;
}

/** Wall time of each stage. */
export function timeSection(summary: Summary): SafeHtml {
  const total = totalSeconds(summary);
  const longest = Math.max(...Object.values(summary.seconds), 1e-9);
  const rows = Object.entries(summary.seconds).map(([stage, seconds]) => [
    stage,
    duration(seconds),
    `${percent(seconds / Math.max(total, 1e-9))}%`,
    bar(seconds / longest),
  ]);
  const columns = [
    { head: 'stage' },
    { head: 'time', number: true },
    { head: 'share', number: true },
    { head: '', wide: true },
  ];
  return table(columns, [...rows, ['all', duration(total), '100%', null]]);
}
