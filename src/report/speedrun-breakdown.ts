// Third part of the speedrun's page: accuracy by skill, answer type and question template; what the completions look like.
import { histogramSpec, renderSvg } from './figures.ts';
import { html, type SafeHtml } from './html.ts';
import { details, figure, table } from './page.ts';
import { reflectionRate } from './reflection.ts';
import type { EvaluationRow } from './speedrun-data.ts';
import { cell } from './speedrun-headline.ts';
import { histogram, mean, percentile } from './statistics.ts';
import { answered, breakdown } from './summarize.ts';
import { modelLabels, models, percent } from './summary.ts';
import { words } from './words.ts';

function groupTable(rows: readonly EvaluationRow[], field: 'skill' | 'problem_type' | 'kind', head: string): SafeHtml {
  const columns = [
    { head },
    { head: 'questions', number: true },
    ...models.map((model) => ({ head: modelLabels[model], number: true })),
  ];
  return table(
    columns,
    breakdown(rows, field).map(({ group, n, intervals }) => [
      group,
      n,
      ...models.map((model) => {
        const interval = intervals[model];
        return cell(interval?.estimate, interval && [interval.low, interval.high]);
      }),
    ]),
  );
}

function errorLine(rows: readonly EvaluationRow[]): SafeHtml | null {
  const failed = rows.filter((row) => row.error);
  if (failed.length === 0) return null;
  return html`<p class="bad">${failed.length} of ${rows.length} answers could not be obtained and are counted apart, not as wrong;
the first: ${failed[0].error}.</p>`;
}

/** Thinking, strict, for base, SFT and RFT: small groups have wide intervals, and the table shows them. */
export function breakdownSection(rows: readonly EvaluationRow[]): SafeHtml {
  return html`<p class="lead">Thinking, strict, in percent with 95% intervals. Small groups have wide intervals.</p>
${errorLine(rows)}
${groupTable(rows, 'skill', 'skill')}
${groupTable(rows, 'problem_type', 'answer type')}
${details('By question template', groupTable(rows, 'kind', 'template'))}`;
}

async function semanticFigures(rows: readonly EvaluationRow[]): Promise<SafeHtml[]> {
  const figures: SafeHtml[] = [];
  for (const model of models) {
    const values = answered(rows, model, 'think').flatMap((row) => row.semantic ?? []);
    if (values.length === 0) continue;
    const title = `R_s of ${modelLabels[model]} on held-out questions`;
    const label = `${title}: mean ${mean(values).toFixed(3)}, n = ${values.length}`;
    figures.push(figure(await renderSvg(histogramSpec(histogram(values, 20, [0, 1]), { title })), label));
  }
  return figures;
}

/** Length, re-checking and semantic reward of the thinking completions. */
export async function completionsSection(rows: readonly EvaluationRow[]): Promise<SafeHtml> {
  const lines = models.flatMap((model) => {
    const outputs = answered(rows, model, 'think').map((row) => row.output);
    if (outputs.length === 0) return [];
    const lengths = outputs.map((output) => words(output.replace(/<\/?\w+>/g, ' ')).length);
    const quantile = (q: number) => percentile(lengths, q).toFixed(0);
    return [
      [modelLabels[model], quantile(0.1), quantile(0.5), quantile(0.9), `${percent(reflectionRate(outputs).share)}%`],
    ];
  });
  const heads = ['', 'words, 10th percentile', 'median', '90th percentile', 're-checks itself'];
  return html`<p class="lead">Thinking completions on the held-out questions.
“Re-checks itself”: the share with a phrase such as “wait” or “let me check”.</p>
${table(
  heads.map((head, i) => ({ head, number: i > 0 })),
  lines,
)}
<div class="figures">${await semanticFigures(rows)}</div>`;
}
