// Who answers: a model in this process, a batch at a time, or a chat model behind an endpoint, many questions at once and each for itself. Leaves
// out: retries and limits (llm/).
import type { Backend, Prompt, SampleOptions } from '../backends/port.ts';
import { VideorftError } from '../base/errors.ts';
import type { ChatMessage, ChatModel, ChatPart } from '../llm/index.ts';
import { type Clip, encodeJpeg } from '../media/index.ts';
import type { Message } from '../prompt/index.ts';

export interface Answer {
  readonly text: string;
  readonly tokens: number;
  readonly finish: 'stop' | 'length';
}

export type Decoded = Pick<SampleOptions, 'maxTokens' | 'temperature' | 'topP' | 'signal'>;

/** A prompt with the seed that its answer is drawn under. */
export interface Asked {
  readonly prompt: Prompt;
  readonly seed: number;
}

export interface BatchRespondent {
  /** An answer depends on who is asked in the same call, by rounding. */
  readonly kind: 'batch';
  /** What it throws is no question's fault, and ends the evaluation. */
  ask(asked: readonly Asked[], options: Decoded): Promise<Answer[]>;
}

export interface SingleRespondent {
  readonly kind: 'single';
  /** Questions under way at most. */
  readonly atOnce: number;
  /** The answer, or why there is none. Rejects where no further question can succeed. */
  ask(asked: Asked, options: Decoded): Promise<Answer | VideorftError>;
}

export type Respondent = BatchRespondent | SingleRespondent;

/** A model in this process. */
export const ofBackend = (backend: Pick<Backend, 'sample'>): BatchRespondent => ({
  kind: 'batch',
  ask: async (asked, options) => {
    const completions = await backend.sample(
      asked.map(({ prompt }) => prompt),
      { ...options, numSamples: 1, seed: 0, streams: asked.map(({ seed }) => seed) },
    );
    return completions.map(([{ text, tokens, finish }]) => ({ text, tokens: tokens.length, finish }));
  },
});

/** JPEG quality of the frames that are sent. */
export const JPEG_QUALITY = 90;

type Jpegs = readonly Uint8Array[];

/** Every clip is encoded once, a frame that is shown twice too. */
function jpegEncoder(): (clip: Clip | undefined) => Promise<Jpegs> {
  const known = new WeakMap<Clip, Promise<Jpegs>>();
  const encode = (clip: Clip): Promise<Jpegs> => {
    const bytes = new Map([...new Set(clip.frames)].map((frame) => [frame, encodeJpeg(frame, JPEG_QUALITY)] as const));
    return Promise.all(clip.frames.map((frame) => bytes.get(frame) as Promise<Uint8Array>));
  };
  return async (clip) => {
    if (!clip) return [];
    const jpegs = known.get(clip) ?? encode(clip);
    known.set(clip, jpegs);
    return jpegs;
  };
}

/** The media part becomes the clip's frames as pictures, in order; the text stays as it is. */
function wireMessage({ role, content }: Message, jpegs: Jpegs): ChatMessage {
  if (typeof content === 'string') return { role, content };
  const parts = content.map((part): ChatPart[] =>
    part.type === 'text' ? [part] : jpegs.map((jpeg) => ({ type: 'image', jpeg })),
  );
  return { role, content: parts.flat() };
}

/** Reasoning that the server tells apart goes back to where the model wrote it. */
const wholeText = (text: string, reasoning: string | undefined): string =>
  reasoning === undefined ? text : `<think>${reasoning}</think>\n${text}`;

/** Failures that say something about the endpoint and nothing about the question. */
const ENDPOINT_FAILURES: ReadonlySet<string> = new Set(['llm-refused', 'llm-no-key', 'llm-down']);

/** A chat model: frames as ordered JPEG pictures. The model itself finds how many of `atOnce` requests its endpoint takes (llm/adaptive.ts). */
export function ofChatModel(model: ChatModel, atOnce: number): SingleRespondent {
  const jpegsOf = jpegEncoder();
  return {
    kind: 'single',
    atOnce,
    ask: async ({ prompt: { id, messages, clip }, seed }, { maxTokens, temperature, topP, signal }) => {
      const jpegs = await jpegsOf(clip);
      try {
        const { text, reasoning, usage, finishReason } = await model.chat({
          messages: messages.map((message) => wireMessage(message, jpegs)),
          temperature,
          top_p: topP,
          max_tokens: maxTokens,
          seed,
          sampleId: id,
          signal,
        });
        const finish = finishReason === 'length' ? 'length' : 'stop';
        return { text: wholeText(text, reasoning), tokens: usage.completionTokens, finish };
      } catch (error) {
        if (signal?.aborted) throw new VideorftError('evaluation was interrupted', { code: 'aborted', cause: error });
        if (!(error instanceof VideorftError) || ENDPOINT_FAILURES.has(error.code)) throw error;
        return error;
      }
    },
  };
}
