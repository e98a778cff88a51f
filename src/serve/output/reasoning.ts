// The reasoning in a text that comes in pieces: the inside of its first <think> block, told apart while it is written. A block that is
// never closed counts to its end. Leaves out: judging the format (prompt/parse.ts, whose `think` is the same of closed blocks).
import { heldBack } from './held-back.ts';

const [OPEN, CLOSE] = ['<think>', '</think>'];

export class ReasoningSplitter {
  private state: 'before' | 'inside' | 'after';
  private held = '';

  /** `prefilled`: the chat template has opened the block already. */
  constructor(prefilled = false) {
    this.state = prefilled ? 'inside' : 'before';
  }

  /** Whether what comes next is reasoning. */
  get inside(): boolean {
    return this.state === 'inside';
  }

  /** The reasoning that this piece has brought. */
  push(piece: string): string {
    if (this.state === 'after') return '';
    this.held += piece;
    if (this.state === 'before') {
      const at = this.held.indexOf(OPEN);
      if (at < 0) {
        this.held = this.held.slice(this.held.length - heldBack(this.held, OPEN));
        return '';
      }
      this.state = 'inside';
      this.held = this.held.slice(at + OPEN.length);
    }
    const end = this.held.indexOf(CLOSE);
    if (end >= 0) this.state = 'after';
    return this.take(end >= 0 ? end : this.held.length - heldBack(this.held, CLOSE));
  }

  /** The text is over: what looked like the beginning of a tag was none. */
  end(): string {
    return this.state === 'inside' ? this.take(this.held.length) : '';
  }

  private take(length: number): string {
    const text = this.held.slice(0, length);
    this.held = this.held.slice(length);
    return text;
  }
}
