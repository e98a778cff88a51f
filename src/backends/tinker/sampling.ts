// Completions from the server: one request per prompt, all under way at once. Leaves out: which weights they come from (index.ts).
import { VideorftError } from '../../base/errors.ts';
import type { PromptCoder } from '../../models/prompt-coder.ts';
import { completionOfTokens } from '../completion.ts';
import type { Completion, Prompt, SampleOptions } from '../port.ts';
import { throwIfAborted } from '../transport.ts';
import type { PromptEncoder } from './chunks.ts';
import type { TinkerClient } from './client.ts';
import { read, type SampleResult, sampleSchema } from './wire.ts';

export interface Draw {
  readonly client: TinkerClient;
  readonly coder: PromptCoder;
  readonly encoder: PromptEncoder;
}

/** `seedOf`: the seed of a prompt's stream; its samples take it and those that follow. Errors: aborted, tinker-…. */
export async function drawSamples(
  { client, coder, encoder }: Draw,
  session: string,
  prompts: readonly Prompt[],
  options: SampleOptions,
  seedOf: (stream: number) => number,
): Promise<Completion[][]> {
  throwIfAborted(options.signal ? [options.signal] : []);
  const total = prompts.length * options.numSamples;
  let finished = 0;
  const draw = async (prompt: Prompt, p: number): Promise<Completion[]> => {
    const stream = options.streams?.[p] ?? p;
    const body = {
      type: 'sample',
      sampling_session_id: session,
      seq_id: client.next(),
      num_samples: options.numSamples,
      prompt: (await encoder.encode(prompt)).input,
      sampling_params: {
        max_tokens: options.maxTokens,
        seed: seedOf(stream),
        stop: [coder.endOfTurn],
        temperature: options.temperature,
        top_p: options.topP ?? 1,
        top_k: options.topK ?? -1,
      },
      prompt_logprobs: false,
    };
    const convert = (result: unknown) => read(sampleSchema, result, 'asample');
    const { sequences } = await client.future('/asample', body, convert, options.signal).result;
    if (sequences.length !== options.numSamples) throw wrongNumber(prompt, options.numSamples, sequences.length);
    const completions = sequences.map((s) => completionFrom(s, coder, prompt));
    finished += completions.length;
    options.onProgress?.(finished, total);
    completions.forEach(({ tokens }, g) => {
      for (const token of tokens) options.onToken?.(stream, g, token);
    });
    return completions;
  };
  return Promise.all(prompts.map(draw));
}

function completionFrom(
  { tokens, logprobs, stop_reason }: SampleResult['sequences'][number],
  coder: PromptCoder,
  prompt: Prompt,
): Completion {
  if (logprobs?.length !== tokens.length)
    throw new VideorftError('the server sampled without log-probabilities, which GRPO needs', {
      code: 'tinker-answer',
      facts: { sample: prompt.id, tokens: tokens.length, logprobs: logprobs?.length ?? 0 },
    });
  return completionOfTokens({ tokens, logprobs, finish: stop_reason }, coder, prompt, 'tinker-answer');
}

const wrongNumber = (prompt: Prompt, expected: number, got: number) =>
  new VideorftError('the server answered with another number of completions', {
    code: 'tinker-answer',
    facts: { sample: prompt.id, expected, got },
  });
