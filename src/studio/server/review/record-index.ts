// Questions to the index: pages of rows under filters, how many rows each filter would leave, a search through the texts, and the decisions as
// far as they are filtered by. Leaves out: building it (build-index.ts).
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { Bin, Decided, ReviewHistory } from '../../../curate/review/index.ts';
import { isEdit } from '../../../curate/review/index.ts';
import type { Facets, FilterName, Filters } from '../../api.ts';
import { matcher } from './match.ts';
import type { Place, RowFiles } from './row-files.ts';

/** A row of the index. */
export interface Located extends Place {
  readonly n: number;
  readonly bin: Bin;
  readonly rule: string;
  readonly decision: string;
  readonly key: string;
  readonly chain: string;
}

export const filterNames: readonly FilterName[] = ['bin', 'rule', 'skill', 'type', 'source', 'decision'];
const COLUMNS = 'n, file, at, length, bin, rule, decision, key, chain';
const FACET_VALUES = 200;
/** Rows whose texts a search reads at once. */
const BATCH = 512;

function conditions(filters: Filters, but?: FilterName): { where: string; values: SQLInputValue[] } {
  const names = filterNames.filter((name) => name !== but && filters[name] !== undefined);
  return {
    where: names.map((name) => ` AND ${name} = ?`).join(''),
    values: names.map((name) => filters[name] as string),
  };
}

/** The word for a decision about this chain. */
export function decisionWord(decided: Decided | undefined, chain: string): string {
  if (!decided) return 'undecided';
  if (decided.chain !== chain) return 'stale';
  return isEdit(decided.decision) ? 'edit' : decided.decision.verdict;
}

export interface Found {
  readonly rows: readonly { readonly located: Located; readonly text: string }[];
  /** Where to go on; undefined at the end. */
  readonly next: number | undefined;
  readonly searched: number;
}

export class RecordIndex {
  readonly #database: DatabaseSync;
  readonly #files: RowFiles;

  constructor(database: DatabaseSync, files: RowFiles) {
    this.#database = database;
    this.#files = files;
  }

  get total(): number {
    return this.#count('', []);
  }

  #count(where: string, values: readonly SQLInputValue[]): number {
    const { n } = this.#database.prepare(`SELECT count(*) AS n FROM record WHERE 1${where}`).get(...values) as {
      n: number;
    };
    return n;
  }

  get(n: number): Located | undefined {
    return this.#database.prepare(`SELECT ${COLUMNS} FROM record WHERE n = ?`).get(n) as Located | undefined;
  }

  withKey(key: string): Located | undefined {
    return this.#database.prepare(`SELECT ${COLUMNS} FROM record WHERE key = ? LIMIT 1`).get(key) as
      | Located
      | undefined;
  }

  provenanceOf(n: number): Place | undefined {
    const found = this.#database
      .prepare('SELECT p.at, p.length FROM record r JOIN provenance p ON p.key = r.provenance WHERE r.n = ?')
      .get(n) as Omit<Place, 'file'> | undefined;
    return found && { file: 'provenance', ...found };
  }

  facets(filters: Filters): Facets {
    const values = filterNames.map((name) => {
      const { where, values } = conditions(filters, name);
      const sql = `SELECT ${name} AS value, count(*) AS count FROM record WHERE 1${where} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ${FACET_VALUES}`;
      return [name, this.#database.prepare(sql).all(...values)];
    });
    const { where, values: all } = conditions(filters);
    return { ...Object.fromEntries(values), total: this.#count(where, all) } as Facets;
  }

  #after(filters: Filters, after: number, limit: number): Located[] {
    const { where, values } = conditions(filters);
    const sql = `SELECT ${COLUMNS} FROM record WHERE n > ?${where} ORDER BY n LIMIT ?`;
    return this.#database.prepare(sql).all(after, ...values, limit) as unknown as Located[];
  }

  /** Up to `limit` rows behind row `after`. A search goes on for at most `milliseconds`, or until `signal` says that nobody waits. */
  async page(
    filters: Filters,
    {
      after,
      limit,
      milliseconds,
      signal,
    }: { after: number; limit: number; milliseconds: number; signal?: AbortSignal },
  ): Promise<Found> {
    const matches = matcher(filters.q ?? '');
    const end = performance.now() + milliseconds;
    const rows: { located: Located; text: string }[] = [];
    let [at, searched] = [after, 0];
    for (;;) {
      const batch = this.#after(filters, at, matches ? BATCH : limit - rows.length);
      for await (const { place, text } of this.#files.readAll(batch)) {
        at = place.n;
        searched++;
        if (matches && !matches(text)) continue;
        rows.push({ located: place, text });
        if (rows.length === limit) return { rows, next: this.#more(filters, at), searched };
      }
      if (batch.length === 0) return { rows, next: undefined, searched };
      if (signal?.aborted || performance.now() > end) return { rows, next: this.#more(filters, at), searched };
    }
  }

  #more(filters: Filters, after: number): number | undefined {
    return this.#after(filters, after, 1).length > 0 ? after : undefined;
  }

  /** Brings the decisions of the index to those of the log. */
  setAll({ decided }: ReviewHistory): void {
    this.#database.exec(`BEGIN; UPDATE record SET decision = 'undecided' WHERE decision <> 'undecided'`);
    for (const [key, one] of decided) this.set(key, one);
    this.#database.exec('COMMIT');
  }

  /** All rows of one key: the same question of the same medium may stand in a set twice. */
  set(key: string, decided: Decided | undefined): void {
    const rows = this.#database.prepare('SELECT n, chain FROM record WHERE key = ?').all(key) as {
      n: number;
      chain: string;
    }[];
    const update = this.#database.prepare('UPDATE record SET decision = ? WHERE n = ? AND bin <> ?');
    for (const { n, chain } of rows) update.run(decisionWord(decided, chain), n, 'quarantined');
  }

  close(): void {
    this.#database.close();
  }
}
