// The OpenAI-compatible chat protocol as data: our request → its body, its body → our answer. No network here (openai.ts).
import { z } from 'zod';
import { VideorftError } from '../base/errors.ts';
import type { Endpoint } from './config.ts';
import type { ChatMessage, ChatPart, ChatRequest, VideoSource } from './port.ts';
import { AttemptFailure } from './retry.ts';
import { SplicedText } from './spliced.ts';
import { vendorSchema } from './vendor-schema.ts';
import { framesFields } from './video-form.ts';

/** The text that stands before a frame: 'Frame at 1.5 seconds:' (two decimals at most). */
export const frameLabel = (timeSeconds: number): string => `Frame at ${Number(timeSeconds.toFixed(2))} seconds:`;

export const base64 = (data: Uint8Array): string =>
  Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');

/** A video as vLLM, SGLang and videorft serve take it: a URL, the file, or its JPEG frames, joined by commas. */
function videoUrl(source: VideoSource, pictures: SplicedText): string {
  switch (source.kind) {
    case 'url':
      return source.url;
    case 'bytes':
      return `data:${source.mimeType};base64,${pictures.later(base64(source.data))}`;
    case 'jpegs':
      return `data:video/jpeg;base64,${pictures.later(source.jpegs.map(base64).join(','))}`;
    case 'upload':
      throw new VideorftError('OpenAI-compatible servers take no uploaded videos.', {
        code: 'llm-video-form',
        fix: "Set the expert's video to video_url, jpeg_video or frames, or its protocol to gemini.",
      });
  }
}

type Detail = Endpoint['imageDetail'];

function wirePart(part: ChatPart, pictures: SplicedText, detail: Detail): object[] {
  if (part.type === 'text') return [{ type: 'text', text: part.text }];
  if (part.type === 'video') return [{ type: 'video_url', video_url: { url: videoUrl(part.source, pictures) } }];
  const url = `data:image/jpeg;base64,${pictures.later(base64(part.jpeg))}`;
  const image = { type: 'image_url', image_url: detail === undefined ? { url } : { url, detail } };
  return part.timeSeconds === undefined ? [image] : [{ type: 'text', text: frameLabel(part.timeSeconds) }, image];
}

function wireMessage({ role, content }: ChatMessage, pictures: SplicedText, detail: Detail): object {
  if (typeof content === 'string') return { role, content };
  return { role, content: content.flatMap((part) => wirePart(part, pictures, detail)) };
}

function responseFormat({ jsonSchema }: ChatRequest, mode: Endpoint['jsonMode']): object | undefined {
  if (!jsonSchema || mode === 'none') return undefined;
  if (mode === 'json_object') return { type: 'json_object' };
  return {
    type: 'json_schema',
    json_schema: { name: jsonSchema.name, strict: true, schema: vendorSchema(jsonSchema.schema) },
  };
}

/**
 * vLLM's fields for how a video is looked at: as many frames as we would have sent, all of the JPEG frames that we do send, and for
 * these the times that the bytes do not tell.
 */
function videoFields({ messages }: ChatRequest): object {
  const parts = messages.flatMap(({ content }) => (typeof content === 'string' ? [] : content));
  const part = parts.find((each) => each.type === 'video');
  if (!part) return {};
  if (part.source.kind !== 'jpegs') {
    const processor = part.pixels && { mm_processor_kwargs: part.pixels };
    return { media_io_kwargs: { video: { num_frames: part.frames } }, ...processor };
  }
  const { timesSeconds, durationSeconds } = part.source;
  const last = timesSeconds.at(-1) ?? 0;
  const fps = part.source.fps ?? (last > 0 ? (timesSeconds.length - 1) / last : 1);
  return framesFields(timesSeconds.length, fps, durationSeconds);
}

/** What of a body is sent: a field that the configuration sets to null is left out, for servers that do not take it. */
export const sentFields = (body: Readonly<Record<string, unknown>>): object =>
  Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));

