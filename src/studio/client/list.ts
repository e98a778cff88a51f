// The list of samples, a page at a time. A search that takes long is asked on until the page is full or the data end.
import type { Filters, Summary } from '../api.ts';
import { button, fill, h, number } from './dom.ts';
import { server } from './http.ts';
import { binBadge, decisionBadge } from './words.ts';

const ROWS = 50;

export interface SampleList {
  readonly element: HTMLElement;
  /** Loads the first page, or the one that holds row `n`. */
  load(filters: Filters, n?: number): Promise<void>;
  /** The row `by` lines further, on the next page if need be; undefined at the end. */
  step(n: number | undefined, by: 1 | -1): Promise<number | undefined>;
  mark(n: number | undefined): void;
  setDecision(n: number, decision: string): void;
}

export function sampleList(open: (n: number) => void, failed: (error: unknown) => void): SampleList {
  let filters: Filters = {};
  let rows: Summary[] = [];
  let next: number | undefined;
  /** Where this page and those before it begin. */
  let starts: number[] = [0];
  let selected: number | undefined;
  let asking = new AbortController();
  const list = h('ol', { class: 'rows' });
  const status = h('p', { class: 'status', role: 'status' });
  const press = (by: 1 | -1) => () => void turn(by).catch((error) => isOutdated(error) || failed(error));
  const before = button('‹ Previous', press(-1));
  const after = button('Next ›', press(1));
  const element = h('div', { class: 'list' }, status, list, h('div', { class: 'pages' }, before, after));

  const draw = () => {
    fill(
      list,
      rows.map((row) => h('li', {}, line(row, row.n === selected, open))),
    );
    before.disabled = starts.length < 2;
    after.disabled = next === undefined;
  };

  /** Rejects with an AbortError when another page is asked for meanwhile. */
  async function fetchPage(start: number): Promise<void> {
    asking.abort();
    asking = new AbortController();
    const { signal } = asking;
    list.classList.add('waiting');
    // A second press would count from the page that is being left.
    before.disabled = true;
    after.disabled = true;
    try {
      [rows, next] = await read(start, signal);
      fill(status, rows.length === 0 ? 'No sample is like this.' : '');
    } finally {
      if (!signal.aborted) {
        list.classList.remove('waiting');
        draw();
      }
    }
    list.scrollTop = 0;
  }

  async function read(start: number, signal: AbortSignal): Promise<[Summary[], number | undefined]> {
    const found: Summary[] = [];
    let at: number | undefined = start;
    let searched = 0;
    while (at !== undefined && found.length < ROWS) {
      const page = await server.page(filters, at, ROWS - found.length, signal);
      found.push(...page.rows);
      searched += page.searched ?? 0;
      at = page.next;
      if (at !== undefined && found.length < ROWS)
        fill(status, `Searching… ${number(searched)} rows read, ${number(found.length)} found`);
    }
    return [found, at];
  }

  async function turn(by: 1 | -1): Promise<boolean> {
    if (by === 1) {
      if (next === undefined) return false;
      starts = [...starts, next];
    } else {
      if (starts.length < 2) return false;
      starts = starts.slice(0, -1);
    }
    await fetchPage(starts[starts.length - 1]);
    return true;
  }

  return {
    element,
    async load(now, n) {
      filters = now;
      // A page that begins just before an open sample shows it first; '‹ Previous' leads to the beginning.
      starts = n === undefined || n <= ROWS ? [0] : [0, n - 1];
      await fetchPage(starts[starts.length - 1]).catch((error: unknown) => {
        if (!isOutdated(error)) throw error;
      });
    },
    async step(n, by) {
      const at = rows.findIndex((row) => row.n === n);
      const inside = rows[at < 0 ? 0 : at + by];
      if (inside) return inside.n;
      if (!(await turn(by))) return undefined;
      return (by === 1 ? rows[0] : rows.at(-1))?.n;
    },
    mark(n) {
      selected = n;
      for (const line of list.querySelectorAll('button')) {
        const current = line.dataset.n === String(n);
        line.setAttribute('aria-current', String(current));
        if (current) line.scrollIntoView({ block: 'nearest' });
      }
    },
    setDecision(n, decision) {
      rows = rows.map((row) => (row.n === n ? { ...row, decision } : row));
      draw();
    },
  };
}

/** Whether it says only that something else was asked for since. */
const isOutdated = (error: unknown) => error instanceof DOMException && error.name === 'AbortError';

function line(row: Summary, current: boolean, open: (n: number) => void): HTMLButtonElement {
  const badges = h('span', { class: 'badges' }, binBadge(row.bin), decisionBadge(row.decision));
  const head = h('span', { class: 'head' }, h('span', { class: 'id' }, row.id || `row ${row.n}`), badges);
  const foot = [row.type, row.rule].filter((text) => text !== '').join(' · ');
  return button(
    [head, h('span', { class: 'problem' }, row.problem), h('span', { class: 'foot' }, foot)],
    () => open(row.n),
    { class: 'row', 'data-n': row.n, 'aria-current': current },
  );
}
