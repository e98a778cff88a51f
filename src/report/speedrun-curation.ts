// Fourth part of the speedrun's page: where the samples went, why some were lost, and what refinement changes.
import { renderRevision, renderStrip } from './completion-view.ts';
import { html, type SafeHtml } from './html.ts';
import { bar, table } from './page.ts';
import type { CurationReport } from './speedrun-data.ts';

function funnel(curation: CurationReport): SafeHtml {
  const stages: [string, number, '' | 'good' | 'bad'][] = [
    ['in', curation.in, ''],
    ['described', curation.described, ''],
    ['reasoned', curation.reasoned, ''],
    ['refined', curation.refined, ''],
    ['kept', curation.kept, 'good'],
    ['rejected', curation.rejected, 'bad'],
    ['quarantined', curation.quarantined, 'bad'],
  ];
  const whole = Math.max(1, curation.in);
  return table(
    [{ head: 'stage' }, { head: 'samples', number: true }, { head: '', wide: true }],
    stages.map(([name, count, tone]) => [name, count, bar(count / whole, tone)]),
  );
}

function reasonTable(title: string, reasons: Readonly<Record<string, number>>): SafeHtml | null {
  const rows = Object.entries(reasons).sort((a, b) => b[1] - a[1]);
  if (rows.length === 0) return null;
  return html`<div><h3>${title}</h3>${table([{ head: 'reason' }, { head: 'samples', number: true }], rows)}</div>`;
}

const example = (item: CurationReport['examples'][number]): SafeHtml => html`<div class="card">
<h3>${item.problem}</h3>
<div class="meta">sample ${item.id} · reference answer: ${item.reference} · ${item.outcome}</div>
${renderStrip(item.frames)}
${renderRevision(item.draft, item.revision)}
</div>`;

/** Funnel, reasons, and drafts beside their revisions. */
export function curationSection(curation: CurationReport): SafeHtml {
  return html`<p>${curation.in} in = ${curation.kept} kept + ${curation.rejected} rejected + ${curation.quarantined} quarantined.
Rejected: the experts finished, and the filter found a wrong or dissimilar answer. Quarantined: the sample could not be processed.</p>
${funnel(curation)}
<div class="pair top">${reasonTable('Why samples were rejected', curation.rejectedReasons)}
${reasonTable('Why samples were quarantined', curation.quarantinedReasons)}</div>
${
  curation.examples.length > 0 &&
  html`<h3>What refinement changes</h3>
<p class="note">The blind reasoner's draft, as corrected by the model that sees the video: <del>removed</del>, <ins>added</ins>.</p>
${curation.examples.map(example)}`
}`;
}
