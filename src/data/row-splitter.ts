// Pieces of a file → its rows with their lines: JSON lines, or the elements of one JSON array. A row may lie across pieces.
// Leaves out: files (rows.ts) and parsing; one broken row spoils no other.

export interface RawRow {
  /** 1-based line on which the row starts. */
  readonly line: number;
  readonly text: string;
  /** Why this cannot be a row although there is text: the file ends inside it. */
  readonly broken?: string;
}

export interface Splitter {
  /** The rows that end in this piece. */
  push(piece: Buffer): Iterable<RawRow>;
  /** What is left when the file ends. */
  end(): Iterable<RawRow>;
}

const [NEWLINE, QUOTE, BACKSLASH, COMMA] = [10, 34, 92, 44];
const OPENING = new Set([91, 123]);
const CLOSING = new Set([93, 125]);
export const SPACE: ReadonlySet<number> = new Set([9, 10, 13, 32]);

/** Longest row; a file without line ends, or with a quote that never closes, must not be pulled into memory. */
const MAX_ROW_BYTES = 64 << 20;

/** Bytes of a row that are carried from piece to piece. */
class Carried {
  readonly #max: number;
  #parts: Buffer[] = [];
  #bytes = 0;

  constructor(max: number) {
    this.#max = max;
  }

  keep(part: Buffer): void {
    this.#bytes += part.length;
    if (this.#bytes > this.#max) this.#parts = [];
    else if (part.length > 0) this.#parts.push(part);
  }

  /** The row that ends with `last`, as trimmed text; of one that is too long only that it is. */
  take(line: number, last: Buffer): RawRow {
    this.keep(last);
    const tooLong = this.#bytes > this.#max;
    const [only] = this.#parts;
    const bytes = this.#parts.length === 1 ? only : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#bytes = 0;
    if (tooLong) return { line, text: '', broken: `the row is longer than ${this.#max} bytes` };
    return { line, text: bytes.toString('utf8').trim() };
  }
}

const isRow = ({ text, broken }: RawRow) => text !== '' || broken !== undefined;

export class LineSplitter implements Splitter {
  #line: number;
  readonly #carried: Carried;

  /** @param line of the first byte */
  constructor(line: number, maxRowBytes = MAX_ROW_BYTES) {
    this.#line = line;
    this.#carried = new Carried(maxRowBytes);
  }

  *push(piece: Buffer): Iterable<RawRow> {
    let start = 0;
    for (let at = piece.indexOf(NEWLINE); at >= 0; at = piece.indexOf(NEWLINE, start)) {
      const row = this.#carried.take(this.#line++, piece.subarray(start, at));
      if (isRow(row)) yield row;
      start = at + 1;
    }
    this.#carried.keep(piece.subarray(start));
  }

  *end(): Iterable<RawRow> {
    const row = this.#carried.take(this.#line, Buffer.alloc(0));
    if (isRow(row)) yield row;
  }
}

/** The elements of a top-level array, found by counting brackets outside strings. */
export class ArraySplitter implements Splitter {
  #line: number;
  #startLine = 0;
  #depth = 0;
  #inElement = false;
  #inString = false;
  #escaped = false;
  #closed = false;
  readonly #carried: Carried;

  /** @param line of the first byte, which is the opening bracket */
  constructor(line: number, maxRowBytes = MAX_ROW_BYTES) {
    this.#line = line;
    this.#carried = new Carried(maxRowBytes);
  }

  *push(piece: Buffer): Iterable<RawRow> {
    let start = 0;
    for (let at = 0; at < piece.length && !this.#closed; at++) {
      const byte = piece[at];
      if (byte === NEWLINE) this.#line++;
      if (this.#inString) {
        this.#insideString(byte);
        continue;
      }
      const closing = CLOSING.has(byte);
      if (this.#depth === 1 && this.#inElement && (byte === COMMA || closing)) {
        yield this.#carried.take(this.#startLine, piece.subarray(start, at));
        this.#inElement = false;
      } else if (this.#depth === 1 && !this.#inElement && byte !== COMMA && !closing && !SPACE.has(byte)) {
        [this.#inElement, this.#startLine, start] = [true, this.#line, at];
      }
      this.#structure(byte, closing);
    }
    if (this.#inElement) this.#carried.keep(piece.subarray(start));
  }

  #insideString(byte: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (byte === BACKSLASH) this.#escaped = true;
    else if (byte === QUOTE) this.#inString = false;
  }

  #structure(byte: number, closing: boolean): void {
    if (byte === QUOTE) this.#inString = true;
    if (OPENING.has(byte)) this.#depth++;
    if (closing && --this.#depth === 0) this.#closed = true;
  }

  *end(): Iterable<RawRow> {
    if (this.#closed) return;
    const line = this.#inElement ? this.#startLine : this.#line;
    const { text } = this.#carried.take(line, Buffer.alloc(0));
    yield { line, text, broken: 'the file ends before its array is closed' };
  }
}
