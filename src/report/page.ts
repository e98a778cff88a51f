// The page around a report: a self-contained HTML document of sections, and the small parts that pages are made of.
// Leaves out: any knowledge of what is reported. No scripts, no external resource: the file can be mailed.
import { type HtmlValue, html, rawHtml, type SafeHtml } from './html.ts';
import { pageCss } from './page-style.ts';

export interface PageSection {
  /** Anchor, letters and dashes. */
  readonly id: string;
  readonly title: string;
  readonly body: SafeHtml;
}

/** The whole document, from <!doctype html> on. Forbids itself scripts and foreign resources (Content-Security-Policy). */
export function renderPage(page: {
  title: string;
  lead: HtmlValue;
  sections: readonly PageSection[];
  footer: HtmlValue;
}): string {
  const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${page.title}</title>
<style>${rawHtml(pageCss)}</style>
</head>
<body>
<header>
<h1>${page.title}</h1>
${page.lead}
<nav aria-label="Sections">${page.sections.map(({ id, title }) => html`<a href="#${id}">${title}</a>`)}</nav>
</header>
<main>
${page.sections.map(({ id, title, body }) => html`<section id="${id}"><h2>${title}</h2>\n${body}</section>\n`)}
</main>
<footer>${page.footer}</footer>
</body>
</html>
`.markup;
}

/** A column: its head, and whether it holds numbers (set flush right). */
export interface Column {
  readonly head: HtmlValue;
  readonly number?: boolean;
  /** Room for a bar. */
  readonly wide?: boolean;
}

/** A table whose rows each start with their own heading; wide tables scroll inside their box. */
export function table(columns: readonly Column[], rows: readonly (readonly HtmlValue[])[]): SafeHtml {
  const kind = (column: Column) => (column.number ? 'number' : column.wide ? 'wide' : 'text');
  const head = columns.map((column) => html`<th scope="col" class="${kind(column)}">${column.head}</th>`);
  const line = (cells: readonly HtmlValue[]) =>
    cells.map((cell, i) =>
      i === 0 ? html`<th scope="row">${cell}</th>` : html`<td class="${kind(columns[i])}">${cell}</td>`,
    );
  return html`<div class="scroll"><table><thead><tr>${head}</tr></thead>
<tbody>${rows.map((cells) => html`<tr>${line(cells)}</tr>\n`)}</tbody></table></div>`;
}

/** Something to unfold. */
export const details = (summary: HtmlValue, body: HtmlValue): SafeHtml =>
  html`<details><summary>${summary}</summary>${body}</details>`;

/** A drawn figure with what it says in words for those who cannot see it, and an optional caption. */
export const figure = (svg: string, label: string, caption?: HtmlValue): SafeHtml =>
  html`<figure role="img" aria-label="${label}">${rawHtml(svg)}${caption ? html`<figcaption>${caption}</figcaption>` : null}</figure>`;

/** A bar of a share of its cell; `tone` colours it. */
export const bar = (share: number, tone: '' | 'good' | 'bad' = ''): SafeHtml =>
  html`<span class="bar ${tone}" style="width:${(100 * Math.min(1, Math.max(0, share))).toFixed(1)}%"></span>`;

export const tile = (value: HtmlValue, label: HtmlValue): SafeHtml =>
  html`<div class="tile"><b>${value}</b><span>${label}</span></div>`;
