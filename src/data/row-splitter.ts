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

/** Bytes of a row that are carried from piece to piece. */
class Carried {
  #parts: Buffer[] = [];

  keep(part: Buffer): void {
    if (part.length > 0) this.#parts.push(part);
  }

  /** The row that ends with `last`, as trimmed text. */
  take(last: Buffer): string {
    const bytes = this.#parts.length === 0 ? last : Buffer.concat([...this.#parts, last]);
    this.#parts = [];
    return bytes.toString('utf8').trim();
  }
}

export class LineSplitter implements Splitter {
  #line: number;
  readonly #carried = new Carried();

  /** @param line of the first byte */
  constructor(line: number) {
    this.#line = line;
  }

  *push(piece: Buffer): Iterable<RawRow> {
    let start = 0;
    for (let at = piece.indexOf(NEWLINE); at >= 0; at = piece.indexOf(NEWLINE, start)) {
      const text = this.#carried.take(piece.subarray(start, at));
      if (text !== '') yield { line: this.#line, text };
      this.#line++;
      start = at + 1;
    }
    this.#carried.keep(piece.subarray(start));
  }

  *end(): Iterable<RawRow> {
    const text = this.#carried.take(Buffer.alloc(0));
    if (text !== '') yield { line: this.#line, text };
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
  readonly #carried = new Carried();

  /** @param line of the first byte, which is the opening bracket */
  constructor(line: number) {
    this.#line = line;
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
        yield { line: this.#startLine, text: this.#carried.take(piece.subarray(start, at)) };
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
    const text = this.#carried.take(Buffer.alloc(0));
    const line = this.#inElement ? this.#startLine : this.#line;
    yield { line, text, broken: 'the file ends before its array is closed' };
  }
}
