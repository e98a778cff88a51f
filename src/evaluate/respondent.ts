// Who answers: a model in this process, or a chat model behind an endpoint, one failing question at a time. Leaves out: retries and limits (llm/).
import type { Backend, Prompt, SampleOptions } from '../backends/port.ts';
import { VideorftError } from '../base/errors.ts';
import type { ChatMessage, ChatModel, ChatPart } from '../llm/index.ts';
import { encodeJpeg, type Frame } from '../media/index.ts';
import type { Message } from '../prompt/index.ts';

export interface Answer {
  readonly text: string;
  readonly tokens: number;
  readonly finish: 'stop' | 'length';
}

export type AskOptions = Omit<SampleOptions, 'numSamples' | 'onToken' | 'onProgress'>;

export interface Respondent {
  /** An answer depends on who is asked in the same call: rounding in a batch, random numbers by place. */
  readonly together: boolean;
  /** One answer per prompt, or why there is none. Rejects where no further question can succeed. */
  ask(prompts: readonly Prompt[], options: AskOptions): Promise<(Answer | VideorftError)[]>;
}

/** A model in this process. What it throws is no question's fault, and ends the evaluation. */
export const ofBackend = (backend: Pick<Backend, 'sample'>): Respondent => ({
  together: true,
  ask: async (prompts, options) => {
    const completions = await backend.sample(prompts, { ...options, numSamples: 1 });
    return completions.map(([{ text, tokens, finish }]) => ({ text, tokens: tokens.length, finish }));
  },
});

/** JPEG quality of the frames that are sent. */
export const JPEG_QUALITY = 90;

/** The media part becomes the clip's frames as pictures, in order; the text stays as it is. */
async function wireMessage({ role, content }: Message, frames: readonly Frame[]): Promise<ChatMessage> {
  if (typeof content === 'string') return { role, content };
  const parts = await Promise.all(
    content.map(async (part): Promise<ChatPart[]> => {
      if (part.type === 'text') return [part];
      return Promise.all(
        frames.map(async (frame) => ({ type: 'image', jpeg: await encodeJpeg(frame, JPEG_QUALITY) }) as const),
      );
    }),
  );
  return { role, content: parts.flat() };
}

/** Reasoning that the server tells apart goes back to where the model wrote it. */
const wholeText = (text: string, reasoning: string | undefined): string =>
  reasoning === undefined ? text : `<think>${reasoning}</think>\n${text}`;

/** Failures that say something about the endpoint and nothing about the question. */
const ENDPOINT_FAILURES: ReadonlySet<string> = new Set(['llm-refused', 'llm-no-key']);

/** A chat model: frames as ordered JPEG pictures, all questions of a call at once (the model limits how many are in flight). */
export const ofChatModel = (model: ChatModel): Respondent => ({
  together: false,
  ask: (prompts, { maxTokens, temperature, topP, seed, signal }) =>
    Promise.all(
      prompts.map(async ({ id, messages, clip }) => {
        try {
          const { text, reasoning, usage, finishReason } = await model.chat({
            messages: await Promise.all(messages.map((message) => wireMessage(message, clip?.frames ?? []))),
            temperature,
            top_p: topP,
            max_tokens: maxTokens,
            seed,
            sampleId: id,
            signal,
          });
          const finish = finishReason === 'length' ? 'length' : 'stop';
          return { text: wholeText(text, reasoning), tokens: usage.completionTokens, finish } as const;
        } catch (error) {
          if (signal?.aborted) throw new VideorftError('evaluation was interrupted', { code: 'aborted', cause: error });
          if (!(error instanceof VideorftError) || ENDPOINT_FAILURES.has(error.code)) throw error;
          return error;
        }
      }),
    ),
});
