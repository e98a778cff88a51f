// JSON with long base64 in it as UTF-8 bytes, without the cost of looking for characters to escape in what has none: a mark stands in the text while it
// is made, and the base64 goes into the bytes. Leaves out: any text that JSON would escape.
import { randomBytes } from 'node:crypto';

/** Unguessable, so that no prompt can hold it; of characters that JSON leaves as they are. */
const MARK = `~${randomBytes(12).toString('hex')}~`;

export class SplicedText {
  private readonly parts: string[] = [];

  /** What stands for ASCII text without quotes, backslashes and control characters until `fill`. */
  later(text: string): string {
    this.parts.push(text);
    return MARK;
  }

  /** The bytes of `json`, in which every mark stands in the order of `later`, or none does: what held them was replaced. */
  fill(json: string): Uint8Array<ArrayBuffer> {
    const around = json.split(MARK);
    if (around.length === 1) return Buffer.from(json);
    if (around.length !== this.parts.length + 1) throw new Error('a part of the marks of spliced text is gone');
    const lengths = around.map((text) => Buffer.byteLength(text));
    const total = [...lengths, ...this.parts.map(({ length }) => length)].reduce((sum, n) => sum + n, 0);
    const bytes = Buffer.allocUnsafe(total);
    let at = 0;
    around.forEach((text, i) => {
      at += bytes.write(text, at, 'utf8');
      if (i < this.parts.length) at += bytes.write(this.parts[i], at, 'latin1');
    });
    return bytes;
  }
}
