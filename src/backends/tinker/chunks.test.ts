// Prompts as chunks against the chat template itself: a video is what the template writes for its frames as pictures.
import { describe, expect, test } from 'vitest';
import { tinyCoder } from '../../../test/support/tinker-server/index.ts';
import { noiseClip, tinyPrompt, tinySample } from '../../../test/support/tiny-model.ts';
import { decodeImage } from '../../media/image.ts';
import type { MediaTokens } from '../../models/prompt-coder.ts';
import { completionOf, datumOf, PromptEncoder } from './chunks.ts';
import { positionsOf } from './wire.ts';

const coder = tinyCoder();
const { image, tokensOf } = coder.media as MediaTokens;
const encoder = new PromptEncoder(coder);

describe('a video', () => {
  const question = { type: 'text', text: 'Which way?' } as const;
  const prompt = {
    id: 'v',
    clip: noiseClip(3, 4),
    messages: [{ role: 'user', content: [{ type: 'video' }, question] }],
  } as const;

  test('is its frames between the vision tokens, as the template writes pictures', async () => {
    const { input, images, positions } = await encoder.encode(prompt);
    const pictures = prompt.clip.frames.map(() => ({ type: 'image' }) as const);
    const expected = coder.encodeChat([{ role: 'user', content: [...pictures, question] }]);
    const flat = input.chunks.flatMap((c) => (c.type === 'image' ? [image] : c.tokens));
    expect(flat).toEqual(expected);
    expect(images).toBe(4);
    // 56×56 pixels: 4×4 patches of 14, merged 2×2.
    expect(input.chunks.flatMap((c) => (c.type === 'image' ? [c.expected_tokens] : []))).toEqual([4, 4, 4, 4]);
    expect(positions).toBe(expected.length + 4 * 3);
    expect(positions).toBe(positionsOf(input));
  });

  test('its pictures are the frames, bit for bit', async () => {
    const { input } = await encoder.encode(prompt);
    const sent = input.chunks.flatMap((c) => (c.type === 'image' ? [c.data] : []));
    for (const [i, data] of sent.entries()) {
      const frame = await decodeImage(Buffer.from(data, 'base64'));
      expect([...frame.data]).toEqual([...prompt.clip.frames[i].data]);
    }
  });
});

test('targets are shifted by one, count at the completion only, and come back from there', async () => {
  const prompt = tinyPrompt(tinySample(3));
  const encoded = await encoder.encode(prompt);
  const tokens = [11, 12, 13];
  const { model_input, loss_fn_inputs } = datumOf(encoded, tokens, { weights: [1, 2, 3] });
  const { positions } = encoded;
  expect(positionsOf(model_input)).toBe(positions + 2);
  expect(model_input.chunks.at(-1)).toEqual({ type: 'encoded_text', tokens: [11, 12] });
  const targets = loss_fn_inputs.target_tokens.data;
  expect([targets.length, ...targets.slice(positions - 1)]).toEqual([positions + 2, 11, 12, 13]);
  expect(loss_fn_inputs.weights.data.filter((w) => w !== 0)).toEqual([1, 2, 3]);
  const row = Float32Array.from(targets, (_, i) => i);
  expect([...completionOf(encoded, { prompt, tokens }, row)]).toEqual([positions - 1, positions, positions + 1]);
  const short = row.slice(0, -4); // as a server that left a picture out
  expect(() => completionOf(encoded, { prompt, tokens }, short)).toThrow(/drops pictures/);
});

test('a picture of odd sides takes the tokens of the patches that cover it', () => {
  expect([tokensOf(56, 28), tokensOf(57, 28), tokensOf(28, 85)]).toEqual([2, 3, 4]);
});

test('media that the messages do not announce, and media for a model of text, are refused', async () => {
  const clip = noiseClip(1, 1);
  const silent = { id: 's', clip, messages: [{ role: 'user', content: 'Which way?' }] } as const;
  await expect(encoder.encode(silent)).rejects.toMatchObject({ code: 'prompt-media', facts: { sample: 's' } });
  const textual = new PromptEncoder({ ...coder, media: undefined });
  await expect(textual.encode(silent)).rejects.toMatchObject({ code: 'tinker-text-only' });
});
