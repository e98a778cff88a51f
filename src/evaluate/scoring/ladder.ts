// The ladder of multiple choice: which option a text names, by the first rung that says it. docs/EVALUATION.md tells it to people.
//   1 letter        the text is the letter: "B"
//   2 words         the letter as people write it: "(B)", "B.", "b", "option B", "B. left", "**B**", "The answer is (B)", "… so (B).", "I'd go with B"
//   3 option text   the option's own words, as the only option that occurs in the text: "It goes left"
//   4 none          unanswered
// A rung that names two options names none, and the next one is tried. A text that is an option word for word is that option, also where
// there are letters in it ("Carbon (C), a nonmetal"). Leaves out: which part of an output is read (candidate.ts).
import { letterAt } from '../../data/options.ts';
import { optionLetter } from '../../rewards/index.ts';

export type Rung = 'letter' | 'words' | 'option text' | 'none';

export interface Choice {
  readonly letter: string | undefined;
  readonly rung: Rung;
}

interface Option {
  readonly letter: string;
  readonly words: string;
}

const words = (text: string) =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/(?<=\p{L})['’](?=\p{L})/gu, '')
    .replaceAll(/[^\p{L}\p{N}.%+-]+|(?<!\p{N})\.|\.(?!\p{N})/gu, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();

const label = /^\s*[([]?([A-Z])[.):\]]\s*/;

/** Options with their letters: their own ("A. left"), or by place where they have none. */
function lettered(options: readonly string[]): Option[] {
  return options.map((option, i) => {
    const own = label.exec(option);
    const letter = own?.[1] ?? letterAt(i);
    return { letter, words: words(own ? option.slice(own[0].length) : option) };
  });
}

const only = <T>(found: readonly T[]): T | undefined => (new Set(found).size === 1 ? found[0] : undefined);

const announced =
  /\b(?:answer|option|choice)(?:\s+(?:is|would be|must be|should be)|\s*:)*\s*(?:option\s+|choice\s+)?[*_`"'“]*(?:\\boxed\{)?[([]?([A-Za-z])(?![\p{L}\p{N}'’])/giu;
const inBrackets = /[([]([A-Z])[)\]]/g;

interface Known {
  readonly options: readonly string[] | null | undefined;
  /** Whether some option has the letter; without options any has. */
  readonly known: (letter: string) => boolean;
}

/** The letters that a text announces: "The answer is B". A lower-case "a" there is an article far more often than an option. */
const announcedLetters = (text: string, known: (letter: string) => boolean): string[] =>
  [...text.matchAll(announced)].flatMap(([, letter]) => (letter === 'a' ? [] : letter.toUpperCase())).filter(known);

const standing = /(?<![\p{L}\p{N}'’-])[A-Z](?![\p{L}\p{N}'’-])/gu;
/** "A circle", "I see"; but "A or B", "A is right". */
const article = /^[AI]\s+(?!(?:and|or|but|nor|is|was|because|since|fits)\b)\p{Ll}/u;
const closing = /^\P{L}*$|^\P{L}*(?:is|seems)\s+(?:right|correct|the (?:right|correct|best))\b/u;

/** Whether an option occurs in the text that has single letters among its own words: "Carbon (C)", "vitamin B". */
const holdsLetters = (text: string, options: readonly Option[]): boolean =>
  occurring(text, options).some((option) => / [a-z] /.test(` ${option.words} `));

/** The only letter that stands alone in a text, where it ends the text or is called right. */
function lastWord(text: string, known: (letter: string) => boolean): string | undefined {
  const plainText = text.replaceAll(/\\(?:boxed|text|mathbf|mathrm)\s*\{|[*_`$"“”{}]/g, ' ');
  const letters = [...plainText.matchAll(standing)].filter(({ index }) => !article.test(plainText.slice(index)));
  const letter = only(letters.map(([found]) => found));
  if (letter === undefined || !known(letter)) return undefined;
  return closing.test(plainText.slice((letters.at(-1)?.index ?? 0) + 1)) ? letter : undefined;
}

/** The letter as people write it: the text's own, the one it announces, the only one in brackets, or its last word. Two are none. */
function inWords(text: string, list: readonly Option[], { options, known }: Known): string | undefined {
  const told = announcedLetters(text, known);
  if (new Set(told).size > 1) return undefined;
  const written = optionLetter(text, options);
  if (written !== undefined && known(written)) return written;
  if (told.length > 0 || holdsLetters(text, list)) return told[0];
  const bracketed = only([...text.matchAll(inBrackets)].map(([, letter]) => letter).filter(known));
  return bracketed ?? lastWord(text, known);
}

/** Every option whose words occur in the text, but for those that lie inside a longer option that occurs too ("left" in "front left"). */
function occurring(text: string, options: readonly Option[]): Option[] {
  const padded = ` ${words(text)} `;
  const found = options.filter((option) => !/^[a-z]?$/.test(option.words) && padded.includes(` ${option.words} `));
  const rest = (option: Option) =>
    found
      .filter((other) => other.words.length > option.words.length && ` ${other.words} `.includes(` ${option.words} `))
      .reduce((left, other) => left.replaceAll(` ${other.words} `, ' … '), padded);
  return found.filter((option) => rest(option).includes(` ${option.words} `));
}

/** The option whose words the whole text is, where it has more of them than a letter. */
const wholeOption = (text: string, options: readonly Option[]): string | undefined =>
  only(options.filter((o) => o.words.length > 1 && o.words === words(text)).map(({ letter }) => letter));

/** The option that `text` names. Letters that no option has are none; without options any letter counts. */
export function chooseOption(text: string, options: readonly string[] | null | undefined): Choice {
  const list = lettered(options ?? []);
  const known = (letter: string) => list.length === 0 || list.some((option) => option.letter === letter);
  const trimmed = text.trim();
  if (/^[A-Z]$/.test(trimmed) && known(trimmed)) return { letter: trimmed, rung: 'letter' };
  const whole = wholeOption(trimmed, list);
  if (whole !== undefined) return { letter: whole, rung: 'option text' };
  const written = inWords(trimmed, list, { options, known });
  if (written !== undefined) return { letter: written, rung: 'words' };
  const said = only(occurring(trimmed, list).map(({ letter }) => letter));
  return said === undefined ? { letter: undefined, rung: 'none' } : { letter: said, rung: 'option text' };
}
