// One answered thought → its reflections, and what became of the answer that it held before the first of them. Held is the last answer that the
// thought states in words before it ("the answer is …", "so it is …", "option B"), read by the ladder "words" and judged like the final
// one. Leaves out: rates and intervals (report/aha.ts), the rules (report/reflection.ts).
import { VideorftError } from '../base/errors.ts';
import { thoughtOf } from '../prompt/parse.ts';
import { type Change, findReflections, type Thought } from '../report/index.ts';
import { parseNumber } from '../rewards/index.ts';
import { type ScoredQuestion, type Scoring, scoreOutput } from './scoring/scoring.ts';

export interface JudgedOutput extends ScoredQuestion {
  /** The video. */
  readonly path: string;
  readonly output: string;
  readonly finish: string | null;
  /** Of the final answer. */
  readonly score: number;
}

/** From here on a score counts as right: exact answers have 1, regressions are within 5% (relative) or full MRA. */
const RIGHT = 0.95;

const words: Scoring = { ladder: 'words', regression: 'relative' };

/** A clause that states an answer; what is stated follows it, up to the end of the sentence. */
const stating =
  /(?:\b(?:final |correct |right |best )?answer(?: here)?(?: is| would be| should be| must be|:)|\b(?:so|thus|hence|therefore),? (?:it|that|this|the answer)(?:['’]s| is| must be| would be)|\bi(?:['’]d| would| will|['’]ll)? (?:choose|pick|go with|say)|(?=\boption [A-Z]\b)|答案(?:是|为|：))\s*/giu;
const sentenceEnd = /[.!?](?=\s|$)|[。！？\n]/u;

/** What a thought states last, as text; undefined where it states nothing. */
function statedLast(text: string): string | undefined {
  const last = [...text.matchAll(stating)].at(-1);
  if (!last) return undefined;
  const rest = text.slice(last.index + last[0].length);
  const stated = rest.slice(0, sentenceEnd.exec(rest)?.index).trim();
  return stated === '' ? undefined : stated;
}

const same = (a: string, b: string): boolean => {
  const [x, y] = [parseNumber(a), parseNumber(b)];
  if (x !== undefined && y !== undefined) return x === y;
  return a.trim().toLowerCase() === b.trim().toLowerCase();
};

/** Free-form answers have no one right text, so a change of theirs is not judged. */
const judged: ReadonlySet<string> = new Set(['multiple choice', 'numerical', 'regression', 'OCR']);

function changeOf(row: JudgedOutput, before: string): Change {
  if (!judged.has(row.type)) return 'not told';
  const stated = statedLast(before);
  if (stated === undefined) return 'not told';
  const [held, final] = [scoreOutput(row, stated, 'stop', words), scoreOutput(row, row.output, row.finish, words)];
  if (held.extracted === null || final.extracted === null) return 'not told';
  const [was, is] = [held.score >= RIGHT, final.score >= RIGHT];
  if (was && is) return 'kept right';
  if (was) return 'to wrong';
  if (is) return 'to right';
  return same(held.extracted, final.extracted) ? 'kept wrong' : 'to another wrong one';
}

/** Throws nothing for a model's text; a question whose solution cannot be read has no change that is told. */
export function thoughtOfRow(row: JudgedOutput): Thought {
  const thought = thoughtOf(row.output);
  const found = findReflections(thought);
  const common = { cluster: row.path, score: row.score, kinds: found.map(({ kind }) => kind) };
  if (found.length === 0) return { ...common, change: undefined };
  try {
    return { ...common, change: changeOf(row, thought.slice(0, found[0].start)) };
  } catch (error) {
    if (error instanceof VideorftError) return { ...common, change: 'not told' };
    throw error;
  }
}
