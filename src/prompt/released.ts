// The prompt of the authors' evaluation script, quoted exactly, so that `videorft-released` asks what they asked.
// Source: QiWang98/VideoRFT, src/eval_bench.py at commit bba609969e66c66e152b15399488f0ad94051e3a, Apache License 2.0 (this project's own).
// What looks like slips (no full stop before "It's", a comma before the closing "etc") stands there. Leaves out: everything else of it.
import type { ProblemType, Sample } from '../data/sample.ts';

/** QUESTION_TEMPLATE, which stands behind the question and a line's end. */
export const releasedInstruction =
  'Please think about this question as if you were a human pondering deeply. ' +
  "Engage in an internal dialogue using expressions such as 'let me think', 'wait', 'Hmm', 'oh, I see', 'let's break it down', etc, or other natural language thought expressions " +
  "It's encouraged to include self-reflection or verification in the reasoning process. " +
  'Provide your detailed reasoning between the <think> and </think> tags, and then give your final answer between the <answer> and </answer> tags.';

/** TYPE_TEMPLATE. */
export const releasedTemplates: Readonly<Record<ProblemType, string>> = {
  'multiple choice':
    ' Please provide only the single option letter (e.g., A, B, C, D, etc.) within the <answer> </answer> tags.',
  numerical: ' Please provide the numerical value (e.g., 42 or 3.14) within the <answer> </answer> tags.',
  OCR: ' Please transcribe text from the image/video clearly and provide your text answer within the <answer> </answer> tags.',
  'free-form': ' Please provide your text answer within the <answer> </answer> tags.',
  regression: ' Please provide the numerical value (e.g., 42 or 3.14) within the <answer> </answer> tags.',
};

/** A multiple choice ends in a line's end after each option, and the template adds another: an empty line before the instruction. */
export function releasedPrompt({
  problem,
  options,
  problem_type: type,
}: Pick<Sample, 'problem' | 'options' | 'problem_type'>): string {
  const question = type === 'multiple choice' ? [problem, ...(options ?? []), ''].join('\n') : problem;
  return `${question}\n${releasedInstruction}${releasedTemplates[type]}`;
}
