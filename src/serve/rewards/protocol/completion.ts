// What the model wrote, out of what engines send: without the prompt before it and the special tokens that end it.
import { unprocessable } from '../../errors.ts';

/** A token that ends a turn in the chat formats of the field; the rewards read what comes before it. */
const END = /(?:<\|[\w ]{1,40}\|>|<\/s>|<eos>|<end_of_turn>|<pad>)$/;
/** Longer than any such token: the end of a text is looked at alone, so that a long one takes no longer. */
const END_CHARACTERS = 48;

/** The text without the tokens that end it, and the white space between them. */
export function withoutEnd(text: string): string {
  let left = text;
  for (;;) {
    const trimmed = left.trimEnd();
    const found = END.exec(trimmed.slice(-END_CHARACTERS))?.[0];
    if (found === undefined) return left === text ? text : trimmed;
    left = trimmed.slice(0, -found.length);
  }
}

/** Longest completion; accuracy of long texts takes time that grows with the square of their length. */
const MOST_CHARACTERS = 40_000;

/** Throws the 422 for a text that is too long. */
export function requireShort(text: string, param: string): string {
  if (text.length <= MOST_CHARACTERS) return text;
  const message = `${param}: ${text.length} characters are more than ${MOST_CHARACTERS}`;
  throw unprocessable(message, 'too-long', param);
}

/** Places of pictures and videos in a prompt: engines write them out as many tokens, so that the query holds another text. */
const MEDIA = /<\|(?:vision_start|vision_end|image_pad|video_pad)\|>|<(?:image|video)>/g;

/**
 * Where `wanted` first stands in `text`; -1 where it does not. Takes time in proportion to both (Knuth, Morris, Pratt): indexOf takes their
 * product where texts repeat themselves, and nothing bounds a prompt but the body.
 */
function firstPlace(text: string, wanted: string): number {
  // Characters that still fit after a mismatch behind so many.
  const fitting = new Int32Array(wanted.length + 1);
  const after = (matched: number, code: number): number => {
    let m = matched;
    while (m > 0 && wanted.charCodeAt(m) !== code) m = fitting[m];
    return wanted.charCodeAt(m) === code ? m + 1 : 0;
  };
  for (let i = 1, m = 0; i < wanted.length; i++) {
    m = after(m, wanted.charCodeAt(i));
    fitting[i + 1] = m;
  }
  for (let i = 0, m = 0; i < text.length; i++) {
    m = after(m, text.charCodeAt(i));
    if (m === wanted.length) return i + 1 - m;
  }
  return -1;
}

/**
 * The completion in a query that is prompt and completion in one text. The prompt's own end is looked for: all of it, or what follows its
 * last picture. Its first place counts, since a completion may repeat it. Throws the 422 where it is not found.
 */
export function completionOf(query: string, prompt: string, param: string): string {
  const places = [...prompt.matchAll(MEDIA)];
  const last = places.at(-1);
  const tail = last ? prompt.slice(last.index + last[0].length) : prompt;
  for (const known of [prompt, tail]) {
    const at = known === '' ? -1 : firstPlace(query, known);
    if (at >= 0) return withoutEnd(query.slice(at + known.length));
  }
  if (prompt === '') return withoutEnd(query);
  throw unprocessable(
    `${param}: the query does not hold its prompt, so where the completion starts is not known`,
    'invalid-value',
    param,
  );
}
