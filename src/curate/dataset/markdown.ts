// Small parts of Markdown: a table whose cells may hold any text. Pure.

/** One line, no cell borders of its own, no markup. */
const cell = (value: string | number): string =>
  String(value)
    .replace(/\s+/g, ' ')
    .replace(/[\\|<>`*_[\]]/g, '\\$&');

export function markdownTable(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map((row) => line(row.map(cell)))].join('\n');
}
