// Adapter folders that cannot be followed: every complaint names the file. That PEFT's adapters compute what PEFT computes is
// test/parity/lora.test.ts.
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { failureOf } from '../../../test/support/failure.ts';
import { fromFloat32, writeSafetensors } from '../../base/safetensors.ts';
import { readAdapter, readAdapterConfig } from './files.ts';

const shapes = { 'a.q_proj.weight': [4, 3], 'b.q_proj.weight': [4, 3], 'a.norm.weight': [3] };
const names = { published: (m: string) => m.replace('new.', ''), current: (m: string) => `new.${m}` };
const tensor = (shape: readonly number[]) => fromFloat32(new Float32Array(shape[0] * shape[1]), shape, 'F32');
const key = (module: string, which: 'A' | 'B') => `base_model.model.new.${module}.lora_${which}.weight`;
const good = { peft_type: 'LORA', r: 2, lora_alpha: 4, bias: 'none', modules_to_save: null, use_dora: false };

let dir: string;
const write = (tensors: Record<string, readonly number[]>, config: object = good) => {
  writeFileSync(join(dir, 'adapter_config.json'), JSON.stringify(config));
  const entries = Object.entries(tensors).map(([name, shape]) => [name, tensor(shape)] as const);
  return writeSafetensors(join(dir, 'adapter_model.safetensors'), Object.fromEntries(entries));
};
const whole = { [key('a.q_proj', 'A')]: [2, 3], [key('a.q_proj', 'B')]: [4, 2] };

async function read() {
  const config = await readAdapterConfig(dir);
  if (!config) throw new Error('no adapter');
  return readAdapter(dir, config, shapes, names);
}
async function complaint(): Promise<string> {
  const error = await failureOf(read());
  expect(error.fix).toBeTruthy();
  return `${error.message} (${String(error.facts.file).replace(`${dir}/`, '')})`;
}

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'adapter-'));
});

test('a folder without adapter_config.json holds no adapter', async () => {
  expect(await readAdapterConfig(dir)).toBeUndefined();
});

test('what is written is read: modules, scale and values', async () => {
  await write(whole);
  const adapter = await read();
  expect([...adapter.modules]).toEqual([['a.q_proj', { rank: 2, scale: 2 }]]);
  expect(Object.keys(adapter.weights)).toEqual(['a.q_proj.lora_A.weight', 'a.q_proj.lora_B.weight']);
});

test.each([
  [{ use_rslora: true }, 4 / Math.SQRT2],
  [{ alpha_pattern: { q_proj: 6 } }, 3],
  [{ alpha_pattern: { 'a.q_proj': 6, q_proj: 1 } }, 3],
  [{ alpha_pattern: { '^new.a.*': 8 } }, 4],
  [{ alpha_pattern: { proj: 8 } }, 2],
])('%o scales by %f', async (more, scale) => {
  await write(whole, { ...good, ...more });
  expect((await read()).modules.get('a.q_proj')?.scale).toBeCloseTo(scale, 12);
});

describe('complaints', () => {
  test.each<[string, object, string]>([
    ['DoRA', { use_dora: true }, 'use_dora'],
    ['biases', { bias: 'all' }, 'bias'],
    ['modules saved whole', { modules_to_save: ['lm_head'] }, 'modules_to_save'],
    ['another kind', { peft_type: 'LOHA' }, 'peft_type'],
    ['no rank', { r: undefined }, 'r '],
  ])('%s', async (_, more, named) => {
    await write(whole, { ...good, ...more });
    expect(await complaint()).toMatch(new RegExp(`^the adapter has ${named}.* \\(adapter_config.json\\)$`));
  });
  test('not JSON', async () => {
    await write(whole);
    writeFileSync(join(dir, 'adapter_config.json'), '{');
    expect(await complaint()).toBe('the adapter configuration is not JSON (adapter_config.json)');
  });
  test.each<[string, Record<string, readonly number[]>, string]>([
    ['half of an update', { [key('a.q_proj', 'A')]: [2, 3] }, 'the file lacks the tensor a.q_proj.lora_B.weight'],
    [
      'the other half',
      { ...whole, [key('b.q_proj', 'B')]: [4, 2] },
      `the file has a tensor that the model lacks: ${key('b.q_proj', 'B')}`,
    ],
    [
      'a shape',
      { ...whole, [key('a.q_proj', 'B')]: [3, 2] },
      `tensor ${key('a.q_proj', 'B')} has shape [3,2], the model needs [4,2]`,
    ],
    [
      'another model',
      { [key('c.q_proj', 'A')]: [2, 3] },
      `the model has no linear layer for the adapter's ${key('c.q_proj', 'A')}`,
    ],
    [
      'a norm',
      { [key('a.norm', 'A')]: [2, 3] },
      `the model has no linear layer for the adapter's ${key('a.norm', 'A')}`,
    ],
    [
      'embeddings',
      { 'base_model.model.e.lora_embedding_A': [2, 3] },
      'the adapter holds base_model.model.e.lora_embedding_A, which is no low-rank update',
    ],
    ['nothing', {}, 'the adapter holds no update'],
  ])('%s', async (_, tensors, message) => {
    await write(tensors);
    expect(await complaint()).toBe(`${message} (adapter_model.safetensors)`);
  });
  test('a truncated file, and none', async () => {
    await write(whole);
    const file = join(dir, 'adapter_model.safetensors');
    truncateSync(file, readFileSync(file).length - 4);
    expect(await complaint()).toContain('bytes too early (adapter_model.safetensors)');
    rmSync(file);
    expect(await complaint()).toBe("the adapter's tensors are missing (adapter_model.safetensors)");
  });
});
