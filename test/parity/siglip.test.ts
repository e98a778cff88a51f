// Our SigLIP against transformers: embeddings, logits, sigmoid loss and the gradient of every parameter.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readSafetensors, toFloat32 } from '../../src/base/safetensors.ts';
import { compile, f32, gradients, i32 } from '../../src/engine/index.ts';
import { readWeights } from '../../src/models/files.ts';
import { parseSiglipConfig } from '../../src/models/siglip/config.ts';
import {
  frameInput,
  imageTower,
  pairLogits,
  siglipShapes,
  sigmoidLoss,
  textInput,
  textTower,
} from '../../src/models/siglip/graph.ts';
import { graphWeights } from '../../src/models/weights.ts';
import { testSession } from '../support/device.ts';

const fixture = (name: string) => join(import.meta.dirname, 'fixtures/siglip', name);
const norm = (x: Float32Array) => Math.hypot(...x);

it('SigLIP equals transformers in embeddings, loss and gradients', async () => {
  const config = parseSiglipConfig(JSON.parse(await readFile(fixture('config.json'), 'utf8')));
  const weights = await readWeights(fixture('model.safetensors'), siglipShapes(config));
  const golden = await readSafetensors(fixture('golden.safetensors'));
  const floats = (name: string, from = golden) => toFloat32(from.tensors.get(name)!);
  const w = graphWeights(siglipShapes(config));
  const text = textTower(textInput(config, 3), w, config);
  const image = imageTower(frameInput(config, 3), w, config);
  const loss = sigmoidLoss(pairLogits(text, image, w));
  const names = [...w.used().keys()];
  const grads = gradients(loss, [...w.used().values()]);
  const program = await compile(
    { text, image, loss, ...Object.fromEntries(names.map((n, i) => [`${n}@`, grads[i]])) },
    [],
    testSession,
  );
  const results = await program.run({
    ...weights,
    texts: i32(golden.tensors.get('input_ids')!.data as Int32Array, [3, 16]),
    frames: f32(floats('pixel_values'), [3, 3, 56, 56]),
  });
  for (const [name, want] of [
    ['text', 'text_embeds'],
    ['image', 'image_embeds'],
  ] as const) {
    const [got, ref] = [results[name].data as Float32Array, floats(want)];
    for (let r = 0; r < 3; r++) {
      const [a, b] = [got.subarray(r * 32, r * 32 + 32), ref.subarray(r * 32, r * 32 + 32)];
      const cosine = a.reduce((s, x, i) => s + x * b[i], 0) / (norm(a) * norm(b));
      expect(1 - cosine).toBeLessThan(1e-5);
    }
  }
  expect((results.loss.data as Float32Array)[0]).toBeCloseTo(floats('loss')[0], 4);
  const reference = await readSafetensors(fixture('gradients.safetensors'));
  const global = Math.hypot(...[...reference.tensors.keys()].map((n) => norm(floats(n, reference))));
  expect(names.sort()).toEqual([...reference.tensors.keys()].sort());
  for (const name of names) {
    const want = floats(name, reference);
    const got = results[`${name}@`].data as Float32Array;
    expect(norm(want.map((x, i) => x - got[i])), name).toBeLessThanOrEqual(1e-3 * Math.max(norm(want), 1e-4 * global));
  }
});
