// Decoding at the shapes of Qwen2.5-VL-3B with random weights made on the spot (what it says is noise), on the GPU alone.

import { f32ToF16 } from '../../src/base/half.ts';
import { createRng } from '../../src/base/rng.ts';
import { type Buffer, traffic } from '../../src/engine/index.ts';
import { Generator } from '../../src/models/generate.ts';
import type { Prepared } from '../../src/models/port.ts';
import { parseModelConfig } from '../../src/models/qwen2_5_vl/config.ts';
import { weightShapes } from '../../src/models/qwen2_5_vl/graphs.ts';
import { qwenModel } from '../../src/models/qwen2_5_vl/index.ts';
import { publishedConfigs } from '../../src/models/qwen2_5_vl/published.ts';
import { withFolder } from '../engine/sides.ts';
import { type TableRow, valueRow } from '../harness/rows.ts';
import { gpuTime } from './gpu-time.ts';

const PROMPT = 256;
const TOKENS = 24;
const POOL = 2 ** 20;

/** Matrices take pieces of one pool of small normal values; biases are 0, norms 1. */
function randomWeights(shapes: Readonly<Record<string, readonly number[]>>, dtype: 'f32' | 'f16') {
  const rng = createRng(1);
  const pool = Float32Array.from({ length: POOL }, () => rng.normal() * 0.01);
  const halves = f32ToF16(pool);
  const weights: Record<string, Buffer> = {};
  for (const [name, shape] of Object.entries(shapes)) {
    if (name.startsWith('visual')) continue; // no clip is shown
    const size = shape.reduce((a, b) => a * b, 1);
    const narrow = dtype === 'f16' && shape.length === 2;
    const data = narrow ? new Uint16Array(size) : new Float32Array(size);
    if (shape.length === 1) data.fill(name.endsWith('bias') ? 0 : 1);
    else
      for (let at = 0; at < size; at += POOL)
        data.set((narrow ? halves : pool).subarray(0, Math.min(POOL, size - at)), at);
    weights[name] = { dtype: narrow ? 'f16' : 'f32', shape, data };
  }
  return weights;
}

/** Text alone. */
function textPrompt(vocabulary: number): Prepared {
  const rng = createRng(2);
  const tokens = Int32Array.from({ length: PROMPT }, () => rng.int(Math.min(1000, vocabulary)));
  const positions = Int32Array.from({ length: 3 * PROMPT }, (_, i) => i % PROMPT);
  return { tokens, positions, nextPosition: PROMPT, vision: [] };
}

/** What a failure happened after, should it leave no words of its own. */
const came = (to: string) => process.stderr.write(`came to: ${to}\n`);

/** `layers`: so many of the model's. */
export function decodeLarge(dtype: 'f32' | 'f16', { layers }: { layers?: number } = {}): Promise<TableRow[]> {
  return withFolder(async (dir) => {
    const name = 'Qwen2.5-VL-3B';
    const config = parseModelConfig({
      ...publishedConfigs[name],
      ...(layers ? { num_hidden_layers: layers } : {}),
    });
    const model = qwenModel(config, randomWeights(weightShapes(config), dtype), { encode: () => [], decode: () => '' });
    const endless = { ...model, forbidden: [model.endOfTurn] };
    const prompt = textPrompt(config.text.vocab_size);
    const what = `${name}, ${layers ? `${layers} layers, ` : ''}${dtype}`;
    came('weights made');
    const run = async (generator: Generator, numSamples: number, note: string) => {
      const [start, before] = [performance.now(), traffic.received];
      let first = 0;
      const onToken = () => {
        if (first === 0) came(`${note}, first token`);
        first ||= performance.now();
      };
      const options = { numSamples, maxTokens: TOKENS, temperature: 1, seed: 1, onToken };
      await generator.generate([prompt], model.weights, options);
      came(`${note}, done`);
      const perStep = (performance.now() - first) / (TOKENS - 1);
      const prefilled = `prompt of ${PROMPT} in ${((first - start) / 1000).toFixed(2)} s`;
      const received = `${((traffic.received - before) / 1e6).toFixed(0)} MB received`;
      return valueRow({ what: `${what}: ${note}`, ours: perStep, unit: 'ms/step', note: `${prefilled}, ${received}` });
    };
    const generator = new Generator(endless, { device: 'webgpu' });
    const rows = [await run(generator, 1, 'first run'), await run(generator, 1, '1 row')];
    await run(generator, 8, 'first run');
    rows.push(await run(generator, 8, '8 rows'));
    await generator.dispose();
    const traced = await gpuTime(what, dir, async (profile) => {
      const watched = new Generator(endless, { device: 'webgpu', profile });
      await run(watched, 1, 'traced');
      await watched.dispose();
    });
    came('trace read');
    return [...rows, ...traced];
  });
}
