// Completions in the shape of OpenAI's chat.completion and chat.completion.chunk. Reasoning stands in the text, as the model wrote it, and
// once more apart: under the name that most clients read (reasoning_content) and under vLLM's newer one (reasoning).
import { randomUUID } from 'node:crypto';
import type { Finish, Piece } from '../output/completion.ts';
import type { TokenLogprob } from '../output/logprobs.ts';
import type { Usage } from '../service.ts';
import type { ChatCall } from './request.ts';

const ms = (x: number) => Math.round(x * 10) / 10;

export function usageBody(usage: Usage) {
  const { promptTokens, completionTokens, cachedTokens, reasoningTokens } = usage;
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: cachedTokens },
    completion_tokens_details: { reasoning_tokens: reasoningTokens },
  };
}

/** Where the time went, in milliseconds; a field of ours. */
const timingsBody = ({ queueMs, promptMs, decodeMs }: Usage) => ({
  queue_ms: ms(queueMs),
  prompt_ms: ms(promptMs),
  completion_ms: ms(decodeMs),
});

const reasoningFields = (reasoning: string | null) => ({ reasoning_content: reasoning, reasoning });

interface Gathered {
  text: string;
  reasoning: string;
  logprobs: TokenLogprob[];
  tokens: number[];
  finish: Finish | undefined;
}

/** Token numbers, under vLLM's names, for who asks for them. */
const idsOfPrompt = ({ tokenIds }: ChatCall, prompt: ArrayLike<number>) =>
  tokenIds ? { prompt_token_ids: Array.from(prompt) } : {};
const idsOfChoice = ({ tokenIds }: ChatCall, tokens: readonly number[]) => (tokenIds ? { token_ids: tokens } : {});

/** Gathers the pieces of a call that does not stream. */
export class CompletionBuilder {
  private readonly call: ChatCall;
  private readonly prompt: ArrayLike<number>;
  private readonly choices: Gathered[];

  /** `prompt`: its tokens. */
  constructor(call: ChatCall, prompt: ArrayLike<number>) {
    this.call = call;
    this.prompt = prompt;
    const empty = (): Gathered => ({ text: '', reasoning: '', logprobs: [], tokens: [], finish: undefined });
    this.choices = Array.from({ length: call.n }, empty);
  }

  add(sample: number, piece: Piece): void {
    const choice = this.choices[sample];
    choice.text += piece.text;
    choice.reasoning += piece.reasoning;
    choice.logprobs.push(...piece.logprobs);
    choice.tokens.push(piece.token);
    choice.finish = piece.finish;
  }

  body(usage: Usage) {
    const wanted = this.call.topLogprobs !== undefined;
    return {
      id: `chatcmpl-${randomUUID()}`,
      object: 'chat.completion' as const,
      created: Math.floor(Date.now() / 1000),
      model: this.call.model,
      choices: this.choices.map(({ text, reasoning, logprobs, tokens, finish }, index) => ({
        index,
        message: { role: 'assistant' as const, content: text, refusal: null, ...reasoningFields(reasoning || null) },
        logprobs: wanted ? { content: logprobs, refusal: null } : null,
        finish_reason: finish,
        ...idsOfChoice(this.call, tokens),
      })),
      ...idsOfPrompt(this.call, this.prompt),
      usage: usageBody(usage),
      timings: timingsBody(usage),
    };
  }
}

/** The chunks of a call that streams. */
export class ChunkWriter {
  private readonly call: ChatCall;
  private readonly prompt: ArrayLike<number>;
  private readonly head;

  /** `prompt`: its tokens. */
  constructor(call: ChatCall, prompt: ArrayLike<number>) {
    this.call = call;
    this.prompt = prompt;
    this.head = {
      id: `chatcmpl-${randomUUID()}`,
      object: 'chat.completion.chunk' as const,
      created: Math.floor(Date.now() / 1000),
      model: call.model,
    };
  }

  private chunk(
    index: number,
    delta: object,
    { logprobs, tokens, finish }: Pick<Gathered, 'logprobs' | 'tokens' | 'finish'>,
  ) {
    const told = logprobs.length > 0 ? { content: logprobs, refusal: null } : null;
    return {
      ...this.head,
      choices: [{ index, delta, logprobs: told, finish_reason: finish ?? null, ...idsOfChoice(this.call, tokens) }],
      ...(this.call.includeUsage ? { usage: null } : {}),
    };
  }

  /** Says who speaks, for each completion. */
  opening(): object[] {
    const nothing = { logprobs: [], tokens: [], finish: undefined };
    return Array.from({ length: this.call.n }, (_, i) => ({
      ...this.chunk(i, { role: 'assistant', content: '' }, nothing),
      ...(i === 0 ? idsOfPrompt(this.call, this.prompt) : {}),
    }));
  }

  /** Nothing for a piece that shows nothing. */
  piece(index: number, { text, reasoning, logprobs, token, finish }: Piece): object | undefined {
    const shows = text !== '' || reasoning !== '' || logprobs.length > 0 || finish !== undefined;
    if (!shows && !this.call.tokenIds) return undefined;
    const delta = { ...(text ? { content: text } : {}), ...(reasoning ? reasoningFields(reasoning) : {}) };
    return this.chunk(index, delta, { logprobs: [...logprobs], tokens: [token], finish });
  }

  /** The last chunk, where usage is asked for. */
  usage(usage: Usage): object | undefined {
    if (!this.call.includeUsage) return undefined;
    return { ...this.head, choices: [], usage: usageBody(usage), timings: timingsBody(usage) };
  }
}
