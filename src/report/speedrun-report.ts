// The speedrun's report.html: one self-contained page from plain data. Its parts are in the speedrun-*.ts files.
// Leaves out: gathering the data (recipes) and writing the file (runs).
import { VideorftError } from '../base/errors.ts';
import { html } from './html.ts';
import { renderPage, table } from './page.ts';
import { breakdownSection, completionsSection } from './speedrun-breakdown.ts';
import { curationSection } from './speedrun-curation.ts';
import { type SpeedrunReportData, speedrunReportDataSchema } from './speedrun-data.ts';
import { baselinesSection, headlineSection, timeSection } from './speedrun-headline.ts';
import { grpoSection, sftSection } from './speedrun-learning.ts';
import { rolloutsSection } from './speedrun-rollouts.ts';

/** Checks the data; throws `report-data` with the place of the first thing that does not fit. */
function check(data: SpeedrunReportData): SpeedrunReportData {
  const result = speedrunReportDataSchema.safeParse(data);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new VideorftError('The report cannot be drawn from these data', {
    code: 'report-data',
    facts: { at: issue.path.join('.'), problem: issue.message, problems: result.error.issues.length },
    fix: 'Mend what writes this field; the schema is speedrunReportDataSchema.',
    cause: result.error,
  });
}

/**
 * The whole page as HTML, without scripts or external resources. Throws `report-data` when the data do not fit the schema
 * (counts that do not add up, a frame that is not a data URI, an accuracy outside 0..1).
 */
export async function renderSpeedrunReport(input: SpeedrunReportData): Promise<string> {
  const data = check(input);
  const { summary } = data;
  const versions = Object.entries(summary.versions);
  return renderPage({
    title: data.title,
    lead: html`<p class="lead">Curation, supervised fine-tuning and reinforcement fine-tuning (GRPO) of a video language model,
then evaluation on questions it has never met. Finished ${data.finishedAt} on ${data.machine}.</p>
<pre>${data.command}</pre>`,
    sections: [
      { id: 'result', title: 'Result', body: await headlineSection(data) },
      { id: 'baselines', title: 'Baselines', body: baselinesSection(summary) },
      { id: 'reinforcement', title: 'Learning: GRPO', body: await grpoSection(data.grpo) },
      { id: 'supervised', title: 'Learning: SFT', body: await sftSection(data.sft) },
      { id: 'breakdown', title: 'By skill and answer type', body: breakdownSection(data.evaluation) },
      { id: 'completions', title: 'Completions', body: await completionsSection(data.evaluation) },
      { id: 'curation', title: 'Curation', body: curationSection(data.curation) },
      { id: 'rollouts', title: 'Rollouts', body: rolloutsSection(data.rollouts) },
      { id: 'time', title: 'Time', body: timeSection(summary) },
      { id: 'versions', title: 'Versions', body: table([{ head: 'part' }, { head: 'version' }], versions) },
    ],
    footer: html`Made by <code>${data.command}</code>. The same numbers are in summary.json beside this file.`,
  });
}
