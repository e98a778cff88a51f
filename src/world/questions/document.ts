// Questions about text in the picture: signs, numbers, lines to transcribe.
import { shownText } from '../captions.ts';
import { isClip, type QuestionKind } from './question.ts';

const isNumber = (text: string) => /^\d+$/.test(text);

const sign: QuestionKind = {
  kind: 'sign',
  skill: 'document',
  problemType: 'OCR',
  weight: 8,
  ask: (scene) =>
    isClip(scene) && scene.texts.length > 0 && !isNumber(shownText(scene))
      ? [{ problem: 'What does the sign say?', answer: shownText(scene), facts: { text: shownText(scene) } }]
      : [],
};

const number: QuestionKind = {
  kind: 'number',
  skill: 'document',
  problemType: 'numerical',
  weight: 8,
  ask: (scene) =>
    isClip(scene) && isNumber(shownText(scene))
      ? [{ problem: 'What number is shown?', answer: shownText(scene), facts: { text: shownText(scene) } }]
      : [],
};

const text: QuestionKind = {
  kind: 'text',
  skill: 'document',
  problemType: 'OCR',
  weight: 1,
  ask: (scene) =>
    scene.figure.type === 'text'
      ? [{ problem: 'What does the text say?', answer: shownText(scene), facts: { text: shownText(scene) } }]
      : [],
};

export const documentKinds: readonly QuestionKind[] = [sign, number, text];
