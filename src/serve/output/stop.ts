// Stop sequences in a text that comes in pieces: what comes out never contains one, nor the beginning of one that is completed later.
import { heldBack } from './held-back.ts';

export interface Passed {
  readonly text: string;
  /** A stop sequence has come; what came from its first character on is dropped. */
  readonly stopped: boolean;
}

export class StopMatcher {
  private readonly stops: readonly string[];
  private held = '';

  constructor(stops: readonly string[]) {
    this.stops = stops;
  }

  /** What may be shown after this piece. */
  push(piece: string): Passed {
    const text = this.held + piece;
    const found = this.stops.map((stop) => text.indexOf(stop)).filter((at) => at >= 0);
    if (found.length > 0) {
      this.held = '';
      return { text: text.slice(0, Math.min(...found)), stopped: true };
    }
    const open = text.length - Math.max(0, ...this.stops.map((stop) => heldBack(text, stop)));
    this.held = text.slice(open);
    return { text: text.slice(0, open), stopped: false };
  }

  /** The text is over: what was held back was no stop sequence. */
  end(): string {
    const rest = this.held;
    this.held = '';
    return rest;
  }
}