/** The JSON of a chat.completions request, in UTF-8; `extraBody` wins over what we set. */
export function requestBody(
  request: ChatRequest,
  endpoint: Pick<Endpoint, 'model' | 'jsonMode' | 'extraBody' | 'imageDetail'>,
): Uint8Array<ArrayBuffer> {
  const pictures = new SplicedText();
  const body = {
    model: endpoint.model,
    messages: request.messages.map((message) => wireMessage(message, pictures, endpoint.imageDetail)),
    temperature: request.temperature,
    top_p: request.top_p,
    max_tokens: request.max_tokens,
    seed: request.seed,
    response_format: responseFormat(request, endpoint.jsonMode),
    ...videoFields(request),
    ...endpoint.extraBody,
  };
  return pictures.fill(JSON.stringify(sentFields(body)));
}

const completionSchema = z.object({
  model: z.string().optional(),
  choices: z
    .array(
      z.object({
        finish_reason: z.string().nullish(),
        message: z.object({
          content: z.string().nullish(),
          reasoning_content: z.string().nullish(),
          reasoning: z.string().nullish(),
          refusal: z.string().nullish(),
        }),
      }),
    )
    .min(1),
  usage: z.object({ prompt_tokens: z.number().nullish(), completion_tokens: z.number().nullish() }).nullish(),
});

/** A leading `<think>…</think>` (or one whose opening tag was prefilled) apart from the rest. JSON is left as it is. */
export function splitThinking(content: string): { text: string; reasoning: string | undefined } {
  const match = /^\s*(?:<think>)?((?:(?!<think>)[\s\S])*?)<\/think>\s*([\s\S]*)$/.exec(content);
  if (!match || /^\s*[{[]/.test(content)) return { text: content, reasoning: undefined };
  return { text: match[2], reasoning: match[1].trim() || undefined };
}

/**
 * An answer's text, reasoning and usage. Throws AttemptFailure for a body that is not a completion (again), for empty content
 * (again), and for an answer that the model refused, a filter took or cut, or that is empty because the tokens ran out (never, and only
 * where such an answer is not accepted).
 */
export function readCompletion(
  body: unknown,
  requested: string,
  { acceptCut = false }: Pick<ChatRequest, 'acceptCut'> = {},
) {
  const parsed = completionSchema.safeParse(body);
  if (!parsed.success) throw new AttemptFailure(`not a completion (${wrongBody(body)})`, 'broken-body', 'again');
  const { choices, usage, model } = parsed.data;
  const { message, finish_reason } = choices[0];
  const apart = message.reasoning_content?.trim() || message.reasoning?.trim() || undefined;
  const split = splitThinking(message.content ?? '');
  // Some servers (videorft serve) tell the reasoning apart and leave it in the text too.
  const text = apart === undefined || apart === split.reasoning ? split.text : (message.content ?? '');
  const finishReason = finish_reason ?? 'unknown';
  refuseRefusal(message.refusal, finishReason);
  const isCut = finishReason === 'length';
  if (text.trim() === '' && !(isCut && acceptCut)) throw emptyFailure(isCut, apart ?? split.reasoning);
  return {
    text,
    reasoning: apart ?? split.reasoning,
    model: model ?? requested,
    finishReason,
    usage: { promptTokens: usage?.prompt_tokens ?? 0, completionTokens: usage?.completion_tokens ?? 0 },
  };
}

function wrongBody(body: unknown): string {
  const error = (body as { error?: { message?: unknown } } | null)?.error?.message;
  return typeof error === 'string' ? error.slice(0, 200) : 'no choices';
}

function refuseRefusal(refusal: string | null | undefined, finishReason: string): void {
  if (refusal?.trim())
    throw new AttemptFailure(`refused by the model (${refusal.trim().slice(0, 200)})`, 'refused', 'never');
  if (finishReason === 'content_filter') {
    throw new AttemptFailure('withheld by the content filter', 'filtered', 'never');
  }
}

/** Reasoning alone is no answer, however long; that there was some tells what to do. */
export function emptyFailure(isCut: boolean, reasoning: string | undefined): AttemptFailure {
  const thought =
    reasoning === undefined ? '' : `: ${reasoning.length} characters of reasoning, and no text after them`;
  if (!isCut) return new AttemptFailure(`empty answer${thought}`, 'empty', 'again');
  return new AttemptFailure(`the answer ended before it began, at its token limit${thought}`, 'cut', 'never', {
    fix: 'Raise maxTokens.',
  });
}
