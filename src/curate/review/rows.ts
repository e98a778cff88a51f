// The rows of a reviewed set, each with its bin: of a file in its order, of a curation in the order of its input, by walking cot.jsonl and
// rejected.jsonl beside rl.jsonl, which also shows whether the files belong together. Streams.
import { VideorftError } from '../../base/errors.ts';
import { streamLines } from '../../base/jsonl.ts';
import { sampleKey } from './decision.ts';
import type { ReviewSet } from './set.ts';

export type Row = Readonly<Record<string, unknown>>;

/** A line as it stands in its file, and what it says. */
export interface RowLine {
  readonly text: string;
  /** Its length in the file, its end included. */
  readonly bytes: number;
  readonly row: Row;
}

export type JudgedRow =
  | (RowLine & { readonly bin: 'kept' | 'rejected'; readonly key: string; readonly pool?: RowLine })
  | { readonly bin: 'quarantined'; readonly bytes: number };

/** The object that a line holds; undefined for anything else. */
export function rowOf(text: string): Row | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Row) : undefined;
  } catch {
    return undefined;
  }
}

interface Line {
  readonly text: string;
  readonly bytes: number;
}

async function* fileLines(file: string): AsyncGenerator<Line> {
  let at = 0;
  for await (const { text, end } of streamLines(file)) {
    if (text.trim() !== '') yield { text, bytes: end - at };
    at = end;
  }
}

const notOneRun = (file: string, facts: VideorftError['facts']) =>
  new VideorftError('The files of the curation are not of one run.', {
    code: 'review-files',
    facts: { file, ...facts },
    fix: 'Run videorft curate again in this folder: it asks nobody twice and writes all files anew.',
  });

/** Rows of one file of a curation, one ahead. */
class Cursor {
  readonly #file: string;
  readonly #lines: AsyncGenerator<Line>;
  #line = 0;
  #head: (RowLine & { readonly key: string }) | undefined;

  private constructor(file: string) {
    this.#file = file;
    this.#lines = fileLines(file);
  }

  static async open(file: string): Promise<Cursor> {
    const cursor = new Cursor(file);
    await cursor.#advance();
    return cursor;
  }

  get head() {
    return this.#head;
  }

  async take(): Promise<RowLine & { readonly key: string }> {
    const head = this.#head;
    if (!head) throw new TypeError(`${this.#file} is at its end`);
    await this.#advance();
    return head;
  }

  /** Throws where rows are left over. */
  requireEnd(): void {
    if (this.#head) throw notOneRun(this.#file, { line: this.#line, sample: String(this.#head.row.problem_id) });
  }

  async #advance(): Promise<void> {
    const { done, value: line } = await this.#lines.next();
    this.#head = undefined;
    if (done) return;
    const { text, bytes } = line;
    this.#line++;
    const row = rowOf(text);
    if (!row) throw notOneRun(this.#file, { line: this.#line, begins: text.slice(0, 80) });
    this.#head = { text, bytes, row, key: sampleKey(row) };
  }
}

const joined = <T extends RowLine>(row: T, pool: RowLine) => ({ ...row, bytes: row.bytes + pool.bytes, pool });

/** Throws 'review-files' where the files of a curation do not belong together. */
export async function* judgedRows({ files, curation }: ReviewSet): AsyncGenerator<JudgedRow> {
  if (!curation) return yield* rowsOfFile(files.kept as string);
  const [kept, rejected, pool] = await Promise.all([
    Cursor.open(files.kept as string),
    Cursor.open(files.rejected as string),
    Cursor.open(curation.pool),
  ]);
  while (pool.head) {
    const row = await pool.take();
    if (kept.head?.key === row.key) yield { bin: 'kept', ...joined(await kept.take(), row) };
    else if (rejected.head?.key === row.key) yield { bin: 'rejected', ...joined(await rejected.take(), row) };
    else throw notOneRun(curation.pool, { sample: String(row.row.problem_id) });
  }
  kept.requireEnd();
  rejected.requireEnd();
  for await (const { bytes } of fileLines(files.quarantined as string)) yield { bin: 'quarantined', bytes };
}

async function* rowsOfFile(file: string): AsyncGenerator<JudgedRow> {
  for await (const { text, bytes } of fileLines(file)) {
    const row = rowOf(text);
    if (row) yield { bin: 'kept', text, bytes, row, key: sampleKey(row) };
    else yield { bin: 'quarantined', bytes };
  }
}
