// Messages of the video language model: what a chat template renders. Media parts carry no pixels; the clip travels beside them.

export type MessagePart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'video' }
  | { readonly type: 'image' };

export interface Message {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string | readonly MessagePart[];
}

/** All that is written in them, without media. */
export const wordsOf = (messages: readonly Message[]): string =>
  messages
    .flatMap(({ content }) =>
      typeof content === 'string' ? [content] : content.flatMap((part) => (part.type === 'text' ? [part.text] : [])),
    )
    .join('\n');
