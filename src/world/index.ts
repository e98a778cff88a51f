// The micro-world: seeded scenes, their pixels, captions, questions, labels, and data sets on disk. The stand-in experts live in
// experts/ and know nothing of this.

export { type BadFileName, badFileNames, plantBadFiles } from './bad-files.ts';
export { type BlindQuestion, learnBlindAnswers } from './baselines.ts';
export { caption, captionSentences, denseCaption } from './captions.ts';
export { makeWorld, type WorldFiles, type WorldOptions, writeScene } from './dataset.ts';
export { eventsOf, type WorldEvent } from './events.ts';
export { generateScene, type SceneOptions, sceneSeed } from './generate.ts';
export { cellCount, type DenseLabels, denseLabels, motionFields, sampledFrames } from './labels.ts';
export { allQuestions, askScene, type Question, questionKinds } from './questions/index.ts';
export { renderFrame, renderScene } from './render.ts';
export { mediaPath, toRow, type WorldRow } from './rows.ts';
export type { Figure, Motion, Scene, Source, Split, Track, WorldObject, WorldText } from './scene.ts';
export { isHeldOut, wordsOf } from './splits.ts';
export {
  characterClass,
  characters,
  colours,
  comboCount,
  comboIndex,
  sentenceWords,
  shapes,
  signWords,
} from './vocab.ts';
