// Sections of the page about what is asked and how long it is: the paper's Fig. 2 and Fig. 4 (a, c). Leaves out: words (page-words.ts).
import {
  figure,
  groupedBarsSpec,
  type HtmlValue,
  html,
  renderSvg,
  type SafeHtml,
  sharesSpec,
  stackedBarsSpec,
  table,
  tile,
} from '../report/index.ts';
import type { Analysis, Lengths, SetAnalysis } from './analysis.ts';
import { total } from './tallies.ts';

export const count = (n: number): string => n.toLocaleString('en-US');
export const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;

/** A set's columns beside each other, under its name. */
export function beside(parts: readonly HtmlValue[]): SafeHtml {
  const there = parts.filter((part) => part !== null && part !== false);
  return html`<div class="${there.length > 1 ? 'beside' : 'alone'}">${there}</div>`;
}

export function glance({ sets, sharedQuestions }: Analysis): SafeHtml {
  const tiles = sets.map((set) => {
    const words = set.reasoningWords?.summary;
    return html`${sets.length > 1 && html`<h3>${set.name}</h3>`}<div class="tiles">
${tile(count(set.entries), 'samples')}
${tile(words ? count(words.median) : 'none', 'words of reasoning (median)')}
${tile(percent(set.reflections.reflecting / Math.max(1, set.reflections.texts)), 'of it looks again (reflection)')}
${tile(count(set.questions.total - set.questions.distinct), 'repeated questions')}
${tile(set.near ? count(set.near.redundant) : 'not asked', `near-duplicates (${set.nearIn})`)}</div>`;
  });
  const asides = sets.filter(({ records, entries }) => records > entries);
  return html`${tiles}
${asides.map(
  ({ name, records, entries, setAside }) =>
    html`<p>${name}: ${count(records)} records = ${count(entries)} samples + ${count(records - entries)} set aside (${Object.entries(
      setAside,
    )
      .map(([why, n]) => `${why}: ${count(n)}`)
      .join('; ')}).</p>`,
)}
${sharedQuestions !== null && html`<p>${count(sharedQuestions)} questions (same words, same media path) are in both sets.</p>`}`;
}

const partsOf = ({ kinds }: SetAnalysis) =>
  Object.entries(kinds).flatMap(([label, types]) =>
    Object.entries(types).map(([series, n]) => ({ label, series, count: n })),
  );

function sharesOf(set: SetAnalysis, by: 'skill' | 'type') {
  const groups = new Map<string, number>();
  for (const { label, series, count: n } of partsOf(set)) {
    const name = by === 'skill' ? label : series;
    groups.set(name, (groups.get(name) ?? 0) + n / set.entries);
  }
  return [...groups].map(([label, share]) => ({ label, series: set.name, count: share }));
}

async function kindsFigure(sets: readonly SetAnalysis[], types: readonly string[]): Promise<SafeHtml> {
  const [set] = sets;
  if (sets.length === 1) {
    const labels = Object.keys(set.kinds).sort((a, b) => total(set.kinds[b]) - total(set.kinds[a]));
    const spec = stackedBarsSpec(partsOf(set), { title: 'Samples by skill and answer type', labels, series: types });
    return figure(await renderSvg(spec), 'Samples by skill group, divided by answer type');
  }
  const series = sets.map(({ name }) => name);
  const figures = (['skill', 'type'] as const).map(async (by) => {
    const parts = sets.flatMap((each) => sharesOf(each, by));
    const title = by === 'skill' ? 'Share of samples by skill' : 'Share of samples by answer type';
    return figure(await renderSvg(groupedBarsSpec(parts, { title, width: 490, series, format: 'share' })), title);
  });
  return beside(await Promise.all(figures));
}

export async function kindsSection({ sets }: Analysis): Promise<SafeHtml> {
  const types = [...new Set(sets.flatMap((set) => partsOf(set).map(({ series }) => series)))].sort();
  const rows = sets.flatMap((set) =>
    Object.entries(set.kinds).map(([skill, tally]) => [
      ...(sets.length > 1 ? [set.name] : []),
      skill,
      ...types.map((type) => count(tally[type] ?? 0)),
      count(total(tally)),
      percent(total(tally) / set.entries),
    ]),
  );
  const numbers = [...types, 'all', 'share'].map((head) => ({ head, number: true }));
  const columns = [...(sets.length > 1 ? [{ head: 'set' }] : []), { head: 'skill' }, ...numbers];
  const tallied = (tally: Readonly<Record<string, number>>) =>
    Object.entries(tally)
      .slice(0, 12)
      .map(([name, n]) => `${name} ${count(n)}`)
      .join(', ');
  return html`${await kindsFigure(sets, types)}
${table(columns, rows)}
${sets.map((set) => html`<p class="note">${set.name}: media: ${tallied(set.media)}; sources: ${tallied(set.sources)}.</p>`)}`;
}

async function lengthFigure(sets: readonly [string, Lengths][], what: string, unit: string): Promise<SafeHtml> {
  const title = `Length of the ${what}`;
  const xTitle = `${unit}; what is longer than 99% is in the last bar`;
  const drawn = sets.map(([name, { bins }]) => ({ name, bins }));
  return figure(await renderSvg(sharesSpec(drawn, { title, xTitle, width: 490, height: 230 })), `${title}, in ${unit}`);
}

export async function lengthsSection({ sets }: Analysis): Promise<SafeHtml> {
  const kinds = [
    ['reasoningTokens', 'reasoning', 'tokens'],
    ['reasoningWords', 'reasoning', 'words'],
    ['questionWords', 'questions', 'words'],
  ] as const;
  const figures: SafeHtml[] = [];
  const rows: HtmlValue[][] = [];
  for (const [kind, what, unit] of kinds) {
    const found = sets.flatMap((set): [string, Lengths][] => {
      const lengths = set[kind];
      return lengths ? [[set.name, lengths]] : [];
    });
    if (found.length === 0) continue;
    figures.push(await lengthFigure(found, what, unit));
    for (const [name, { summary }] of found) {
      const { n, mean, min, p5, p25, median, p75, p95, max } = summary;
      rows.push([
        `${what}, ${unit}`,
        name,
        count(n),
        mean.toFixed(1),
        ...[min, p5, p25, median, p75, p95, max].map(count),
      ]);
    }
  }
  const heads = ['n', 'mean', 'min', '5%', '25%', 'median', '75%', '95%', 'max'];
  return html`${beside(figures)}
${table([{ head: 'of' }, { head: 'set' }, ...heads.map((head) => ({ head, number: true }))], rows)}`;
}
