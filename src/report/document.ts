// A report in two forms from one description: sections of sentences, tables and figures, as a page and as Markdown. What stands on the page
// alone (pictures) says so; figures are in the Markdown where they lie beside it as files. Leaves out: what is reported.
import type { TopLevelSpec } from 'vega-lite';
import { renderSvg } from './figures.ts';
import { html, type SafeHtml } from './html.ts';
import { details, figure, renderPage } from './page.ts';
import { htmlTable, markdownTable, type TextTable } from './text-table.ts';

export type Block =
  | { readonly text: string }
  | { readonly note: string }
  | { readonly heading: string }
  /** With `fold`: unfolded by a click. */
  | { readonly table: TextTable; readonly fold?: string }
  | { readonly figure: TopLevelSpec; readonly label: string }
  /** Another form of the same on the page and in the Markdown. */
  | { readonly page: SafeHtml; readonly markdown: string };

export interface Section {
  /** Anchor, letters and dashes. */
  readonly id: string;
  readonly title: string;
  readonly blocks: readonly Block[];
}

export interface ReportDocument {
  readonly title: string;
  readonly lead: readonly string[];
  readonly commands: readonly string[];
  readonly sections: readonly Section[];
  readonly footer: string;
}

async function blockHtml(block: Block): Promise<SafeHtml> {
  if ('text' in block) return html`<p>${block.text}</p>\n`;
  if ('note' in block) return html`<p class="note">${block.note}</p>\n`;
  if ('heading' in block) return html`<h3>${block.heading}</h3>\n`;
  if ('figure' in block) return figure(await renderSvg(block.figure), block.label);
  if ('page' in block) return block.page;
  const drawn = htmlTable(block.table);
  return block.fold === undefined ? drawn : details(block.fold, drawn);
}

type FigureBlock = Extract<Block, { figure: TopLevelSpec }>;

/** Figures of the document by the names of their files: the section's, and a number from the second on. */
function figuresOf({ sections }: ReportDocument): Map<FigureBlock, string> {
  const named = sections.flatMap(({ id, blocks }) =>
    blocks
      .filter((block): block is FigureBlock => 'figure' in block)
      .map((block, i) => [block, i === 0 ? `${id}.svg` : `${id}-${i + 1}.svg`] as const),
  );
  return new Map(named);
}

/** Every figure as SVG, by the name of its file. */
export async function documentFigures(doc: ReportDocument): Promise<ReadonlyMap<string, string>> {
  const drawn = new Map<string, string>();
  for (const [{ figure: spec }, name] of figuresOf(doc)) drawn.set(name, await renderSvg(spec));
  return drawn;
}

function blockMarkdown(block: Block, placeOf: (figure: FigureBlock) => string | undefined): string[] {
  if ('text' in block) return [block.text];
  if ('note' in block) return [block.note];
  if ('heading' in block) return [`### ${block.heading}`];
  if ('figure' in block) {
    const place = placeOf(block);
    return place === undefined ? [] : [`![${block.label}](${place})`];
  }
  if ('page' in block) return block.markdown === '' ? [] : [block.markdown];
  return [...(block.fold === undefined ? [] : [`${block.fold}:`]), markdownTable(block.table)];
}

/** The page, without scripts or foreign resources. */
export async function renderDocument(doc: ReportDocument): Promise<string> {
  const sections: { id: string; title: string; body: SafeHtml }[] = [];
  for (const { id, title, blocks } of doc.sections) {
    const parts: SafeHtml[] = [];
    for (const block of blocks) parts.push(await blockHtml(block));
    sections.push({ id, title, body: html`${parts}` });
  }
  return renderPage({
    title: doc.title,
    lead: html`${doc.lead.map((text) => html`<p class="lead">${text}</p>`)}${doc.commands.length > 0 && html`<pre>${doc.commands.join('\n')}</pre>`}`,
    sections,
    footer: html`${doc.footer}`,
  });
}

/** `figures`: the folder beside it that holds what documentFigures draws; absent: none is shown. */
export function documentMarkdown(doc: ReportDocument, figures?: string): string {
  const { title, lead, commands, sections, footer } = doc;
  const names = figuresOf(doc);
  const placeOf = (figure: FigureBlock) => (figures === undefined ? undefined : `${figures}/${names.get(figure)}`);
  const parts = [
    `# ${title}`,
    ...lead,
    ...(commands.length > 0 ? [commands.map((command) => `    ${command}`).join('\n')] : []),
    ...sections.flatMap(({ title: head, blocks }) => [
      `## ${head}`,
      ...blocks.flatMap((b) => blockMarkdown(b, placeOf)),
    ]),
    footer,
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** A model's text in Markdown: a fence that the text cannot close. */
export function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/~+/g)].map(([run]) => run.length));
  const fence = '~'.repeat(longest + 1);
  return `${fence}\n${text}\n${fence}`;
}
