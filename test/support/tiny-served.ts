// The tiny model behind the chat server, with a folder of adapters: for tests of adapters at run time and of rollouts on a server.
import { mkdtempSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng } from '../../src/base/rng.ts';
import type { VideoProfile } from '../../src/media/index.ts';
import { type LoraSettings, loraSchema, type VideoLanguageModel } from '../../src/models/index.ts';
import { type ServeOptionsInput, startServer } from '../../src/serve/index.ts';
import { tinyModel, tinyTokenizer } from './tiny-model.ts';

export const tinyLora: LoraSettings = loraSchema.parse({ rank: 2, alpha: 4 });

/** Clips of noise pass through it as they are. */
export const tinyProfile: VideoProfile = {
  name: 'tiny',
  nframes: 4,
  min_pixels: 56 * 56,
  max_pixels: 56 * 56,
  resample: 'bicubic',
};

export const adapterFolder = () => mkdtempSync(join(tmpdir(), 'adapters-'));

/** Writes an adapter of the tiny model, B random too; another seed, another adapter. Resolves to the model with it. */
export async function writeTinyAdapter(dir: string, seed: number, lora = tinyLora): Promise<VideoLanguageModel> {
  const model = tinyModel({ lora });
  for (const [name, w] of Object.entries(model.trainable)) {
    const draw = createRng(seed).fork(name);
    for (let i = 0; i < w.data.length; i++) (w.data as Float32Array)[i] = draw.normal() / Math.sqrt(w.shape[1]);
  }
  await mkdir(dir, { recursive: true });
  await model.save(dir, model.weights);
  return model;
}

/** The chat server on a free port, with the tiny model called `tiny`. */
export async function serveTiny(
  options: ServeOptionsInput = {},
  { profile = tinyProfile, model = tinyModel() }: { profile?: VideoProfile; model?: VideoLanguageModel } = {},
) {
  const served = {
    name: 'tiny',
    model,
    tokenizer: tinyTokenizer(),
    profile,
    session: { threads: 1 },
  };
  const { baseURL, stop } = await startServer(served, { port: 0, graceSeconds: 1, ...options });
  const send = async (path: string, body: object) => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${baseURL}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    const text = await response.text();
    return { status: response.status, text, json: text.startsWith('{') ? JSON.parse(text) : undefined };
  };
  return {
    baseURL,
    send,
    stop,
    load: (name: string, path: string, more: object = {}) =>
      send('/load_lora_adapter', { lora_name: name, lora_path: path, ...more }),
    unload: (name: string) => send('/unload_lora_adapter', { lora_name: name }),
    models: async () => ((await (await fetch(`${baseURL}/models`)).json()) as { data: { id: string }[] }).data,
    [Symbol.asyncDispose]: stop,
  };
}
