// The body of a chat.completions request → pictures with their times, and the text; and the sections of the curation prompts
// (src/prompt) found in that text. Tolerant: plain "Question:" and "Options:" lines and a JSON block do as well.
import { z } from 'zod';
import type { Completion } from '../reasoner/compose.ts';
import type { Question } from '../reasoner/solve.ts';

const partSchema = z.union([
  z.looseObject({ type: z.literal('text'), text: z.string() }),
  z.looseObject({ type: z.literal('image_url'), image_url: z.looseObject({ url: z.string() }) }),
]);

export const chatBodySchema = z.looseObject({
  model: z.string(),
  messages: z
    .array(z.looseObject({ role: z.string(), content: z.union([z.string(), z.array(partSchema), z.null()]) }))
    .min(1),
  stream: z.boolean().nullish(),
  seed: z.number().int().nullish(),
});
export type ChatBody = z.infer<typeof chatBodySchema>;

export interface SentPicture {
  /** The bytes as they were sent: a JPEG, PNG or WebP in base64. */
  readonly base64: string;
  /** Seconds; undefined for a still image. */
  readonly time: number | undefined;
}

export interface ChatContent {
  readonly pictures: readonly SentPicture[];
  /** All text of user and system messages, in order. */
  readonly text: string;
}

const timeIn = (text: string): number | undefined => {
  const match = /(\d+(?:\.\d+)?)\s*(?:s|sec|seconds?)\b\s*[:.)\]]?\s*$/i.exec(text.trim());
  return match ? Number(match[1]) : undefined;
};

/** Pictures in order, each with the time that stands at the end of the text right before it; and the text. */
export function contentOf({ messages }: Pick<ChatBody, 'messages'>): ChatContent {
  const pictures: SentPicture[] = [];
  const texts: string[] = [];
  for (const { role, content } of messages) {
    if (role === 'assistant' || content === null) continue;
    let before: string | undefined;
    for (const part of typeof content === 'string' ? [{ type: 'text' as const, text: content }] : content) {
      if (part.type === 'text') {
        texts.push(part.text);
        before = part.text;
      } else {
        const base64 = /^data:image\/\w+;base64,(.+)$/s.exec(part.image_url.url)?.[1] ?? '';
        pictures.push({ base64, time: before === undefined ? undefined : timeIn(before) });
        before = undefined;
      }
    }
  }
  return { pictures, text: texts.join('\n') };
}

/** The inside of the last `<name>…</name>` section on lines of its own. */
function sectionIn(text: string, name: string): string | undefined {
  const opening = text.lastIndexOf(`<${name}>\n`);
  const closing = text.indexOf(`\n</${name}>`, opening);
  return opening >= 0 && closing >= 0 ? text.slice(opening + name.length + 3, closing) : undefined;
}

const lines = (text: string) => text.split('\n').map((line) => line.trim());

/** The question and its options. */
export function questionIn(text: string): Question {
  const problem = sectionIn(text, 'question') ?? /^Question:\s*(.+)$/m.exec(text)?.[1] ?? '';
  const listed = sectionIn(text, 'options') ?? /^Options:\s*\n((?:[A-Z][.):].*\n?)+)/m.exec(text)?.[1] ?? '';
  return { problem: problem.trim(), options: lines(listed).filter((line) => /^\(?[A-Z][.):]/.test(line)) };
}

/** The description as parsed JSON; undefined where there is none. */
export function descriptionIn(text: string): unknown {
  const source = sectionIn(text, 'description') ?? /```json\s*([\s\S]*?)```/.exec(text)?.[1];
  if (source === undefined) return undefined;
  try {
    return JSON.parse(source);
  } catch {
    return undefined;
  }
}

/** The draft's thinking and answer. */
export function draftIn(text: string): Completion {
  const draft = sectionIn(text, 'draft') ?? text;
  const think = /<think>([\s\S]*?)<\/think>/.exec(draft)?.[1] ?? '';
  const answer = /<answer>([\s\S]*?)<\/answer>/.exec(draft)?.[1] ?? '';
  return { think: think.trim(), answer: answer.trim() };
}
