// The answer template of each answer type: the table "Question Type / Template" of the paper's appendix D.1, quoted word
// for word. Every prompt that asks for an answer ends with one of them (curation, training, evaluation).
import type { ProblemType } from '../data/sample.ts';

export const answerTemplates: Readonly<Record<ProblemType, string>> = {
  'multiple choice':
    'Please provide only the single option letter (e.g., A, B, C, D, etc.) within the <answer> </answer> tags.',
  numerical: 'Please provide the numerical value within the <answer> </answer> tags.',
  OCR: 'Please transcribe text from the image/video clearly and provide your text answer within the <answer> </answer> tags.',
  'free-form': 'Please provide your text answer within the <answer> </answer> tags.',
  regression: 'Please provide the numerical value within the <answer> </answer> tags.',
};
