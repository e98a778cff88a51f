// JSON as models write it by hand, where a server has no schema mode: a line break inside a string, a comma before a closing bracket. Both have
// one reading only. Leaves out: guessing; what is cut off stays broken.

const escapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are exactly the characters that JSON does not allow in strings
const control = /[\u0000-\u001f]/g;
const escaped = (c: string) => escapes[c] ?? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Whole strings, or the comma before a bracket: what stands in a string is never taken for structure. */
const stringOrComma = /"(?:[^"\\]|\\[\s\S])*"|,(?=\s*[\]}])/g;

export const repairJson = (text: string): string =>
  text.replace(stringOrComma, (found) => (found === ',' ? '' : found.replace(control, escaped)));
