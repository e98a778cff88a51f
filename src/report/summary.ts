// summary.json of a speedrun as one schema, and the same numbers as a table for the terminal.
// Leaves out: computing them from evaluation rows (summarize.ts) and the HTML (speedrun-report.ts).
import { z } from 'zod';

export const models = ['base', 'sft', 'rft'] as const;
export type ModelName = (typeof models)[number];

const share = z.number().min(0).max(1);
const count = z.number().int().nonnegative();
const interval = z.tuple([z.number(), z.number()]).refine(([low, high]) => low <= high, 'low must not exceed high');
const perModel = <T extends z.ZodType>(value: T) => z.object({ base: value, sft: value, rft: value });

export const curationCountsSchema = z
  .looseObject({ in: count, kept: count, rejected: count, quarantined: count })
  .refine((c) => c.in === c.kept + c.rejected + c.quarantined, 'in must equal kept + rejected + quarantined');

/**
 * All accuracies are shares in 0..1 on the same `n` held-out questions. `accuracy.base|sft|rft`: thinking, strict
 * extraction; `lenient`: thinking, an answer counts without its tags; `direct`: asked to answer without thinking, strict.
 * `ci95` repeats the keys of `accuracy` at its top level, and holds `lenient`, `direct` and the paired `rftMinusSft`.
 */
export const summarySchema = z.looseObject({
  /** Wall seconds of each stage, in the order the stages ran. */
  seconds: z.record(z.string(), z.number().nonnegative()),
  curation: curationCountsSchema,
  accuracy: perModel(share).extend({ blind: share, singleFrame: share, template: share.optional() }),
  lenient: perModel(share),
  direct: perModel(share),
  n: z.number().int().positive(),
  ci95: perModel(interval).extend({
    blind: interval,
    singleFrame: interval,
    template: interval.optional(),
    lenient: perModel(interval),
    direct: perModel(interval),
    /** Paired bootstrap over videos of accuracy.rft − accuracy.sft. */
    rftMinusSft: interval,
  }),
  /** Share of thinking completions in the exact format. */
  format: perModel(share),
  /** Mean semantic reward R_s of the thinking completions. */
  semantic: z.object({ sft: share, rft: share }),
  peakRssMb: z.number().nonnegative(),
  versions: z.record(z.string(), z.string()),
});
export type Summary = z.infer<typeof summarySchema>;

export const modelLabels: Readonly<Record<ModelName, string>> = { base: 'base', sft: 'SFT', rft: 'RFT' };
export const baselineLabels = {
  blind: 'trained blind',
  singleFrame: 'one frame',
  template: 'best per template',
} as const;

/** "61.3": a share as a percentage with one decimal. */
export const percent = (value: number): string => (100 * value).toFixed(1);

/** "61.3 [57.0, 65.5]": percent, with its interval in percent. */
export const percentWithInterval = (value: number, [low, high]: readonly [number, number]): string =>
  `${percent(value)} [${percent(low)}, ${percent(high)}]`;

/** "+3.1 [0.4, 5.9]": percentage points with a sign, and their interval. */
export function pointsWithInterval(value: number, bounds: readonly [number, number]): string {
  return `${value > 0 ? '+' : ''}${percentWithInterval(value, bounds)}`;
}

function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]))
      .join('   ')
      .trimEnd(),
  );
}

/**
 * The headline as plain text: base, SFT and RFT × thinking strict, thinking lenient and direct, the baselines below,
 * then the paired gain. No colours; at most 90 columns wide.
 */
export function terminalTable(summary: Summary): string {
  const { accuracy, lenient, direct, ci95 } = summary;
  const modelRows = models.map((model) => [
    modelLabels[model],
    percentWithInterval(accuracy[model], ci95[model]),
    percentWithInterval(lenient[model], ci95.lenient[model]),
    percentWithInterval(direct[model], ci95.direct[model]),
    percent(summary.format[model]),
  ]);
  const baselineRows = (['blind', 'singleFrame', 'template'] as const).flatMap((name) => {
    const [value, bounds] = [accuracy[name], ci95[name]];
    return value === undefined || bounds === undefined
      ? []
      : [[baselineLabels[name], percentWithInterval(value, bounds), '', '', '']];
  });
  const header = ['', 'thinking, strict', 'thinking, lenient', 'direct', 'format'];
  const lines = alignColumns([header, ...modelRows, ...baselineRows]);
  const rule = '─'.repeat(Math.max(...lines.map((line) => line.length)));
  const gain = pointsWithInterval(accuracy.rft - accuracy.sft, ci95.rftMinusSft);
  return [
    lines[0],
    rule,
    ...lines.slice(1, 1 + modelRows.length),
    rule,
    ...lines.slice(1 + modelRows.length),
    rule,
    `RFT − SFT: ${gain} points (thinking, strict; paired).`,
    `Accuracy in %, n = ${summary.n} held-out questions, 95% intervals from a bootstrap over videos.`,
  ].join('\n');
}
