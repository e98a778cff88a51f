// Cuts text at fixed words (control tokens), longest first.

const escapeRegExp = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** A function that cuts text at the words: even places of its answer are text, odd places are the words found. */
export function wordSplitter(words: readonly string[]): (text: string) => string[] {
  if (words.length === 0) return (text) => [text];
  const byLength = [...words].sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
  const pattern = new RegExp(`(${byLength.map(escapeRegExp).join('|')})`, 'u');
  return (text) => text.split(pattern);
}
