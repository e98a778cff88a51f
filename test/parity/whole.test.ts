// A folder as published, conversations with several images and videos in every order, rows of unequal length: from messages and frames to
// token ids, logits and 64 greedy tokens, against AutoProcessor and Qwen2_5_VLForConditionalGeneration (make/whole.py).
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { compile } from '../../src/engine/index.ts';
import type { Clip } from '../../src/media/frame.ts';
import { Generator } from '../../src/models/generate.ts';
import { loadVideoLanguageModel } from '../../src/models/load.ts';
import { scoringBatch } from '../../src/models/qwen2_5_vl/batch.ts';
import { parseModelConfig } from '../../src/models/qwen2_5_vl/config.ts';
import { logitsGraph } from '../../src/models/qwen2_5_vl/graphs.ts';
import type { Message, MessagePart } from '../../src/prompt/messages.ts';
import { testSession } from '../support/device.ts';
import { fixturePath, goldenJson, goldenTensors, maxDifference, pictureFrame } from './golden.ts';

/** [kind, frames, height, width, seed, frames per second] */
type Medium = ['image' | 'video', number, number, number, number, number];
type Turn = [Message['role'], string | (Medium | { type: 'text'; text: string })[]];

const golden = goldenJson<{
  conversations: Turn[][];
  places: number[][];
  mutants: Record<string, number>;
  forbidden: number[];
  input_ids: number[][];
  greedy: { tokens: number[]; least_gap: number }[];
}>('whole', 'golden.json');
const tensors = await goldenTensors('whole', 'golden.safetensors');

const dir = await mkdtemp(join(tmpdir(), 'whole-'));
afterAll(() => rm(dir, { recursive: true }));
for (const part of ['tokenizer', 'whole']) await cp(fixturePath(part), dir, { recursive: true });
const model = await loadVideoLanguageModel(dir);
const config = parseModelConfig(goldenJson('whole', 'config.json'));

const isMedium = (part: Medium | MessagePart): part is Medium => Array.isArray(part);

/** The same clip is the same object wherever it occurs, as a cache of clips gives it. */
const clips = new Map<string, Clip>();
function clipOf(medium: Medium): Clip {
  const key = medium.join();
  const [, count, height, width, seed, fps] = medium;
  const indices = Array.from({ length: count }, (_, i) => i);
  const known: Clip = clips.get(key) ?? {
    frames: indices.map((i) => pictureFrame(height, width, seed + i)),
    sampledFps: fps,
    sourceFps: fps,
    sourceFrames: count,
    durationSeconds: 0,
    indices,
  };
  clips.set(key, known);
  return known;
}

function prepare(turns: readonly Turn[]) {
  const messages = turns.map(
    ([role, content]): Message => ({
      role,
      content:
        typeof content === 'string' ? content : content.map((part) => (isMedium(part) ? { type: part[0] } : part)),
    }),
  );
  const media = turns.flatMap(([, content]) => (typeof content === 'string' ? [] : content.filter(isMedium)));
  return model.prepare(messages, ...media.map(clipOf));
}

const prompts = golden.conversations.map(prepare);

describe('several images and videos', () => {
  test('token ids, and where each medium starts', () => {
    prompts.forEach(({ tokens, vision }, i) => {
      expect([...tokens]).toEqual(golden.input_ids[i]);
      for (const { grid, start } of vision) {
        const cells = (grid[0] * grid[1] * grid[2]) / 4;
        expect(new Set(tokens.subarray(start, start + cells)).size).toBe(1);
        expect([tokens[start - 1], tokens[start + cells]]).toEqual([
          config.vision_start_token_id,
          config.vision_end_token_id,
        ]);
      }
    });
    expect(prompts.map(({ vision }) => vision.length)).toEqual([4, 2, 0, 3, 3]);
  });

  test('logits of all rows together within 1e-4, and far from every mutant', async () => {
    const batch = scoringBatch(
      config,
      prompts.map((prompt) => ({ prompt, completion: [] })),
      1,
    );
    const { logits } = logitsGraph(config, { batch: prompts.length, tokens: batch.tokens, grids: batch.grids });
    const all = (await (await compile({ logits }, [], testSession)).run({ ...model.weights, ...batch.feeds })).logits
      .data as Float32Array;
    const vocabulary = config.text.vocab_size;
    const got = golden.places.flatMap((places, row) =>
      places.flatMap((at) => {
        const start = (row * batch.tokens + at) * vocabulary;
        return [...all.subarray(start, start + vocabulary)];
      }),
    );
    expect(maxDifference(got, tensors.f32('logits'))).toBeLessThan(1e-4);
    const mutants = Object.keys(golden.mutants);
    expect(mutants.length).toBe(4);
    for (const name of mutants) expect(maxDifference(got, tensors.f32(name)), name).toBeGreaterThan(0.1);
  });

  test('64 greedy tokens of every conversation, all together through the cache', async () => {
    expect([...model.forbidden].sort((a, b) => a - b)).toEqual(golden.forbidden);
    expect(Math.min(...golden.greedy.map(({ least_gap }) => least_gap))).toBeGreaterThan(1e-2);
    const generator = new Generator(model, testSession);
    const asked = { numSamples: 1, maxTokens: 64, temperature: 0, seed: 1 };
    const out = await generator.generate(prompts, model.weights, asked);
    expect(out.map(([{ tokens }]) => [...tokens])).toEqual(golden.greedy.map(({ tokens }) => tokens));
    await generator.dispose();
  });

  test('media that are not what the messages announce', () => {
    const [image, video] = [clipOf(['image', 1, 28, 28, 1, 0]), clipOf(['video', 2, 28, 28, 1, 1])];
    const ask = (...kinds: ('image' | 'video')[]): Message[] => [
      { role: 'user', content: kinds.map((type) => ({ type })) },
    ];
    expect(model.prepare(ask('image', 'video'), image, video).vision).toHaveLength(2);
    for (const [messages, media] of [
      [ask('image', 'video'), [video, image]],
      [ask('image'), [video]],
      [ask('image', 'image'), [image]],
      [ask('image'), [image, image]],
      [ask(), [image]],
      [ask('video'), [undefined]],
    ] as const)
      expect(() => model.prepare(messages, ...media)).toThrow(/announce/);
  });
});
