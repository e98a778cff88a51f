// Log-probabilities of tokens as the protocol tells them. They are those of the model itself, at temperature 1 and before top-p and top-k,
// whatever the request samples with.
import type { Tokenizer } from '../../models/index.ts';
import { largest } from '../../models/index.ts';

export interface TopLogprob {
  readonly token: string;
  readonly bytes: number[];
  readonly logprob: number;
}
export interface TokenLogprob extends TopLogprob {
  readonly top_logprobs: TopLogprob[];
}

/** JSON has no −∞; OpenAI's own servers write this for what is impossible. */
const IMPOSSIBLE = -9999;

export interface Telling {
  /** How many of the likeliest are told beside the token. */
  readonly top: number;
  /** Tokens as 'token_id:NUMBER' in place of their text, as vLLM tells them on demand. */
  readonly asIds?: boolean;
}

/** `row`: log-probabilities [V] that `token` was drawn from. */
export function describeToken(
  tokenizer: Pick<Tokenizer, 'decode' | 'bytes'>,
  token: number,
  row: Float32Array,
  { top, asIds = false }: Telling,
): TokenLogprob {
  const one = (id: number): TopLogprob => ({
    token: asIds ? `token_id:${id}` : tokenizer.decode([id], { skipSpecial: false }),
    bytes: [...tokenizer.bytes(id)],
    logprob: Math.max(row[id], IMPOSSIBLE),
  });
  return { ...one(token), top_logprobs: top > 0 ? largest(row, top).map(one) : [] };
}
