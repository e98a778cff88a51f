// The ladder of multiple choice: which option a text names, by the first rung that says it. docs/EVALUATION.md tells it to people.
//   1 letter        the text is the letter: "B"
//   2 words         the letter as people write it: "(B)", "B.", "b", "option B", "B. left", "**B**", "The answer is (B)", "… so (B)."
//   3 option text   the option's own words, as the whole text or as the only option that occurs in it: "left"
//   4 none          unanswered
// A rung that names two options names none, and the next one is tried. Leaves out: which part of an output is read (candidate.ts).
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
    .replaceAll(/[^\p{L}\p{N}.%+-]+|(?<!\p{N})\.|\.(?!\p{N})/gu, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();

const label = /^\s*[([]?([A-Z])[.):\]]\s*/;

/** Options with their letters: their own ("A. left"), or by place where they have none. */
function lettered(options: readonly string[]): Option[] {
  return options.map((option, i) => {
    const own = label.exec(option);
    const letter = own?.[1] ?? String.fromCharCode(65 + i);
    return { letter, words: words(own ? option.slice(own[0].length) : option) };
  });
}

const only = <T>(found: readonly T[]): T | undefined => (new Set(found).size === 1 ? found[0] : undefined);

const announced =
  /\b(?:answer|option|choice)(?:\s+(?:is|would be|must be|should be)|\s*:)*\s*(?:option\s+|choice\s+)?[*_`"'“]*(?:\\boxed\{)?[([]?([A-Za-z])(?![\p{L}\p{N}'’])/giu;
const bracketed = /[([]([A-Z])[)\]]/g;

/** The letters that a text announces: "The answer is B". A lower-case "a" there is an article far more often than an option. */
const announcedLetters = (text: string, known: (letter: string) => boolean): string[] =>
  [...text.matchAll(announced)].flatMap(([, letter]) => (letter === 'a' ? [] : letter.toUpperCase())).filter(known);

/** The letter as people write it: the text's own, the one it announces, or the only one in brackets. Two are none. */
function inWords(
  text: string,
  options: readonly string[] | null | undefined,
  known: (letter: string) => boolean,
): string | undefined {
  const told = announcedLetters(text, known);
  if (new Set(told).size > 1) return undefined;
  const written = optionLetter(text, options);
  if (written !== undefined && known(written)) return written;
  return told[0] ?? only([...text.matchAll(bracketed)].map(([, letter]) => letter).filter(known));
}

/** Every option whose words occur in the text, but for those that lie inside a longer option that occurs too ("left" in "front left"). */
function occurring(text: string, options: readonly Option[]): Option[] {
  const padded = ` ${words(text)} `;
  const found = options.filter((option) => option.words !== '' && padded.includes(` ${option.words} `));
  const rest = (option: Option) =>
    found
      .filter((other) => other.words.length > option.words.length && ` ${other.words} `.includes(` ${option.words} `))
      .reduce((left, other) => left.replaceAll(` ${other.words} `, ' … '), padded);
  return found.filter((option) => rest(option).includes(` ${option.words} `));
}

function byText(text: string, options: readonly Option[]): string | undefined {
  const whole = options.filter((option) => option.words !== '' && option.words === words(text));
  if (whole.length > 0) return only(whole.map(({ letter }) => letter));
  return only(occurring(text, options).map(({ letter }) => letter));
}

/** The option that `text` names. Letters that no option has are none; without options any letter counts. */
export function chooseOption(text: string, options: readonly string[] | null | undefined): Choice {
  const list = lettered(options ?? []);
  const known = (letter: string) => list.length === 0 || list.some((option) => option.letter === letter);
  const trimmed = text.trim();
  if (/^[A-Z]$/.test(trimmed) && known(trimmed)) return { letter: trimmed, rung: 'letter' };
  const written = inWords(trimmed, options, known);
  if (written !== undefined) return { letter: written, rung: 'words' };
  const said = byText(trimmed, list);
  return said === undefined ? { letter: undefined, rung: 'none' } : { letter: said, rung: 'option text' };
}
