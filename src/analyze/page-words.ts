// Sections of the page about words: clouds (the paper's Fig. 4 b, d), what tells two sets apart, reflection.
import { figure, html, renderSvg, type SafeHtml, stackedBarsSpec, table } from '../report/index.ts';
import { wordCloudSvg } from '../report/word-cloud.ts';
import type { Analysis, Distinction, SetAnalysis } from './analysis.ts';
import { beside, count, percent } from './page-kinds.ts';

function cloud({ name, words }: SetAnalysis, size: { width: number; height: number }): SafeHtml | null {
  if (!words) return null;
  const svg = wordCloudSvg(words.top, size);
  const most = words.top.slice(0, 8).map(({ word }) => word);
  return figure(
    svg,
    `Most frequent words of ${name}: ${most.join(', ')}`,
    html`${name}: ${count(words.total)} words, ${count(words.distinct)} different${words.error > 0 && html` (rare ones given up; counts too low by at most ${count(words.error)})`}. Most frequent: ${most.join(', ')}.`,
  );
}

export function cloudsSection({ sets }: Analysis): SafeHtml {
  return html`<p class="note">Words of the reasoning, by area as frequent as they occur; function words and bare numbers are left out.</p>
${beside(sets.map((set) => cloud(set, sets.length > 1 ? { width: 490, height: 330 } : { width: 760, height: 380 })))}`;
}

const perMillion = (n: number): string => (n >= 100 ? count(Math.round(n)) : n.toPrecision(2));

async function distinctionFigure({ first, second, ofFirst, ofSecond }: Distinction): Promise<SafeHtml> {
  const parts = [
    ...ofFirst.map(({ word, z }) => ({ label: word, series: first, count: z })),
    ...ofSecond.toReversed().map(({ word, z }) => ({ label: word, series: second, count: z })),
  ];
  const title = `What tells them apart: ${first} (right), ${second} (left)`;
  const spec = stackedBarsSpec(parts, { title, series: [first, second], rowHeight: 17, width: 620 });
  const rows = [...ofFirst, ...ofSecond.toReversed()].map(({ word, z, first: a, second: b }) => [
    word,
    z.toFixed(1),
    perMillion(a),
    perMillion(b),
  ]);
  const heads = ['z', `per million, ${first}`, `per million, ${second}`];
  return html`${figure(await renderSvg(spec), title, 'Log-odds ratio in standard deviations.')}
<details><summary>the numbers</summary>${table([{ head: 'word' }, ...heads.map((head) => ({ head, number: true }))], rows)}</details>`;
}

export async function distinctiveSection({ distinctions }: Analysis): Promise<SafeHtml> {
  const drawn = distinctions.filter(({ ofFirst, ofSecond }) => ofFirst.length + ofSecond.length > 0);
  const figures = await Promise.all(drawn.map(distinctionFigure));
  if (figures.length === 0) {
    return html`<p>Nothing to compare: one set without drafts, or no word that differs beyond chance (|z| > 1.96). Give a second set: <code>videorft analyze A B</code>.</p>`;
  }
  return html`<p class="note">Log-odds ratio with an informative Dirichlet prior (Monroe, Colaresi and Quinn 2008): the prior is both together, as strong as a tenth of the smaller, at most 1,000 words. Only |z| > 1.96.</p>${figures}`;
}

/** Names of rules as words: lookAgain → look again. */
const spelled = (rule: string): string => rule.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

function reflectionRows({ name, reflections, draftReflections }: SetAnalysis) {
  const row = (who: string, { texts, reflecting, found, byRule }: SetAnalysis['reflections']) =>
    texts === 0
      ? []
      : [
          [
            who,
            count(texts),
            percent(reflecting / texts),
            (found / texts).toFixed(2),
            Object.entries(byRule)
              .map(([rule, n]) => `${spelled(rule)} ${count(n)}`)
              .join(', '),
          ],
        ];
  return [...row(name, reflections), ...row(`${name}: drafts`, draftReflections)];
}

export function reflectionSection({ sets }: Analysis): SafeHtml {
  const columns = [
    { head: 'reasoning of' },
    { head: 'texts', number: true },
    { head: 'with reflection', number: true },
    { head: 'per text', number: true },
    { head: 'by rule' },
  ];
  const phrases = sets.flatMap(({ name, reflections }) =>
    Object.keys(reflections.phrases).length === 0
      ? []
      : [
          html`<p class="note">${name}: ${Object.entries(reflections.phrases)
            .map(([phrase, n]) => `“${phrase}” ${count(n)}`)
            .join(', ')}.</p>`,
        ],
  );
  return html`<p>Phrases by which reasoning stops and checks itself ("aha moments"), by rule; English and Chinese.</p>
${table(columns, sets.flatMap(reflectionRows))}${phrases}`;
}
