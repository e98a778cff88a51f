// What every curation prompt has in common: its shape, the tags that mark its sections, and the check of a JSON reply.
// A section is <name>…</name> on lines of its own, so that a person, a model and a test can all find it.
import { z } from 'zod';
import type { ChatMessage, ChatPart, ChatRequest, VideoSource } from '../llm/port.ts';
import { repairJson } from './repair-json.ts';

/** A picture that goes into a prompt: a JPEG and when it was taken; a still image has no time. */
export interface PromptImage {
  readonly jpeg: Uint8Array;
  readonly timeSeconds?: number;
  readonly width?: number;
  readonly height?: number;
}

/** What a seeing expert is shown of a sample. */
export interface PromptMedia {
  /** In order of time; exactly one for a still image. */
  readonly images: readonly PromptImage[];
  /** Length of the video, not of the sampled frames; 0 for a still image. */
  readonly durationSeconds: number;
  /** Sent instead of the frames where the expert takes videos as a whole. */
  readonly video?: VideoSource;
}

/** A rendered prompt: the messages, and the JSON Schema of the reply where it is JSON. */
export interface StagePrompt {
  /** Name and version of the template, stored with every result: 'describe-video/1'. */
  readonly version: string;
  readonly messages: readonly ChatMessage[];
  readonly jsonSchema?: ChatRequest['jsonSchema'];
}

/** `<name>\ntext\n</name>`. */
export const section = (name: string, text: string): string => `<${name}>\n${text}\n</${name}>`;

/** The video as a whole, or the images in order, each with its time where it has one. */
export function mediaParts({ images, video }: PromptMedia): ChatPart[] {
  if (video) return [{ type: 'video', source: video, frames: images.length }];
  return images.map(({ jpeg, timeSeconds }) => ({ type: 'image', jpeg, timeSeconds }));
}

/** The times of the frames: '0, 1.5, 3'. A video that goes as a whole does not tell them. */
export const momentsText = ({ images }: PromptMedia): string =>
  images.map(({ timeSeconds = 0 }) => String(Number(timeSeconds.toFixed(2)))).join(', ');

/** A zod schema as the plain JSON Schema that chat servers take in `response_format`. */
export function replySchema(name: string, schema: z.ZodType): NonNullable<ChatRequest['jsonSchema']> {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema) as Record<string, unknown>;
  return { name, schema: rest };
}

export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

function tolerantParse(text: string): Parsed<unknown> {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    try {
      return { ok: true, value: JSON.parse(repairJson(text)) };
    } catch {
      return { ok: false, problem: `the JSON does not parse: ${(error as Error).message}` };
    }
  }
}

/**
 * The JSON object of a reply, checked. Accepts a ```json fence or words around the object, since models add them, and slips with one reading (repair-json.ts).
 * A failure names what is wrong in words that can be sent back to the model.
 */
export function parseJsonReply<T>(text: string, schema: z.ZodType<T>): Parsed<T> {
  const start = text.indexOf('{');
  const end = text.lastIndexOf('}');
  if (start < 0 || end < start) return { ok: false, problem: 'there is no JSON object in the reply' };
  const parsed = tolerantParse(text.slice(start, end + 1));
  if (!parsed.ok) return parsed;
  const result = schema.safeParse(parsed.value);
  if (result.success) return { ok: true, value: result.data };
  const issues = result.error.issues.map((issue) => `${issue.path.join('.') || 'the object'}: ${issue.message}`);
  return { ok: false, problem: issues.slice(0, 5).join('; ') };
}

/** The second and last request for a reply that did not fit: the same conversation, the reply, and what is wrong. */
export function reaskMessages(
  messages: readonly ChatMessage[],
  reply: string,
  problem: string,
): readonly ChatMessage[] {
  const complaint = `Your reply cannot be used: ${problem}. Reply again, in full, in exactly the form asked for.`;
  return [...messages, { role: 'assistant', content: reply || '(empty)' }, { role: 'user', content: complaint }];
}
