// The part of an output that can hold the answer: what the ladder reads. Leaves out: what the answer is (ladder.ts).
import { parseCompletion } from '../../prompt/parse.ts';

export type CandidateFrom = 'answer block' | 'open answer block' | 'after the thinking' | 'whole output' | 'nothing';

export interface Candidate {
  readonly text: string;
  readonly from: CandidateFrom;
}

const OPEN = '<answer>';

/**
 * In this order: the first answer block that holds something; what follows an answer tag that was never closed; what follows the
 * thinking; the whole output where it shows no thinking. A thought that never ended holds no answer.
 */
export function candidateOf(output: string): Candidate {
  const block = parseCompletion(output).answers.find((answer) => answer !== '');
  if (block !== undefined) return { text: block, from: 'answer block' };
  const open = output.lastIndexOf(OPEN);
  if (open >= 0 && !output.includes('</answer>', open)) {
    const text = output.slice(open + OPEN.length).trim();
    if (text !== '') return { text, from: 'open answer block' };
  }
  const close = output.lastIndexOf('</think>');
  if (close < 0 && output.includes('<think>')) return { text: '', from: 'nothing' };
  const text = (close < 0 ? output : output.slice(close + '</think>'.length)).replaceAll(/<\/?answer>/g, ' ').trim();
  if (text === '') return { text: '', from: 'nothing' };
  return { text, from: close < 0 ? 'whole output' : 'after the thinking' };
}
