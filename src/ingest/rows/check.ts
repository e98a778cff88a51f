// What must hold for a sample to be asked and scored: readable text, a question of sane length, options that differ, an answer
// that is one of them or one number, one path. Leaves out: the media file itself (probe/).
import { VideorftError } from '../../base/errors.ts';
import type { Sample } from '../../data/sample.ts';
import { solutionText } from '../../prompt/parse.ts';
import { accuracyReward } from '../../rewards/index.ts';
import { type Issue, issue } from '../issues.ts';
import { letterOf, lettersOf, repeatsAnswer } from './options.ts';

const SHOWN = 60;
const quoted = (text: string) => JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text);

/** Everything that is wrong with a sample; nothing: it can be used as far as its row tells. */
export function checkSample(sample: Sample, { maxProblem }: { readonly maxProblem: number }): Issue[] {
  return [...textIssues(sample, maxProblem), ...pathIssues(sample.path), ...answerIssues(sample)];
}

function textIssues({ problem, options, solution, process }: Sample, maxProblem: number): Issue[] {
  const found: Issue[] = [];
  const texts = { problem, options: (options ?? []).join('\n'), solution, process: process ?? '' };
  for (const [field, text] of Object.entries(texts)) {
    if (!text.isWellFormed() || text.includes('\0'))
      found.push(issue('row-text', `${field}: holds what is no character`));
  }
  if (problem.trim() === '') found.push(issue('row-missing', 'problem: the question is empty'));
  const length = texts.problem.length + texts.options.length;
  if (length > maxProblem) {
    found.push(issue('row-too-long', `problem: ${length} characters with its options, more than ${maxProblem}`));
  }
  if (solution.length > maxProblem) {
    found.push(issue('row-too-long', `solution: ${solution.length} characters, more than ${maxProblem}`));
  }
  return found;
}

function pathIssues(path: string): Issue[] {
  if (path.trim() === '') return [issue('row-path', 'path: it is empty')];
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(path)) return [issue('row-path', `path: ${quoted(path)} is an address, no file`)];
  if (!/[\uFFFD\0]/.test(path) && path.isWellFormed()) return [];
  return [issue('row-path', `path: ${quoted(path)} holds bytes that are no UTF-8`)];
}

function answerIssues(sample: Sample): Issue[] {
  const { problem_type, options, solution } = sample;
  const answer = solutionText(solution);
  if (answer === '') return [issue('row-answer', 'solution: the answer is empty')];
  const found = problem_type === 'multiple choice' ? choiceIssues(options ?? [], answer) : [];
  return found.length > 0 ? found : unscorable(sample, answer);
}

/** What the reward cannot read as a truth, no completion could ever be right about. */
function unscorable(sample: Sample, answer: string): Issue[] {
  try {
    accuracyReward(sample, answer);
    return [];
  } catch (error) {
    if (!(error instanceof VideorftError)) throw error;
    const { expected = 'a truth' } = error.facts;
    return [issue('row-answer', `solution: ${quoted(answer)} is not ${expected}, as ${sample.problem_type} needs it`)];
  }
}

function choiceIssues(options: readonly string[], answer: string): Issue[] {
  if (options.length < 2) {
    const found = options.length === 0 ? 'no options' : 'a single option';
    return [issue('row-options', `options: multiple choice with ${found}`)];
  }
  const letter = letterOf(answer, options, undefined);
  if (letter === undefined) {
    return [issue('row-answer', `solution: ${quoted(answer)} is none of the options ${lettersOf(options)}`)];
  }
  if (!repeatsAnswer(options, letter)) return [];
  return [issue('row-options', `options: the text of ${letter}, the answer, stands under another letter too`)];
}
