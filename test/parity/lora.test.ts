// LoRA against PEFT: logits and gradients with adapters that PEFT made, mutants that must be far away, merging, and our files in PEFT.
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readSafetensors, type SafeTensors } from '../../src/base/safetensors.ts';
import { type Buffer, f32, hostCopies } from '../../src/engine/index.ts';
import { mergeAdapter } from '../../src/models/lora/adapter.ts';
import { type Adapter, readAdapter, readAdapterConfig } from '../../src/models/lora/files.ts';
import { weightShapes } from '../../src/models/qwen2_5_vl/graphs.ts';
import { moduleNames } from '../../src/models/qwen2_5_vl/names.ts';
import { fixturePath, goldenJson } from './golden.ts';
import { writeOurs } from './make/lora_from_ts.ts';
import { floatsOf, gradientErrors, QwenFixture } from './qwen-fixture.ts';

interface Facts {
  loss: number;
}

let toy: QwenFixture;
beforeAll(async () => {
  toy = await QwenFixture.open();
});

async function openAdapter(dir: string): Promise<Adapter> {
  const config = await readAdapterConfig(dir);
  if (!config) throw new Error(`no adapter in ${dir}`);
  return readAdapter(dir, config, weightShapes(toy.config), moduleNames);
}

const copied = async (weights: Record<string, Buffer>) =>
  Object.fromEntries(
    Object.entries(await hostCopies(weights)).map(([n, w]) => [n, f32((w.data as Float32Array).slice(), w.shape)]),
  );

/** PEFT's gradients by our names. */
function goldenGradients(golden: SafeTensors): Map<string, Float32Array> {
  const prefix = 'gradient.base_model.model.';
  const names = [...golden.tensors.keys()].filter((n) => n.startsWith(prefix));
  return new Map(names.map((n) => [moduleNames.published(n.slice(prefix.length)), floatsOf(golden, n)]));
}

describe.each(['plain', 'patterns'])('the adapter "%s" made by PEFT', (name) => {
  let adapter: Adapter;
  let golden: SafeTensors;
  beforeAll(async () => {
    adapter = await openAdapter(fixturePath('lora', name));
    golden = await readSafetensors(fixturePath('lora', `${name}.safetensors`));
  });

  it('gives logits within 1e-4, and every mutant is far away', async () => {
    const got = await toy.logits({ ...toy.weights, ...adapter.weights }, { adapted: adapter.modules });
    expect(toy.logitDifference(got, floatsOf(golden, 'logits'))).toBeLessThan(1e-4);
    const mutants = await readSafetensors(fixturePath('lora', `${name}-mutants.safetensors`));
    expect(mutants.tensors.size).toBeGreaterThanOrEqual(4);
    for (const mutant of mutants.tensors.keys())
      expect(toy.logitDifference(got, floatsOf(mutants, mutant)), mutant).toBeGreaterThan(1e-2);
  });

  it('has the gradients of its weights', async () => {
    const isAdapter = (n: string) => n.includes('.lora_');
    const all = { ...toy.weights, ...adapter.weights };
    const { loss, gradients } = await toy.lossAndGradients(all, { adapted: adapter.modules }, isAdapter);
    expect(loss).toBeCloseTo(goldenJson<Record<string, Facts>>('lora', 'golden.json')[name].loss, 4);
    const want = goldenGradients(golden);
    expect([...gradients.keys()].sort()).toEqual([...want.keys()].sort());
    for (const [n, error] of gradientErrors(gradients, want)) expect(error, n).toBeLessThanOrEqual(1e-3);
  });

  it('gives the same logits merged into the weights', async () => {
    const weights = await copied(toy.weights);
    await mergeAdapter(weights, adapter);
    expect(toy.logitDifference(await toy.logits(weights), floatsOf(golden, 'logits'))).toBeLessThan(1e-4);
  });
});

describe('an adapter that we write', () => {
  it('opens in PEFT and gives the same logits there', () => {
    expect(goldenJson<{ difference: number }>('lora', 'opened.json').difference).toBeLessThan(1e-5);
  });

  it('is still written as it was when PEFT opened it', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'lora-'));
    await writeOurs(dir);
    for (const file of ['adapter_config.json', 'adapter_model.safetensors'])
      expect(await readFile(join(dir, file)), file).toEqual(await readFile(fixturePath('lora', 'written', file)));
  });
});
