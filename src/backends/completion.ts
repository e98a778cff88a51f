// A server's tokens and log-probabilities as a completion of the port. Its tokens are the server's: text is made of them, never the other way
// round. Leaves out: how a server tells them.
import { VideorftError } from '../base/errors.ts';
import type { PromptCoder } from '../models/prompt-coder.ts';
import type { Completion, Prompt } from './port.ts';

export type CompletionCoder = Pick<PromptCoder, 'tokenizer' | 'endOfTurn'>;

export interface ServerTokens {
  readonly tokens: readonly number[];
  readonly logprobs: readonly number[];
  readonly finish: Completion['finish'];
}

/** `code`: of the error for a completion that lacks the token that ended it. */
export function completionOfTokens(
  { tokens, logprobs, finish }: ServerTokens,
  coder: CompletionCoder,
  prompt: Prompt,
  code: string,
): Completion {
  if (finish === 'stop') requireEnd(tokens, coder, prompt, code);
  const text = coder.tokenizer.decode(finish === 'stop' ? tokens.slice(0, -1) : tokens);
  return { text, tokens, logprobs: Float32Array.from(logprobs), finish };
}

/** Without the token that ended the turn, a word would be taken for it: lost from the text, and trained to be the end. */
function requireEnd(
  tokens: readonly number[],
  { endOfTurn, tokenizer }: CompletionCoder,
  prompt: Prompt,
  code: string,
): void {
  const last = tokens.at(-1);
  // A control token of another kind (the end of the text) ends a turn as well; it stands for no text.
  if (last === endOfTurn || (last !== undefined && tokenizer.decode([last]) === '')) return;
  throw new VideorftError('the server leaves out the token that ended a completion', {
    code,
    facts: { sample: prompt.id, last, expected: endOfTurn },
    fix: "see that the server includes stop tokens, and that --model is the folder of its own model's tokenizer",
  });
}
