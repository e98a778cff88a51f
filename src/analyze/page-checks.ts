// Sections of the page about what was done and what is wrong: refinement, similarity of answers, duplicates; and how all of it was counted.
import { figure, html, renderSvg, type SafeHtml, sharesSpec, stackedBarsSpec, table } from '../report/index.ts';
import type { Analysis, SetAnalysis } from './analysis.ts';
import { BITS } from './fingerprint.ts';
import { beside, count, percent } from './page-kinds.ts';

async function refinementOf({ name, refinement }: SetAnalysis): Promise<SafeHtml | null> {
  if (!refinement) return null;
  const { samples, unreadable, changed, answersChanged, verdicts, kinds, corrections, words } = refinement;
  const parts = Object.entries(kinds).map(([label, n]) => ({ label, series: 'corrections', count: n }));
  const numbers = corrections.filter(({ count: n }) => n > 0);
  const bars = numbers.map(({ from, count: n }) => ({
    label: from === corrections.length - 1 ? `${from} or more` : String(from),
    series: 'samples',
    count: n,
  }));
  const kindsFigure =
    parts.length > 0 &&
    figure(
      await renderSvg(stackedBarsSpec(parts, { title: 'Corrections by kind', width: 490 })),
      'Corrections by kind',
    );
  const barsFigure = figure(
    await renderSvg(stackedBarsSpec(bars, { title: 'Samples by number of corrections', width: 490 })),
    'Samples by number of corrections',
  );
  const verdict = Object.entries(verdicts)
    .map(([what, n]) => `${what} ${count(n)}`)
    .join(', ');
  const before = Math.max(1, words.same + words.removed);
  return html`<h3>${name}</h3>
<p>${count(samples)} samples: ${verdict}.${unreadable > 0 && html` Rows of provenance.jsonl that cannot be read: ${count(unreadable)}.`} Refinement changed the reasoning of ${percent(changed / samples)} and the answer of ${percent(answersChanged / samples)}.
${words.same + words.removed > 0 && html`Of the drafts' words ${percent(words.same / before)} stayed; ${percent(words.removed / before)} went, and as many as ${percent(words.added / before)} of them came.`}</p>
${beside([kindsFigure, barsFigure])}`;
}

export async function refinementSection({ sets }: Analysis): Promise<SafeHtml> {
  return html`<p class="note">From provenance.jsonl. A correction is of the kind of the words that differ between claim and correction, by rules for English; “other” is mostly objects and actions.</p>
${await Promise.all(sets.map(refinementOf))}`;
}

export async function similaritySection({ sets }: Analysis): Promise<SafeHtml> {
  const drawn = sets.filter(({ similarities }) => similarities.length > 0);
  const bins = drawn.map(({ name, similarities }) => ({ name, bins: similarities }));
  const title = 'Open-ended answers: similarity to the reference';
  const spec = sharesSpec(bins, { title, xTitle: 'cosine of the text embeddings', width: 680 });
  const judged = drawn.map(
    ({ name, refinement }) => `${name}: ${refinement ? 'all that were judged' : 'those in the file'}`,
  );
  return html`${figure(await renderSvg(spec), title)}<p class="note">${judged.join('; ')}.</p>`;
}

function largestGroups({ name, near, nearIn }: SetAnalysis): SafeHtml | null {
  if (!near || near.groups.length === 0) return null;
  const shown = ({ size, lines }: (typeof near.groups)[number]) =>
    `${lines.slice(0, 8).map(count).join(', ')}${size > 8 ? ', …' : ''}`;
  return html`<details><summary>largest groups of near-duplicates in ${name} (${nearIn})</summary>
${table(
  [{ head: 'records', number: true }, { head: 'lines of the file' }],
  near.groups.map((group) => [count(group.size), shown(group)]),
)}</details>`;
}

export function duplicatesSection({ sets, sharedQuestions }: Analysis): SafeHtml {
  const rows = sets.map(({ name, questions, chains, near, nearIn }) => [
    name,
    count(questions.total),
    count(questions.total - questions.distinct),
    count(chains.total - chains.distinct),
    near ? `${count(near.redundant)} of ${count(near.compared)} (${nearIn})` : 'not asked',
  ]);
  const heads = ['samples', 'repeated questions', 'repeated reasoning', 'near-duplicates'];
  return html`<p>Repeated: the same text once more (a question with its media path). A near-duplicate is a record that is nearly the same as an earlier one.</p>
${table([{ head: 'set' }, ...heads.map((head) => ({ head, number: true }))], rows)}
${sharedQuestions !== null && html`<p>In both sets: ${count(sharedQuestions)} questions.</p>`}
${sets.map(largestGroups)}`;
}

export function methodSection({ sets }: Analysis): SafeHtml {
  const threshold = sets.find(({ near }) => near)?.near?.threshold;
  const bounds = sets.flatMap(({ name, words }) =>
    words
      ? [
          `${name}: ${words.error === 0 ? 'exact' : `too low by at most ${count(words.error)} of ${count(words.total)}`}`,
        ]
      : [],
  );
  return html`<p>Every record was read once; kept were counts, and per record 8 bytes for each exact comparison and 68 for near-duplicates.</p>
<ul><li>Words are runs of letters and digits, lower-cased; Chinese, Japanese and Thai by Unicode's segmentation.</li>
<li>Lengths are exact up to 65,536; longer ones count as that in the histogram, not in mean and maximum.</li>
${bounds.length > 0 && html`<li>Word counts are kept for as many words as fit (Misra and Gries, pruned in batches): ${bounds.join('; ')}.</li>`}
${
  threshold !== undefined &&
  html`<li>Near-duplicates: MinHash of runs of three words, 12 bands of 6 rows find candidates (97% of pairs with a Jaccard similarity of 0.8 meet, 17% of those with 0.5), and ${BITS} one-bit hashes estimate their similarity (standard error 0.05 at 0.8). Joined from ${threshold} on.</li>`
}
<li>Exact duplicates are told by 53 bits of SHA-256.</li></ul>`;
}
