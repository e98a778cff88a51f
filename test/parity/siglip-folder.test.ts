// A SigLIP folder as published (64 text positions, spiece.model), from texts and pictures of any size to embeddings, against SiglipTokenizer,
// SiglipImageProcessor and SiglipModel: golden values made by make/siglip_folder.py.
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadEmbedder } from '../../src/models/embedder.ts';
import { parseSiglipConfig } from '../../src/models/siglip/config.ts';
import { loadSiglipTokenizer } from '../../src/models/siglip/tokenizer.ts';
import { loadTokenizer } from '../../src/models/tokenizer/load.ts';
import { testSession } from '../support/device.ts';
import { farthest, fixturePath, goldenJson, goldenTensors, maxDifference, pictureFrame } from './golden.ts';

interface Golden {
  texts: string[];
  sizes: [number, number][];
  encodings: { text: string; ids: number[] }[];
}

const golden = goldenJson<Golden>('siglip_folder', 'golden.json');
const tensors = await goldenTensors('siglip_folder', 'golden.safetensors');
const tokenizer = await loadSiglipTokenizer(fixturePath('siglip_folder'));
const WIDTH = 32;
/** The bar. */
const BAR = 1e-5;

const root = await mkdtemp(join(tmpdir(), 'siglip-'));
afterAll(() => rm(root, { recursive: true }));

describe('embeddings', () => {
  test('within 1e-5 cosine distance of SiglipModel, and far from mistakes', async () => {
    const embedder = await loadEmbedder(fixturePath('siglip_folder'), testSession);
    const flat = (rows: Float32Array[]) => Float32Array.from(rows.flatMap((row) => [...row]));
    const text = flat(await embedder.embedTexts(golden.texts, 64));
    const image = flat(await embedder.embedFrames(golden.sizes.map((size, i) => pictureFrame(...size, i))));
    await embedder.close();
    for (const [got, name] of [
      [text, 'text_embeds'],
      [image, 'image_embeds'],
    ] as const) {
      expect(farthest(got, tensors.f32(name), WIDTH), name).toBeLessThan(BAR);
      expect(maxDifference(got, tensors.f32(name)), name).toBeLessThan(1e-4);
    }
    expect(farthest(text, tensors.f32('other_padding.text_embeds'), WIDTH)).toBeGreaterThan(1e-3);
    expect(farthest(image, tensors.f32('bilinear.image_embeds'), WIDTH)).toBeGreaterThan(1e-4);
    const long = text.subarray(5 * WIDTH, 6 * WIDTH);
    expect(farthest(long, tensors.f32('no_end.text_embeds'), WIDTH)).toBeGreaterThan(1e-3);
  });

  test('configs of both generations of transformers are one', () => {
    const [four, five] = ['config.json', 'config-5.json'].map((file) => goldenJson<object>('siglip_folder', file));
    expect(five).not.toEqual(four);
    expect(parseSiglipConfig(five)).toEqual(parseSiglipConfig(four));
  });
});

describe('tokenizer', () => {
  /** sentencepiece adds scores in single precision: where many cuts of a long run score alike, it may choose another. */
  const ties = (text: string) => /(.{1,2})\1{70}/u.test(text);
  /** What SiglipTokenizer lets through as control tokens, and ours does not. */
  const control = (text: string) => text.includes('</s>') || text.includes('<unk>');

  test('ids of SiglipTokenizer on awkward strings', () => {
    const plain = golden.encodings.filter(({ text }) => !ties(text) && !control(text));
    expect(plain.length).toBeGreaterThan(450);
    for (const { text, ids } of plain)
      expect(tokenizer.encode(text, { addSpecialTokens: true }), JSON.stringify(text)).toEqual(ids);
    for (const { text, ids } of golden.encodings.filter(({ text }) => ties(text) && !control(text)))
      expect(tokenizer.encode(text, { addSpecialTokens: true }).length, JSON.stringify(text)).toBe(ids.length);
  });

  test('control tokens in a text stay text', () => {
    for (const text of ['a</s>b', '<unk>', '<pad>']) {
      const ids = tokenizer.encode(text);
      expect(ids.filter((id) => id < 3)).toEqual([]);
    }
  });

  test('written as tokenizer.json it is the same', async () => {
    const dir = await mkdtemp(join(root, 'tokenizer-'));
    await tokenizer.saveFiles(dir);
    const again = await loadTokenizer(dir);
    expect(again.size).toBe(900);
    for (const { text } of golden.encodings) expect(again.encode(text)).toEqual(tokenizer.encode(text));
    expect((await loadSiglipTokenizer(dir)).encode('A red circle')).toEqual(tokenizer.encode('A red circle'));
  });

  test('a damaged spiece.model is named', async () => {
    const dir = await mkdtemp(join(root, 'damaged-'));
    await cp(fixturePath('siglip_folder'), dir, { recursive: true });
    const file = join(dir, 'spiece.model');
    const bytes = await readFile(file);
    for (const spoilt of [
      bytes.subarray(0, bytes.length - 9000),
      Buffer.from('version https://git-lfs.github.com/spec/v1\n'),
      bytes.subarray(0, 0),
    ]) {
      await writeFile(file, spoilt);
      await expect(loadEmbedder(dir)).rejects.toMatchObject({ code: 'tokenizer-files', facts: { file } });
    }
  });
});
