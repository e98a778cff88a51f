// Our CLIP against transformers: a folder as published, opened by config.json, from texts and pictures of any size to embeddings; its
// tokenizer on awkward strings; and mistakes that must be far away. Golden values made by make/clip.py.
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readSafetensors, writeSafetensors } from '../../src/base/safetensors.ts';
import { filterSchema } from '../../src/curate/filter/config.ts';
import { judge } from '../../src/curate/filter/rules.ts';
import { embedAll, openTexts, similarityOf } from '../../src/curate/filter/similarity.ts';
import type { Sample } from '../../src/data/sample.ts';
import { parseClipConfig } from '../../src/models/clip/config.ts';
import { CLIP_PIXELS, clipSquare, clipTexts, endOfText } from '../../src/models/clip/processor.ts';
import { pixelPlanes } from '../../src/models/dual_encoder/pixels.ts';
import { loadEmbedder } from '../../src/models/embedder.ts';
import { loadTokenizer } from '../../src/models/tokenizer/load.ts';
import { testSession } from '../support/device.ts';
import { farthest, fixturePath, goldenJson, goldenTensors, maxDifference } from './golden.ts';

interface Golden {
  texts: string[];
  sizes: [number, number][];
  mutants: Record<string, number>;
  encodings: { text: string; plain: number[]; control: number[] }[];
}

const golden = goldenJson<Golden>('clip', 'golden.json');
const tensors = await goldenTensors('clip', 'golden.safetensors');
const config = parseClipConfig(goldenJson('clip', 'config.json'));
const tokenizer = await loadTokenizer(fixturePath('clip'));
const frames = golden.sizes.flatMap((_, i) => tensors.frames(`picture.${i}`));
const WIDTH = 24;
/** The bar. The reference's own rounding is at 1e-12. */
const BAR = 1e-5;

const root = await mkdtemp(join(tmpdir(), 'clip-'));
afterAll(() => rm(root, { recursive: true }));

/** The fixture's folder with its weights in two shards and its config changed. */
async function variant(change: (json: Record<string, object>) => object): Promise<string> {
  const dir = await mkdtemp(join(root, 'model-'));
  await cp(fixturePath('clip'), dir, { recursive: true, filter: (file) => !/safetensors$|golden/.test(file) });
  const json = JSON.parse(await readFile(join(dir, 'config.json'), 'utf8')) as Record<string, object>;
  await writeFile(join(dir, 'config.json'), JSON.stringify(change(json)));
  const all = [...(await readSafetensors(fixturePath('clip', 'model.safetensors'))).tensors];
  const halves = [all.slice(0, 20), all.slice(20)];
  for (const [i, half] of halves.entries())
    await writeSafetensors(join(dir, `model-${i}.safetensors`), Object.fromEntries(half));
  const weight_map = Object.fromEntries(
    halves.flatMap((half, i) => half.map(([name]) => [name, `model-${i}.safetensors`])),
  );
  await writeFile(join(dir, 'model.safetensors.index.json'), JSON.stringify({ weight_map }));
  return dir;
}

async function embed(dir: string) {
  const embedder = await loadEmbedder(dir, testSession);
  try {
    const text = await embedder.embedTexts(golden.texts, 64);
    const image = await embedder.embedFrames(frames);
    return {
      text: Float32Array.from(text.flatMap((x) => [...x])),
      image: Float32Array.from(image.flatMap((x) => [...x])),
    };
  } finally {
    await embedder.close();
  }
}

