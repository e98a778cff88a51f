// A completion becomes {think, answer, formatOk, …}; the truth text of a solution; and the answer one can still read in a
// completion that missed the format (lenient scoring, so that format does not count as reasoning).
// Leaves out: what an answer is worth (rewards/), and special tokens, which the decoder removes.
import type { ProblemType } from '../data/sample.ts';

export interface ParseOptions {
  /** The chat template ends in `<think>`, so the completion starts inside the think block. */
  readonly prefilledThink?: boolean;
}

/** Half-open range of UTF-16 offsets in the completion as it was given. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

export interface ParsedCompletion {
  /** Inside of the first closed think block, untrimmed; undefined without one. */
  readonly think: string | undefined;
  readonly thinkRange: TextRange | undefined;
  /** Inside of the first closed answer block, trimmed; undefined without one. */
  readonly answer: string | undefined;
  readonly answers: readonly string[];
  /** Exactly one of each tag, in order, only white space between and around (METHOD section 3). */
  readonly formatOk: boolean;
  /** Why formatOk is false, for people. */
  readonly violations: readonly string[];
  /** `</think>` without `<think>`: the chat template probably prefills it and `prefilledThink` is missing. */
  readonly looksPrefilled: boolean;
}

const tags = ['<think>', '</think>', '<answer>', '</answer>'] as const;

function positions(text: string, tag: string): number[] {
  const found: number[] = [];
  for (let at = text.indexOf(tag); at >= 0; at = text.indexOf(tag, at + tag.length)) found.push(at);
  return found;
}

/** Insides of `<name>…</name>` blocks, left to right, each from an opening tag to the next closing one. */
function blocks(text: string, name: 'think' | 'answer'): TextRange[] {
  const open = `<${name}>`;
  const close = `</${name}>`;
  const found: TextRange[] = [];
  let from = 0;
  for (;;) {
    const opening = text.indexOf(open, from);
    if (opening < 0) return found;
    const start = opening + open.length;
    const end = text.indexOf(close, start);
    if (end < 0) return found;
    found.push({ start, end });
    from = end + close.length;
  }
}

function formatViolations(text: string): string[] {
  const places = tags.map((tag) => positions(text, tag));
  const counted = tags.flatMap((tag, i) => {
    if (places[i].length === 1) return [];
    return [places[i].length === 0 ? `no ${tag}` : `${places[i].length} times ${tag}`];
  });
  if (counted.length > 0) return counted;
  const [thinkOpen, thinkClose, answerOpen, answerClose] = places.map((place) => place[0]);
  if (!(thinkOpen < thinkClose && thinkClose < answerOpen && answerOpen < answerClose)) return ['tags out of order'];
  const outside: [string, string][] = [
    ['text before <think>', text.slice(0, thinkOpen)],
    ['text between </think> and <answer>', text.slice(thinkClose + tags[1].length, answerOpen)],
    ['text after </answer>', text.slice(answerClose + tags[3].length)],
  ];
  return outside.filter(([, part]) => part.trim() !== '').map(([what]) => what);
}

/**
 * Reads a completion. The first closed block of each kind counts as the think text and the answer, whatever the format.
 * Source: METHOD section 3 (format; "several answers: R_f = 0, R_a from the first").
 */
export function parseCompletion(text: string, { prefilledThink = false }: ParseOptions = {}): ParsedCompletion {
  const shift = prefilledThink ? tags[0].length : 0;
  const whole = prefilledThink ? `${tags[0]}${text}` : text;
  const think: TextRange | undefined = blocks(whole, 'think')[0];
  const answers = blocks(whole, 'answer').map(({ start, end }) => whole.slice(start, end).trim());
  const violations = formatViolations(whole);
  return {
    think: think && whole.slice(think.start, think.end),
    thinkRange: think && { start: think.start - shift, end: think.end - shift },
    answer: answers[0],
    answers,
    formatOk: violations.length === 0,
    violations,
    looksPrefilled: !whole.includes(tags[0]) && positions(whole, tags[1]).length === 1,
  };
}

/** Words of what a completion says before its first `</think>`, whether or not the template prefilled `<think>`; 0 without one. */
export function reasoningWords(text: string): number {
  const end = text.indexOf(tags[1]);
  if (end < 0) return 0;
  return (text.slice(0, end).replaceAll(tags[0], ' ').match(/\S+/g) ?? []).length;
}

/** The truth inside a sample's `<answer>…</answer>`, trimmed; text without the tags is taken whole. */
export function solutionText(solution: string): string {
  const [first] = blocks(solution, 'answer');
  return (first ? solution.slice(first.start, first.end) : solution).trim();
}

export interface LenientOptions extends ParseOptions {
  /** The sample's options, "A. left": only their letters count then. */
  readonly options?: readonly string[] | null;
}

const letterPattern = /(?<![\p{L}\p{N}_'’])[A-Z](?![\p{L}\p{N}_'’])/gu;
const numberPattern = /(?<![\p{L}\p{N}])[-−+]?(?:\p{Nd}[\p{Nd},]*(?:\.\p{Nd}+)?|\.\p{Nd}+)(?:[eE][-+]?\p{Nd}+)?%?/gu;

function labelsOf(options: readonly string[] | null | undefined): Set<string> | undefined {
  const labels = (options ?? []).map((option) => /^\s*\(?([A-Z])[.):]/.exec(option)?.[1]);
  return labels.length > 0 && labels.every((label) => label !== undefined) ? new Set(labels) : undefined;
}

/** The last letter that stands alone and is no English word there ("A red circle", "I see"). */
function lastLetter(text: string, labels: Set<string> | undefined): string | undefined {
  const alone = /^\W*([a-z])\W*$/.exec(text)?.[1]?.toUpperCase();
  const letters = [...text.matchAll(letterPattern)]
    .filter((match) => !/^[AI] +\p{Ll}/u.test(text.slice(match.index, match.index + 12)))
    .map((match) => match[0]);
  return [...(alone ? [alone] : []), ...letters].filter((letter) => labels?.has(letter) ?? true).at(-1);
}

function pick(text: string, type: ProblemType, labels: Set<string> | undefined): string | undefined {
  if (type === 'multiple choice') return lastLetter(text, labels);
  if (type === 'numerical' || type === 'regression') {
    return [...text.matchAll(numberPattern)].at(-1)?.[0].replace(/,$/, '');
  }
  return text === '' ? undefined : text;
}

const withoutTags = (text: string) => text.replaceAll(/<\/?(?:think|answer)>/g, ' ').trim();

/**
 * The answer a patient reader would take: the first non-empty answer block, else the last option letter, the last
 * number, or the text (by type) of what follows the think block, else of the whole completion.
 * Returns undefined when nothing can be read; scoring that is a wrong answer, never an error.
 */
export function lenientAnswer(text: string, type: ProblemType, options: LenientOptions = {}): string | undefined {
  const answer = parseCompletion(text, options).answers.find((candidate) => candidate !== '');
  if (answer !== undefined) return answer;
  const labels = labelsOf(options.options);
  const close = text.lastIndexOf(tags[1]);
  const afterThink = close < 0 ? text : text.slice(close + tags[1].length);
  return pick(withoutTags(afterThink), type, labels) ?? pick(withoutTags(text), type, labels);
}

/** The thought: what reflections are looked for in. Never the answer block. */
export function thoughtOf(output: string): string {
  const { think } = parseCompletion(output);
  if (think !== undefined) return think;
  const answer = output.indexOf('<answer>');
  return (answer < 0 ? output : output.slice(0, answer)).replace('<think>', '');
}
