// A server's answer → completions, or an error that says what would make training on it wrong: another prompt than the trainer's, tokens or
// log-probabilities that are missing or do not fit each other. Leaves out: who sampled it (server.ts).
import { z } from 'zod';
import { VideorftError } from '../../base/errors.ts';
import { type CompletionCoder, completionOfTokens } from '../completion.ts';
import type { Completion, Prompt, SampleOptions } from '../port.ts';

const count = z.number().int().nonnegative();
const tokens = z.array(count);

const choiceSchema = z.object({
  index: count,
  finish_reason: z.string().nullable(),
  token_ids: tokens.nullish(),
  logprobs: z
    .object({ content: z.array(z.object({ token: z.string(), logprob: z.number().nullish() })).nullish() })
    .nullish(),
});

export const answerSchema = z.object({
  /** What sampled it. */
  model: z.string(),
  choices: z.array(choiceSchema),
  prompt_token_ids: tokens.nullish(),
  usage: z.object({ prompt_tokens: count, completion_tokens: count.nullish() }).nullish(),
});
export type Answer = z.output<typeof answerSchema>;
type Choice = Answer['choices'][number];

/** What a completion may end with; anything else (vLLM's 'abort') was cut off by the server. */
const ends = ['stop', 'length'] as const;
const isEnd = (reason: string | null): reason is Completion['finish'] => ends.some((end) => end === reason);

/** Whether all completions ended by themselves. */
export const isWhole = ({ choices }: Answer): boolean => choices.every((c) => isEnd(c.finish_reason));

/** vLLM's value for a log-probability that it does not have. */
const NONE = -9999;

export interface AskedPrompt {
  readonly prompt: Prompt;
  /** As the trainer's model reads it. */
  readonly tokens: ArrayLike<number>;
}

/** Errors: rollouts-prompt, rollouts-answer. */
export function completionsOf(
  answer: Answer,
  asked: AskedPrompt,
  { numSamples, maxTokens }: Pick<SampleOptions, 'numSamples' | 'maxTokens'>,
  coder: CompletionCoder,
): Completion[] {
  requireSamePrompt(answer, asked);
  const { prompt } = asked;
  const choices = [...answer.choices].sort((a, b) => a.index - b.index);
  if (choices.length !== numSamples || choices.some(({ index }, i) => index !== i))
    throw wrong('the server answered with another number of completions', prompt, numSamples, choices.length);
  const read = choices.map((choice) => tokensOf(choice, prompt));
  const total = read.reduce((n, c) => n + c.tokens.length, 0);
  const told = answer.usage?.completion_tokens ?? total;
  if (told !== total) throw wrong('the server counts other tokens than it answered with', prompt, told, total);
  for (const { tokens: own } of read)
    if (own.length > maxTokens) throw wrong('a completion is longer than was asked for', prompt, maxTokens, own.length);
  return read.map((c) => completionOfTokens(c, coder, prompt, 'rollouts-answer'));
}

function tokensOf({ token_ids, logprobs, finish_reason }: Choice, prompt: Prompt) {
  const content = logprobs?.content ?? [];
  const named = content.map(({ token }) => Number(/^token_id:(\d+)$/.exec(token)?.[1] ?? Number.NaN));
  const known = token_ids ?? (named.some(Number.isNaN) ? undefined : named);
  if (!known || known.length === 0)
    throw new VideorftError('the server does not tell the tokens of a completion', {
      code: 'rollouts-answer',
      facts: { sample: prompt.id },
      fix: 'use a server that knows return_token_ids: vLLM 0.10.2 or newer, or videorft serve',
    });
  const missing = content.filter(({ logprob }) => logprob === null || logprob === undefined || logprob <= NONE);
  if (content.length !== known.length || missing.length > 0)
    throw new VideorftError('the server sampled without a log-probability for every token, which GRPO needs', {
      code: 'rollouts-answer',
      facts: { sample: prompt.id, tokens: known.length, logprobs: content.length - missing.length },
      fix: 'see that nothing between here and the server drops logprobs',
    });
  const differs = known.findIndex((token, t) => !Number.isNaN(named[t]) && named[t] !== token);
  if (differs >= 0)
    throw wrong(`log-probability ${differs} is of another token`, prompt, known[differs], named[differs]);
  const finish = isEnd(finish_reason) ? finish_reason : 'length';
  return { tokens: known, logprobs: content.map(({ logprob }) => Number(logprob)), finish };
}

const wrong = (message: string, { id }: Prompt, expected: number, got: number) =>
  new VideorftError(message, { code: 'rollouts-answer', facts: { sample: id, expected, got } });

/** The server has read what the trainer will train on, token for token where it tells them, else by their number. */
function requireSamePrompt({ prompt_token_ids, usage }: Answer, { prompt, tokens: own }: AskedPrompt): void {
  const told = prompt_token_ids ?? undefined;
  const got = told?.length ?? usage?.prompt_tokens;
  if (got === own.length && !told) return;
  const at = told ? firstDifference(told, own) : -1;
  if (got === own.length && at < 0) return;
  const shown = prompt.clip?.frames[0];
  throw new VideorftError(
    got === undefined
      ? 'the server does not say how many tokens it read the prompt as'
      : `the server reads the prompt as ${got} tokens, the trainer as ${own.length}${at < 0 ? '' : `; they differ at token ${at}`}`,
    {
      code: 'rollouts-prompt',
      facts: {
        sample: prompt.id,
        server: at < 0 ? got : told?.[at],
        trainer: at < 0 ? own.length : own[at],
        frames: prompt.clip?.frames.length,
        pixels: shown && `${shown.width} × ${shown.height}`,
      },
      fix: shown
        ? 'serve the same model with the same chat template and preprocessor, and let it take all frames at their size (vLLM: --media-io-kwargs \'{"video": {"num_frames": -1}}\'; videorft serve: the same --profile)'
        : 'serve the same model with the same chat template',
    },
  );
}

function firstDifference(a: readonly number[], b: ArrayLike<number>): number {
  const most = Math.max(a.length, b.length);
  for (let i = 0; i < most; i++) if (a[i] !== b[i]) return i;
  return -1;
}
