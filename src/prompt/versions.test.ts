// A prompt's version enters the key of every answer, so it must change whenever a word of the prompt does: the words of each version are pinned
// by their hash. When this fails, raise the version in the prompt's file and put the new line here.
import { expect, test } from 'vitest';
import { sha256 } from '../base/hash.ts';
import { type ProblemType, problemTypes, type Sample } from '../data/sample.ts';
import { describeImagePrompt, imageSources } from './describe-image.ts';
import { describeVideoPrompt } from './describe-video.ts';
import { judgePrompt } from './judge.ts';
import { reasonPrompt } from './reason.ts';
import { refinePrompt } from './refine.ts';
import type { PromptMedia, StagePrompt } from './stage-prompt.ts';

const pinned: Readonly<Record<string, string>> = {
  'describe-image/2/chart': '6ae41ac214badc88',
  'describe-image/2/document': '38b25f7099c47374',
  'describe-image/2/mathematics': 'b5c4e87ea29508b5',
  'describe-image/2/natural': '83d22e0270fa0932',
  'describe-image/2/ocr': '92cb38a5216738c5',
  'describe-image/2/science': '82ba2e9dad91d3d2',
  'describe-video/1': 'd4d64cc6d7ee8c92',
  'judge/1': '844ad5d7f7731a95',
  'reason-image/1': 'ec2ec726eea87661',
  'reason-video/1': 'b97471688b81fbfa',
  'refine-image/1': '810b62a8beeb0a5f',
  'refine-video/1': 'd9d3bab18a268ada',
};

const jpeg = Uint8Array.of(255, 216, 255);
const frames: PromptMedia = { images: [{ jpeg, timeSeconds: 0 }], durationSeconds: 1 };
const file: PromptMedia = { ...frames, video: { kind: 'url', url: 'file:///a.mp4', mimeType: 'video/mp4' } };
const frameVideo: PromptMedia = {
  ...frames,
  video: { kind: 'jpegs', jpegs: [jpeg], timesSeconds: [0], durationSeconds: 1 },
};
const picture: PromptMedia = { images: [{ jpeg }], durationSeconds: 0 };
const draft = { think: 'T', answer: 'A' };

const about = (data_type: Sample['data_type'], problem_type: ProblemType): Sample => ({
  problem_id: 1,
  problem: 'Q',
  data_type,
  problem_type,
  options: ['A. x'],
  solution: '<answer>A</answer>',
  path: 'a',
});

/** Everything that a version says, over all answer types and ways of showing the media. */
const prompts: readonly StagePrompt[] = [
  describeVideoPrompt(frames),
  describeVideoPrompt(file),
  ...imageSources.map((source) => describeImagePrompt({ jpeg }, source)),
  ...problemTypes.flatMap((type) => [
    reasonPrompt(about('video', type), {}),
    reasonPrompt(about('image', type), {}),
    refinePrompt(about('video', type), frames, draft),
    refinePrompt(about('video', type), file, draft),
    refinePrompt(about('video', type), frameVideo, draft),
    refinePrompt(about('image', type), picture, draft),
  ]),
  judgePrompt(about('video', 'free-form'), 'A'),
];

test('no prompt changes its words without changing its version', () => {
  const words = Object.entries(Object.groupBy(prompts, ({ version }) => version)).map(([version, all = []]) => [
    version,
    sha256(JSON.stringify(all.map(({ messages, jsonSchema }) => ({ messages, jsonSchema })))).slice(0, 16),
  ]);
  expect(Object.fromEntries(words)).toEqual(pinned);
});
