// Options of a multiple choice in the published form ("A. left"), from lists, maps, texts and questions that contain them; and the
// letter that an answer means. Leaves out: reading a model's answer (rewards/).
import { optionLabel as label, letterAt } from '../../data/options.ts';
import { optionLetter } from '../../rewards/index.ts';

/** The options' texts, or undefined where the value is no list of texts or numbers. */
export function optionTexts(value: unknown): string[] | undefined {
  if (typeof value === 'string') return textList(value);
  const values = Array.isArray(value)
    ? value
    : isMap(value)
      ? Object.values(value).filter((v) => v !== null)
      : undefined;
  if (!values?.every((v) => typeof v === 'string' || typeof v === 'number')) return undefined;
  return values.map(String);
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !(value instanceof Uint8Array);

/** JSON, the way Python prints a list, or one option a line. */
function textList(text: string): string[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object') return optionTexts(value);
  } catch {
    // No JSON: one of the other two forms.
  }
  if (/^\s*\[[\s\S]*\]\s*$/.test(text)) {
    const items = [...text.matchAll(/'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/g)];
    return items.map(([, single, double]) => (single ?? double).replaceAll(/\\(.)/g, '$1'));
  }
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.length > 1 ? lines : undefined;
}

export interface QuestionParts {
  readonly question: string;
  readonly options: string[];
}

/** A question whose last lines are its options ("A. left", "(B) right"), taken apart; what asks for the letter goes with them. */
export function splitQuestion(text: string): QuestionParts {
  const lines = text.split('\n');
  const first = lines.findIndex((line) => label.exec(line)?.[1] === 'A');
  if (first < 1) return { question: text, options: [] };
  let end = first;
  while (end < lines.length && label.exec(lines[end])?.[1] === letterAt(end - first)) end++;
  const rest = lines.slice(end).filter((line) => line.trim() !== '');
  const asksForLetter = rest.every((line) => /option|letter|choice|answer/i.test(line));
  if (end - first < 2 || rest.length > 1 || !asksForLetter) return { question: text, options: [] };
  const question = lines.slice(0, first).filter((line) => !/^\s*options?:?\s*$/i.test(line));
  return { question: question.join('\n').trim(), options: lines.slice(first, end).map((line) => line.trim()) };
}

const plain = (text: string) => text.trim().replaceAll(/\s+/g, ' ').replace(/\.$/, '').toLowerCase();

/** The letter that an answer means: its text, its letter, or its place where `from` says how places are counted. */
export function letterOf(answer: string, options: readonly string[], from: 0 | 1 | undefined): string | undefined {
  if (from !== undefined && /^\s*\d+\s*$/.test(answer)) {
    const index = Number(answer) - from;
    return index >= 0 && index < options.length ? letterAt(index) : undefined;
  }
  const texts = options.map((option) => plain(option.replace(label, '')));
  const place = texts.indexOf(plain(answer));
  if (place >= 0 && texts.lastIndexOf(plain(answer)) === place) return letterOfOption(options[place], place);
  const letter = optionLetter(answer, options);
  return options.some((option, i) => letterOfOption(option, i) === letter) ? letter : undefined;
}

const letterOfOption = (option: string, index: number) => label.exec(option)?.[1] ?? letterAt(index);

/** Letters of the options, for the reason of a refusal. */
export const lettersOf = (options: readonly string[]): string => options.map(letterOfOption).join(', ');

/** Whether the text of the option with this letter stands under another letter too. */
export function repeatsAnswer(options: readonly string[], letter: string): boolean {
  const texts = options.map((option) => plain(option.replace(label, '')));
  const answer = texts[options.findIndex((option, i) => letterOfOption(option, i) === letter)];
  return texts.filter((text) => text === answer).length > 1;
}
