// A request's body → what it asks for: messages, media, settings of sampling. Everything that is wrong with it is a 400 that names the
// place. Leaves out: fetching media (media/), the model's limits (service.ts).
import type { Message, MessagePart } from '../../prompt/messages.ts';
import { badRequest } from '../errors.ts';
import { checkFields } from './fields.ts';
import { conform, parseObject } from './json.ts';
import { bodySchema, type ChatBody, type ChatPart, offeredFields } from './schema.ts';

export interface MediaReference {
  readonly kind: 'image' | 'video';
  readonly url: string;
  /** Where it stands in the body. */
  readonly param: string;
}

export interface Sampling {
  /** 0: greedy. */
  readonly temperature: number;
  readonly topP: number;
  /** 0: no limit. */
  readonly topK: number;
  readonly seed: number | undefined;
}

/** How media are to be looked at; what is undefined is as the model's profile has it. */
export interface MediaView {
  /** Of each video. */
  readonly frames: number | undefined;
  /** Frames a second of videos that are sent as their frames. */
  readonly fps: number | undefined;
  /** The parameter that is about videos that are sent as their frames only, if there is one. */
  readonly ofFrames: string | undefined;
  /** Of a picture or frame. */
  readonly minPixels: number | undefined;
  readonly maxPixels: number | undefined;
}

export interface ChatCall {
  readonly model: string;
  readonly messages: readonly Message[];
  /** In the order in which the messages announce them. */
  readonly media: readonly MediaReference[];
  readonly sampling: Sampling;
  readonly n: number;
  /** Undefined: as many as the server gives. */
  readonly maxTokens: number | undefined;
  readonly stop: readonly string[];
  /** Alternatives told with each token's log-probability; undefined: no log-probabilities are wanted. */
  readonly topLogprobs: number | undefined;
  readonly stream: boolean;
  readonly includeUsage: boolean;
  /** Whether the numbers of all tokens are wanted, prompt and end of turn included. */
  readonly tokenIds: boolean;
  /** Whether log-probabilities name tokens by their numbers. */
  readonly tokensAsIds: boolean;
  readonly view: MediaView;
}

/** Adds the part's medium to `media`, and returns the part as the chat template knows it. */
function readPart(part: ChatPart, param: string, role: string, media: MediaReference[]): MessagePart {
  if (part.type === 'text') return { type: 'text', text: part.text };
  if (role !== 'user')
    throw badRequest(`${param}: only user messages may hold pictures and videos`, 'invalid-value', param);
  const kind = part.type === 'image_url' ? 'image' : 'video';
  const holder: Record<string, unknown> & { url: string } = part.type === 'image_url' ? part.image_url : part.video_url;
  const other = Object.keys(holder).find((key) => key !== 'url' && key !== 'detail');
  if (other) throw badRequest(`${param}: unknown field ${other}`, 'unknown-field', param, 'leave it out');
  media.push({ kind, url: holder.url, param });
  return { type: kind };
}

/** Fields of a message that carry nothing that the chat template shows, and those that would have to. */
const silent = new Set(['role', 'content', 'name', 'reasoning_content', 'reasoning', 'refusal', 'annotations']);

function readMessages(messages: ChatBody['messages']): { messages: Message[]; media: MediaReference[] } {
  const media: MediaReference[] = [];
  const read = messages.map((message, m): Message => {
    for (const [key, value] of Object.entries(message)) {
      const nothing = value === null || (Array.isArray(value) && value.length === 0);
      if (!silent.has(key) && !nothing)
        throw badRequest(`messages.${m}.${key} is not offered`, 'unsupported-field', `messages.${m}.${key}`);
    }
    const { content } = message;
    const role = message.role === 'developer' ? 'system' : message.role;
    if (typeof content === 'string') return { role, content };
    return { role, content: content.map((part, p) => readPart(part, `messages.${m}.content.${p}`, role, media)) };
  });
  return { messages: read, media };
}

function readStop({ stop }: ChatBody): readonly string[] {
  if (stop === null || stop === undefined) return [];
  return typeof stop === 'string' ? [stop] : stop;
}

function topLogprobs({ logprobs, top_logprobs }: ChatBody): number | undefined {
  if (logprobs) return top_logprobs ?? 0;
  if (!top_logprobs) return undefined;
  throw badRequest('top_logprobs: needs logprobs: true', 'invalid-value', 'top_logprobs');
}

function readView({ media_io_kwargs, mm_processor_kwargs }: ChatBody): MediaView {
  const { num_frames, ...facts } = media_io_kwargs?.video ?? {};
  const { min_pixels, max_pixels, ...processor } = mm_processor_kwargs ?? {};
  const has = (fields: object) => Object.keys(fields).length > 0;
  const processing = has(processor) ? 'mm_processor_kwargs' : undefined;
  return {
    frames: num_frames,
    fps: processor.fps ?? facts.fps,
    ofFrames: has(facts) ? 'media_io_kwargs' : processing,
    minPixels: min_pixels,
    maxPixels: max_pixels,
  };
}

/** Reads the text of a request's body. Throws the 400: invalid-json, invalid-value, unknown-field, unsupported-field. */
export function readRequest(text: string): ChatCall {
  const raw = parseObject(text, badRequest);
  checkFields(raw, offeredFields);
  const body = conform(bodySchema, raw, badRequest);
  return {
    ...readMessages(body.messages),
    model: body.model,
    sampling: {
      temperature: body.temperature ?? 1,
      topP: body.top_p ?? 1,
      topK: Math.max(0, body.top_k ?? 0),
      seed: body.seed ?? undefined,
    },
    n: body.n ?? 1,
    maxTokens: body.max_completion_tokens ?? body.max_tokens ?? undefined,
    stop: readStop(body),
    topLogprobs: topLogprobs(body),
    stream: body.stream ?? false,
    includeUsage: body.stream_options?.include_usage ?? false,
    tokenIds: body.return_token_ids ?? false,
    tokensAsIds: body.return_tokens_as_token_ids ?? false,
    view: readView(body),
  };
}
