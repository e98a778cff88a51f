// The scored span: what follows the first full stop of the reasoning. What comes before restates the question, what
// follows describes the video (METHOD section 3). Leaves out: the cut at M tokens, which the embedder's tokenizer makes.
import type { ParsedCompletion, TextRange } from '../prompt/parse.ts';

/**
 * `paper`: after the first '.' that white space or the end follows, or '。'; no think block: no span.
 * `released`: after the first '.' whatever it is part of; no think block: the whole completion.
 * An empty span scores 0 in both (the released code embeds the empty text).
 */
export type SpanVariant = 'paper' | 'released';

/** A span starts at `start` of the completion (UTF-16 offsets, white space trimmed); only its first M tokens are scored. */
export interface Span extends TextRange {
  readonly text: string;
}

export type SpanResult = { readonly span: Span } | { readonly span: undefined; readonly reason: string };

/** A '.' inside a number ("0.5") has a digit behind it, never white space or the end. */
const fullStop: Readonly<Record<SpanVariant, RegExp>> = { paper: /\.(?=\s|$)|。/, released: /\./ };

/** The part of a think text that Eq. 5 scores, as offsets into the completion. */
export function semanticSpan(completion: string, parsed: ParsedCompletion, variant: SpanVariant = 'paper'): SpanResult {
  if (!parsed.thinkRange && variant === 'paper') return { span: undefined, reason: 'no think block' };
  const range = parsed.thinkRange ?? { start: 0, end: completion.length };
  const think = completion.slice(range.start, range.end);
  // The released code looks for a full stop inside a think block only; a bare completion it takes whole.
  const stop = parsed.thinkRange ? fullStop[variant].exec(think) : null;
  const rest = think.slice(stop ? stop.index + 1 : 0);
  const text = rest.trim();
  if (text === '') return { span: undefined, reason: stop ? 'nothing after the first full stop' : 'empty think block' };
  const start = range.end - rest.trimStart().length;
  return { span: { text, start, end: start + text.length } };
}
