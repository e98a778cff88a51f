// Who answers: a model in this process, a batch at a time, or a chat model behind an endpoint, many questions at once and each for itself. Leaves
// out: retries and limits (llm/).
import type { Backend, SampleOptions } from '../backends/port.ts';
import { VideorftError } from '../base/errors.ts';
import type { ChatMessage, ChatModel, ChatPart } from '../llm/index.ts';
import { type Clip, encodeJpeg } from '../media/index.ts';
import type { Message } from '../prompt/index.ts';
import type { ShownPrompt } from './sent-video.ts';

export interface Answer {
  readonly text: string;
  readonly tokens: number;
  readonly finish: 'stop' | 'length';
}

export type Decoded = Pick<SampleOptions, 'maxTokens' | 'temperature' | 'topP' | 'signal'>;

/** A prompt with the seed that its answer is drawn under. */
export interface Asked {
  readonly prompt: ShownPrompt;
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
function jpegEncoder(): (clip: Clip) => Promise<Jpegs> {
  const known = new WeakMap<Clip, Promise<Jpegs>>();
  const encode = (clip: Clip): Promise<Jpegs> => {
    const bytes = new Map([...new Set(clip.frames)].map((frame) => [frame, encodeJpeg(frame, JPEG_QUALITY)] as const));
    return Promise.all(clip.frames.map((frame) => bytes.get(frame) as Promise<Uint8Array>));
  };
  return async (clip) => {
    const jpegs = known.get(clip) ?? encode(clip);
    known.set(clip, jpegs);
    return jpegs;
  };
}

/** What stands for the media part: the clip's frames as pictures, in order, or as one video; or the video as a whole. */
async function shownParts(
  { clip, sent, whole }: ShownPrompt,
  jpegsOf: (clip: Clip) => Promise<Jpegs>,
): Promise<ChatPart[]> {
  if (whole && sent?.form === 'video_url') {
    const { num_frames, ...pixels } = sent.asked;
    return [{ type: 'video', source: await whole(), frames: num_frames, pixels }];
  }
  if (!clip) return [];
  const jpegs = await jpegsOf(clip);
  if (sent?.form !== 'jpeg_video') return jpegs.map((jpeg) => ({ type: 'image', jpeg }));
  const { frames, durationSeconds, sampledFps: fps } = clip;
  const timesSeconds = frames.map(({ time }) => time);
  return [
    { type: 'video', source: { kind: 'jpegs', jpegs, timesSeconds, durationSeconds, fps }, frames: jpegs.length },
  ];
}

/** The media part becomes what is shown in its place; the text stays as it is. */
function wireMessage({ role, content }: Message, shown: readonly ChatPart[]): ChatMessage {
  if (typeof content === 'string') return { role, content };
  return { role, content: content.flatMap((part): readonly ChatPart[] => (part.type === 'text' ? [part] : shown)) };
}

/** Reasoning that the server tells apart goes back to where the model wrote it; one that was cut off before any text never ended. */
function wholeText(text: string, reasoning: string | undefined): string {
  if (reasoning === undefined) return text;
  return text.trim() === '' ? `<think>${reasoning}` : `<think>${reasoning}</think>\n${text}`;
}

/** Failures that say something about the endpoint, or this machine's disk, and nothing about the question. */
const ENDPOINT_FAILURES: ReadonlySet<string> = new Set(['llm-refused', 'llm-no-key', 'llm-down', 'archive-store']);

/** A failure that is the question's own. Throws any other, and 'aborted'. */
export function questionFailure(error: unknown, signal: AbortSignal | undefined): VideorftError {
  if (signal?.aborted) throw new VideorftError('evaluation was interrupted', { code: 'aborted', cause: error });
  if (!(error instanceof VideorftError) || ENDPOINT_FAILURES.has(error.code)) throw error;
  return error;
}

/** A chat model, shown videos as the prompt says, else as ordered JPEG pictures. The model itself finds how many of `atOnce` requests its endpoint takes (llm/adaptive.ts). */
export function ofChatModel(model: ChatModel, atOnce: number): SingleRespondent {
  const jpegsOf = jpegEncoder();
  return {
    kind: 'single',
    atOnce,
    ask: async ({ prompt, seed }, { maxTokens, temperature, topP, signal }) => {
      const { id, messages } = prompt;
      try {
        const shown = await shownParts(prompt, jpegsOf);
        const { text, reasoning, usage, finishReason } = await model.chat({
          messages: messages.map((message) => wireMessage(message, shown)),
          temperature,
          top_p: topP,
          max_tokens: maxTokens,
          seed,
          acceptCut: true,
          sampleId: id,
          signal,
        });
        const finish = finishReason === 'length' ? 'length' : 'stop';
        return { text: wholeText(text, reasoning), tokens: usage.completionTokens, finish };
      } catch (error) {
        return questionFailure(error, signal);
      }
    },
  };
}