describe('embeddings', () => {
  test('within 1e-5 cosine distance of CLIPModel, and far from every mutant', async () => {
    const { text, image } = await embed(fixturePath('clip'));
    expect(farthest(text, tensors.f32('text_embeds'), WIDTH)).toBeLessThan(BAR);
    expect(farthest(image, tensors.f32('image_embeds'), WIDTH)).toBeLessThan(BAR);
    expect(maxDifference(text, tensors.f32('text_embeds'))).toBeLessThan(1e-4);
    expect(maxDifference(image, tensors.f32('image_embeds'))).toBeLessThan(1e-4);
    let seen = 0;
    for (const name of Object.keys(golden.mutants))
      for (const [kind, got] of [
        ['text', text],
        ['image', image],
      ] as const) {
        const wrong = tensors.maybe(`${name}.${kind}_embeds`);
        if (!wrong) continue;
        seen++;
        expect(farthest(got, wrong, WIDTH), `${name}, ${kind}`).toBeGreaterThan(BAR);
        expect(maxDifference(got, wrong), `${name}, ${kind}`).toBeGreaterThan(1e-3);
      }
    expect(seen).toBe(10);
  });

  test('the same from shards under an index, and from configs of other times', async () => {
    const { text, image } = await embed(fixturePath('clip'));
    // Before transformers 4.32: another end token, and the towers once more in *_config_dict, which go before.
    const old = await variant(({ text_config, vision_config, ...top }) => ({
      ...top,
      text_config: { ...text_config, eos_token_id: 2, num_hidden_layers: 7 },
      text_config_dict: { ...text_config, eos_token_id: 2 },
      vision_config: { ...vision_config, hidden_size: 8 },
      vision_config_dict: vision_config,
    }));
    const again = await embed(old);
    expect(maxDifference(again.text, text)).toBe(0);
    expect(maxDifference(again.image, image)).toBe(0);
  });

  test('a folder of another model, and a config that cannot be run', async () => {
    await expect(loadEmbedder(await variant((json) => ({ ...json, model_type: 'blip' })))).rejects.toMatchObject({
      code: 'model-config',
      facts: { model_type: 'blip' },
    });
    const relu = ({ text_config, ...json }: Record<string, object>) => ({
      ...json,
      text_config: { ...text_config, hidden_act: 'relu' },
    });
    await expect(loadEmbedder(await variant(relu))).rejects.toMatchObject({
      facts: { field: 'text_config.hidden_act' },
    });
  });
});

test('the curation filter compares free-form answers by its text tower', async () => {
  const embedder = await loadEmbedder(fixturePath('clip'), testSession);
  const sample: Sample = {
    problem_id: 1,
    problem: 'What happens?',
    data_type: 'video',
    problem_type: 'free-form',
    options: [],
    solution: '<answer>A red circle moves left.</answer>',
    path: 'a.mp4',
  };
  const answers = ['a red  circle moves LEFT.', 'Grüße 数える 42'];
  const embeddings = await embedAll(
    answers.flatMap((answer) => openTexts(sample, answer)),
    embedder,
  );
  await embedder.close();
  const sound = 'The question asks what happens. A red circle moves left.';
  const config = filterSchema.parse({});
  const [same, other] = answers.map((answer) =>
    judge({ sample, think: sound, answer, similarity: similarityOf(sample, answer, embeddings) }, config),
  );
  expect(same.kept).toBe(true);
  expect(same).toMatchObject({ similarity: expect.closeTo(1, 5) });
  expect(other).toMatchObject({ kept: false, reason: 'low-similarity' });
});

describe('inputs', () => {
  test('pictures of any shape are those of CLIPImageProcessor, to the bit', () => {
    const side = config.vision.image_size;
    const squares = frames.map((frame) => clipSquare(frame, side, CLIP_PIXELS));
    expect(maxDifference(pixelPlanes(squares, side, CLIP_PIXELS), tensors.f32('pixel_values'))).toBe(0);
  });

  test('texts are cut before their end token, which stays', async () => {
    const rows = golden.texts.map((text) => {
      const ids = tokenizer.encode(text, { addSpecialTokens: true });
      return ids.length > 20 ? [...ids.slice(0, 19), config.text.eos_token_id] : ids;
    });
    const { ids, ends } = clipTexts(rows, config.text);
    const want = tensors.numbers('input_ids');
    rows.forEach((row, i) => {
      expect([...ids.subarray(i * 20, i * 20 + row.length)]).toEqual(want.slice(i * 20, i * 20 + row.length));
      expect(ends[i]).toBe(i * 20 + row.length - 1);
    });
    expect(rows.some((row) => row.length === 20)).toBe(true);
  });

  test('the end of a text', () => {
    expect(endOfText([5, 9, 3, 9], { eos_token_id: 9 })).toBe(1);
    expect(endOfText([5, 9, 3, 9], { eos_token_id: 2 })).toBe(1);
    expect(() => endOfText([5, 3], { eos_token_id: 9 })).toThrow(/end token/);
  });
});

describe('tokenizer', () => {
  test('ids of CLIPTokenizerFast on awkward strings; control tokens in a text stay text', () => {
    expect(golden.encodings.length).toBeGreaterThan(300);
    for (const { text, plain } of golden.encodings)
      expect(tokenizer.encode(text, { addSpecialTokens: true }), JSON.stringify(text)).toEqual(plain);
    // Transformers lets them through.
    expect(golden.encodings.filter(({ plain, control }) => plain.join() !== control.join()).length).toBeGreaterThan(3);
  });
});
