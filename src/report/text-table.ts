// One table for both forms of a report: cells are plain text, so that the page and the Markdown say the same. Leaves out: tables with markup
// in their cells (page.ts).
import type { SafeHtml } from './html.ts';
import { table } from './page.ts';
import type { Interval } from './statistics.ts';

export interface TextTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Columns of words, besides the first; all others hold numbers. */
  readonly words?: readonly number[];
}

const isWords = ({ words = [] }: TextTable, column: number) => column === 0 || words.includes(column);

export const htmlTable = (t: TextTable): SafeHtml =>
  table(
    t.head.map((head, column) => ({ head, number: !isWords(t, column) })),
    t.rows,
  );

/** Text as it may stand in a cell or a line of Markdown: one line, no column marks, no markup; "[1.0, 2.0]" and "R_s" stay as they are. */
export const plainMarkdown = (text: string): string =>
  text
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\\|<>*`~]/g, '\\$&')
    .replaceAll(/(?<!\w)_|_(?!\w)|\](?=[([:])/g, '\\$&');

/** GitHub's form of a table. */
export function markdownTable(t: TextTable): string {
  const line = (cells: readonly string[]) => `| ${cells.map(plainMarkdown).join(' | ')} |`;
  const rule = `|${t.head.map((_, column) => (isWords(t, column) ? '---' : '---:')).join('|')}|`;
  return [line(t.head), rule, ...t.rows.map(line)].join('\n');
}

const figures = (share: number) => (100 * share).toFixed(1);

/** "41.2 [38.0, 44.4]" in per cent; a dash for nothing. */
export const intervalText = (i: Interval | null | undefined): string =>
  i ? `${figures(i.estimate)} [${figures(i.low)}, ${figures(i.high)}]` : '–';

/** "+2.1 [-0.3, 4.5]": points with a sign. */
export const pointsText = (i: Interval | null | undefined): string =>
  i ? `${i.estimate > 0 ? '+' : ''}${intervalText(i)}` : '–';

/** "41.2": a share in per cent. */
export const shareText = (share: number | null | undefined): string =>
  typeof share === 'number' ? figures(share) : '–';
