// One completion on its way out: tokens become text as soon as their characters are whole and no stop sequence can begin in them; reasoning
// and log-probabilities come with the text they belong to.
import type { Tokenizer } from '../../models/index.ts';
import { describeToken, type TokenLogprob } from './logprobs.ts';
import { ReasoningSplitter } from './reasoning.ts';
import { StopMatcher } from './stop.ts';

export type Finish = 'stop' | 'length';

export interface Piece {
  readonly text: string;
  readonly reasoning: string;
  /** Of the tokens whose text begins in what has come out by now and not before. */
  readonly logprobs: readonly TokenLogprob[];
  /** Of the completion, which the text is of at last; one a piece. */
  readonly token: number;
  readonly finish: Finish | undefined;
}

export interface OutputOptions {
  readonly stop: readonly string[];
  /** Undefined: no log-probabilities. */
  readonly topLogprobs: number | undefined;
  /** Log-probabilities come with their tokens, the end of the turn and what a stop sequence takes away included, not with the text. */
  readonly everyToken?: boolean;
  /** Log-probabilities name tokens by their numbers. */
  readonly tokensAsIds?: boolean;
  /** The chat template has opened the think block. */
  readonly prefilledThink: boolean;
}

interface Pending {
  /** Character of the whole text where the token's own begins. */
  readonly start: number;
  readonly logprob: TokenLogprob;
}

export class CompletionOutput {
  private readonly tokenizer: Tokenizer;
  private readonly options: OutputOptions;
  private readonly decoder;
  private readonly stops: StopMatcher;
  private readonly splitter: ReasoningSplitter;
  private pending: Pending[] = [];
  private decoded = 0;
  private shown = 0;
  /** Tokens so far, those of the reasoning among them. */
  tokens = 0;
  reasoningTokens = 0;

  constructor(tokenizer: Tokenizer, options: OutputOptions) {
    this.tokenizer = tokenizer;
    this.options = options;
    this.decoder = tokenizer.stream();
    this.stops = new StopMatcher(options.stop);
    this.splitter = new ReasoningSplitter(options.prefilledThink);
  }

  /** `row`: what the token was drawn from; `finish`: why it is the last one (an end of turn has no text), if it is. */
  push(token: number, row: Float32Array, finish: Finish | undefined): Piece {
    this.tokens++;
    if (this.splitter.inside) this.reasoningTokens++;
    const { topLogprobs, everyToken, tokensAsIds } = this.options;
    if (topLogprobs !== undefined && (everyToken || finish !== 'stop')) {
      const logprob = describeToken(this.tokenizer, token, row, { top: topLogprobs, asIds: tokensAsIds });
      this.pending.push({ start: this.decoded, logprob });
    }
    return { ...this.pieceOf(token, finish), token };
  }

  private pieceOf(token: number, finish: Finish | undefined): Omit<Piece, 'token'> {
    if (finish === 'stop') return this.end('', finish);
    const text = this.decoder.push(token);
    this.decoded += text.length;
    const passed = this.stops.push(text);
    if (passed.stopped) return this.show(passed.text, 'stop', false);
    return finish ? this.end(passed.text, finish) : this.show(passed.text, undefined, false);
  }

  /** All that was held back comes out. */
  private end(text: string, finish: Finish): Omit<Piece, 'token'> {
    const left = this.stops.push(this.decoder.end());
    const rest = left.stopped ? '' : this.stops.end();
    return this.show(text + left.text + rest, finish, !left.stopped);
  }

  private show(text: string, finish: Finish | undefined, all: boolean): Omit<Piece, 'token'> {
    this.shown += text.length;
    const [out, kept] = [[] as TokenLogprob[], [] as Pending[]];
    for (const p of this.pending) {
      if (all || this.options.everyToken || p.start < this.shown) out.push(p.logprob);
      else kept.push(p);
    }
    this.pending = kept;
    const reasoning = this.splitter.push(text) + (finish ? this.splitter.end() : '');
    return { text, reasoning, logprobs: out, finish };
  }
}
