// Multiple choice: exact match of the letter. The answer decides, not its spelling: "A", "a", "A.", "(A)", "A. left",
// "Option A" are one answer; `strict` compares the trimmed text as the released code does.
// Leaves out: finding a letter in running text (lenientAnswer in prompt/parse.ts).
import { pythonStrip } from './python.ts';
import { truthUnreadable, type Verdict, wrong } from './verdict.ts';

export interface MultipleChoiceOptions {
  readonly strict?: boolean;
  /** The sample's options ("A. left"): "A left" is then read as A too. */
  readonly options?: readonly string[] | null;
}

const plain = (text: string) =>
  text
    .normalize('NFKC')
    .replaceAll(/[*_`$"“”]|^\s*['‘]|['’]\s*$/g, '')
    .trim();
const unboxed = (text: string) => text.replace(/\\(?:boxed|text|mathrm|mathbf)\s*\{([^{}]*)\}/g, '$1');
const words = (text: string) =>
  text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
const lead =
  /^(?:the\s+)?(?:(?:correct|final|best)\s+)?(?:answer|option|choice)(?:\s+is)?\s*:?\s*(?=[([]?[a-z](?![\p{L}\p{N}]))/iu;
const labelled = /^[([]?\s*([a-z])\s*(?:(?:[)\].:,、]+|\s[-–—](?=\s))(?:\s*(.*))?)?$/isu;
/** "B", "B, C", "B and (C)", "B. C.": letters and what joins them. */
const lettersOnly = /^(?:(?:and|or|[a-z])(?![\p{L}\p{N}])|[\s,;/&().[\]:])+$/iu;

/** The option letter that a text names, upper case; undefined when it names none or several. */
export function optionLetter(text: string, options?: readonly string[] | null): string | undefined {
  const body = unboxed(plain(text)).trim().replace(lead, '');
  const optionWords = (options ?? []).map((option) => words(plain(option)));
  const match = labelled.exec(body);
  if (!match) {
    const whole = words(body);
    return /^[a-z] ./.test(whole) && optionWords.includes(whole) ? whole[0].toUpperCase() : undefined;
  }
  const rest = (match[2] ?? '').trim();
  const isOption = optionWords.includes(words(`${match[1]} ${rest}`));
  if (rest !== '' && lettersOnly.test(rest) && !isOption) return undefined;
  return match[1].toUpperCase();
}

/**
 * 1 when answer and truth name the same letter, else 0.
 * @throws VideorftError reward-truth-unreadable when the truth names no letter.
 */
export function scoreMultipleChoice(answer: string, truth: string, options: MultipleChoiceOptions = {}): Verdict {
  if (options.strict) return { value: pythonStrip(answer) === pythonStrip(truth) ? 1 : 0 };
  const expected = optionLetter(truth, options.options);
  if (expected === undefined) throw truthUnreadable('an option letter', truth);
  const letter = optionLetter(answer, options.options);
  if (letter === undefined) return wrong('the answer does not name one option letter');
  return { value: letter === expected ? 1 : 0 };
}
