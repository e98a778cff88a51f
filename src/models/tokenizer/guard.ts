// Keeps control tokens that stand in message text from becoming control tokens: while the chat template renders, each is broken by a run of a
// noncharacter, which is taken out again before encoding. Text parts side by side count as one text, since they are rendered so.
// Leaves out: roles, which come from our own code.
import type { Message, MessagePart } from '../../prompt/messages.ts';

/** Unicode's noncharacters are for use inside programs; a text may hold them all the same, so the run is made longer than any in it. */
const NONCHARACTER = '\uFDD0';

export interface Guarded {
  readonly messages: Message[];
  /** Takes the guards out of rendered text. */
  readonly reveal: (text: string) => string;
}

/** Cuts text at control tokens: even places of the answer are text, odd places the tokens (split.ts). */
type Split = (text: string) => string[];

function breakTokens(text: string, split: Split, guard: string): string {
  return split(text)
    .map((piece, i) => (i % 2 === 0 ? piece : `${piece[0]}${guard}${piece.slice(1)}`))
    .join('');
}

/** Texts that are rendered one after another, broken as one, and cut at the same places as before. */
function breakTexts(texts: readonly string[], split: Split, guard: string): string[] {
  const broken = breakTokens(texts.join(''), split, guard);
  let at = 0;
  return texts.map((text) => {
    const from = at;
    for (let left = text.length; left > 0; ) {
      if (broken.startsWith(guard, at)) at += guard.length;
      else {
        at++;
        left--;
      }
    }
    return broken.slice(from, at);
  });
}

/** Runs of text parts, each with the place of its first; media stand between them. */
function textRuns(parts: readonly MessagePart[]): { start: number; texts: string[] }[] {
  const runs: { start: number; texts: string[] }[] = [];
  parts.forEach((part, i) => {
    if (part.type !== 'text') return;
    const last = runs.at(-1);
    if (last && last.start + last.texts.length === i) last.texts.push(part.text);
    else runs.push({ start: i, texts: [part.text] });
  });
  return runs;
}

function guardContent(content: Message['content'], split: Split, guard: string): Message['content'] {
  if (typeof content === 'string') return breakTokens(content, split, guard);
  const out = [...content];
  for (const { start, texts } of textRuns(content))
    breakTexts(texts, split, guard).forEach((text, i) => {
      out[start + i] = { type: 'text', text };
    });
  return out;
}

const textOf = ({ content }: Message): string =>
  typeof content === 'string' ? content : content.map((part) => (part.type === 'text' ? part.text : '')).join('');

/** The messages with every control token of their texts broken. */
export function guardMessages(messages: readonly Message[], split: Split): Guarded {
  const all = messages.map(textOf).join('');
  let guard = NONCHARACTER;
  while (all.includes(guard)) guard += NONCHARACTER;
  return {
    messages: messages.map(({ role, content }) => ({ role, content: guardContent(content, split, guard) })),
    reveal: (text) => text.replaceAll(guard, ''),
  };
}
