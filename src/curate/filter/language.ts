// Whether a reasoning is in another language than asked for: by script, and where both are written in Latin letters, by function words.
// A few foreign words (a sign, a name) are no other language; short texts are not judged. Leaves out: telling apart languages beyond the list.
import { withoutQuotations, wordsOf } from './words.ts';

const scripts = {
  Latin: /\p{Script=Latin}/gu,
  Han: /\p{Script=Han}/gu,
  Kana: /[\p{Script=Hiragana}\p{Script=Katakana}]/gu,
  Hangul: /\p{Script=Hangul}/gu,
  Cyrillic: /\p{Script=Cyrillic}/gu,
  Arabic: /\p{Script=Arabic}/gu,
  Hebrew: /\p{Script=Hebrew}/gu,
  Devanagari: /\p{Script=Devanagari}/gu,
  Thai: /\p{Script=Thai}/gu,
  Greek: /\p{Script=Greek}/gu,
} as const;
type Script = keyof typeof scripts;

/** One character of these says as much as two letters. */
const dense = new Set<Script>(['Han', 'Kana', 'Hangul']);

const functionWords: Readonly<Record<string, ReadonlySet<string>>> = {
  en: new Set('the is and of to in that which it are on at what how does'.split(' ')),
  fr: new Set("le la les des est et une dans que qui du sur il c'est quelle".split(' ')),
  de: new Set('der die das und ist ein eine nicht auf mit den dem sich im wie'.split(' ')),
  es: new Set('el los las es una que del por con en y se cuál la está'.split(' ')),
  it: new Set('il che di è una della per con gli del sono nel la si cosa'.split(' ')),
  pt: new Set('o os uma é não que do da em com para se as no qual'.split(' ')),
  nl: new Set('het een van is niet op zijn met dat en voor aan de er wat'.split(' ')),
};

const languagesOf = new Map<string, string[]>();
for (const [language, known] of Object.entries(functionWords))
  for (const word of known) languagesOf.set(word, [...(languagesOf.get(word) ?? []), language]);

const scriptsOf: Readonly<Record<string, readonly Script[]>> = {
  zh: ['Han'],
  ja: ['Han', 'Kana'],
  ko: ['Hangul', 'Han'],
  ru: ['Cyrillic'],
  ar: ['Arabic'],
  he: ['Hebrew'],
  hi: ['Devanagari'],
  th: ['Thai'],
  el: ['Greek'],
};

/** What the setting may be: as the question is, anything, or a language. */
export const languages = ['question', 'any', ...Object.keys(functionWords), ...Object.keys(scriptsOf)] as const;

/** Texts with fewer letters are not judged. */
const LETTERS = 40;
/** A script is a text's own where this share of its letters are of it. */
const OWN = 0.1;
/** Function words that make a language known, and how far it must lead the next. */
const HITS = 3;
const LEAD = 2;
/** Share of a reasoning's words that must be another language's function words. */
const SHARE = 0.12;

const plain = /^[\p{ASCII}‘’“”–—…]*$/u;

function letters(text: string): Map<Script, number> {
  if (plain.test(text)) return new Map([['Latin', text.replace(/[^a-z]+/gi, '').length]]);
  const counts = new Map<Script, number>();
  for (const [name, pattern] of Object.entries(scripts) as [Script, RegExp][]) {
    const found = text.match(pattern)?.length ?? 0;
    if (found > 0) counts.set(name, found * (dense.has(name) ? 2 : 1));
  }
  return counts;
}

const total = (counts: ReadonlyMap<Script, number>) => [...counts.values()].reduce((sum, n) => sum + n, 0);

function ownScripts(text: string): Script[] {
  const counts = letters(text);
  const all = total(counts);
  return [...counts].filter(([, n]) => n >= OWN * all).map(([name]) => name);
}

/** The language of a text in Latin letters by its function words, and their share; undefined where it is not plain. */
export function latinLanguage(text: string): { readonly language: string; readonly share: number } | undefined {
  const words = wordsOf(text);
  const counts = new Map(Object.keys(functionWords).map((language) => [language, 0]));
  for (const word of words)
    for (const language of languagesOf.get(word) ?? []) counts.set(language, (counts.get(language) ?? 0) + 1);
  const [best, next] = [...counts].map(([language, n]) => ({ language, n })).sort((a, b) => b.n - a.n);
  if (best.n < HITS || best.n < LEAD * next.n) return undefined;
  return { language: best.language, share: best.n / words.length };
}

/** Whether more than `maxForeign` of the letters, or the function words, are of another language than `setting` asks for. */
export function isWrongLanguage(think: string, question: string, setting: string, maxForeign: number): boolean {
  if (setting === 'any') return false;
  const said = withoutQuotations(think);
  const counts = letters(said);
  const all = total(counts);
  if (all < LETTERS) return false;
  const own = setting === 'question' ? ownScripts(question) : (scriptsOf[setting] ?? ['Latin']);
  if (own.length === 0) return false;
  const foreign = [...counts].reduce((sum, [name, n]) => sum + (own.includes(name) ? 0 : n), 0);
  if (foreign > maxForeign * all) return true;
  if (!own.includes('Latin')) return false;
  const asked = setting === 'question' ? latinLanguage(question)?.language : setting;
  const found = latinLanguage(said);
  return asked !== undefined && found !== undefined && found.language !== asked && found.share >= SHARE;
}
