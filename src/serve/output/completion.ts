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
  readonly finish: Finish | undefined;
}

export interface OutputOptions {
  readonly stop: readonly string[];
  /** Undefined: no log-probabilities. */
  readonly topLogprobs: number | undefined;
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
    if (finish === 'stop') return this.end('', finish);
    const { topLogprobs } = this.options;
    if (topLogprobs !== undefined)
      this.pending.push({ start: this.decoded, logprob: describeToken(this.tokenizer, token, row, topLogprobs) });
    const text = this.decoder.push(token);
    this.decoded += text.length;
    const passed = this.stops.push(text);
    if (passed.stopped) return this.show(passed.text, 'stop', false);
    return finish ? this.end(passed.text, finish) : this.show(passed.text, undefined, false);
  }

  /** All that was held back comes out. */
  private end(text: string, finish: Finish): Piece {
    const left = this.stops.push(this.decoder.end());
    const rest = left.stopped ? '' : this.stops.end();
    return this.show(text + left.text + rest, finish, !left.stopped);
  }

  private show(text: string, finish: Finish | undefined, all: boolean): Piece {
    this.shown += text.length;
    const [out, kept] = [[] as TokenLogprob[], [] as Pending[]];
    for (const p of this.pending) {
      if (all || p.start < this.shown) out.push(p.logprob);
      else kept.push(p);
    }
    this.pending = kept;
    const reasoning = this.splitter.push(text) + (finish ? this.splitter.end() : '');
    return { text, reasoning, logprobs: out, finish };
  }
}
