// The rewards' configuration: its defaults are the paper's, its named variants the released code's, and every option has a key.
import { expect, test } from 'vitest';
import { parseConfig } from '../base/config.ts';
import { configKeys } from '../base/config-schema.ts';
import type { Sample } from '../data/sample.ts';
import { rewardOptions, rewardsSchema } from './config.ts';
import { colourEmbedder } from './fake-embedder.ts';
import { paperRewards, type RewardOptions, releasedRewards } from './options.ts';
import { createRewardScorer } from './score.ts';

const sample: Sample = {
  problem_id: 1,
  problem: 'How far?',
  data_type: 'video',
  problem_type: 'numerical',
  solution: '<answer>42</answer>',
  path: 'a.mp4',
};
const frame = { width: 2, height: 1, time: 0, data: Uint8Array.of(250, 10, 10, 10, 10, 250) };
const clip = { frames: [frame], sampledFps: 0, sourceFps: 0, sourceFrames: 1, durationSeconds: 0, indices: [0] };
const reasoning = ['At 0.5 seconds it is red. A red square.', 'It is blue. Red.', ''];
const answers = ['42', '42.0', '41'];
const completions_G = reasoning.flatMap((think) =>
  answers.map((answer) => ({ text: `<think>${think}</think> <answer>${answer}</answer>`, tokens: 400 })),
);

async function totals(options: RewardOptions): Promise<number[]> {
  const [result] = await createRewardScorer(colourEmbedder(), options).scoreBatch([{ sample, completions_G, clip }]);
  if (!result.ok) throw result.error;
  return result.scores_G.map((s) => s.total);
}
const configured = (value: object) => totals(rewardOptions(parseConfig(rewardsSchema, value)));

test('defaults are the paper, variants the released code', async () => {
  const paper = await totals(paperRewards);
  const released = await totals(releasedRewards);
  expect(released).not.toEqual(paper);
  expect(await configured({})).toEqual(paper);
  const named = {
    format: 'released',
    accuracy: { variant: 'released' },
    pooling: 'per-frame',
    span: 'released',
    lengthBonus: { enabled: true },
  };
  expect(await configured(named)).toEqual(released);
});

test('parts, gate, scale and span length reach the score', async () => {
  const paper = await totals(paperRewards);
  for (const change of [
    { parts: { format: false } },
    { parts: { accuracy: false } },
    { parts: { semantic: false } },
    { gated: false },
    { w: 0.1 },
    { lengthBonus: { enabled: true, bonus: 1 } },
  ]) {
    expect(await configured(change), JSON.stringify(change)).not.toEqual(paper);
  }
  expect(rewardOptions(parseConfig(rewardsSchema, { maxTokens: 12, prefilledThink: true }))).toMatchObject({
    maxTokens: 12,
    prefilledThink: true,
  });
});

test('every option has a key', () => {
  const all: Required<RewardOptions> = {
    parts: {},
    gated: true,
    format: 'paper',
    accuracy: {},
    w: 2,
    maxTokens: 64,
    pooling: 'mean-embedding',
    span: 'paper',
    lengthBonus: { bonus: 0, minTokens: 0, maxTokens: 0, accuracyAbove: 0 },
    prefilledThink: false,
  };
  const names = new Set(configKeys(rewardsSchema).map((key) => key.path[0]));
  expect([...names].sort()).toEqual(Object.keys(all).sort());
});
