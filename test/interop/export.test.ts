// Launch folders in the trainers themselves: each one's own parser reads the configuration, its own loader the data (check.py, as a user runs it).
// And the parsers must refuse: a configuration that was damaged, rows that are missing.
// Run: npm run test:interop   (peers: npm run peers -- trl, ms-swift, verl, llama-factory; OpenRLHF: VIDEORFT_OPENRLHF_PYTHON; EasyR1:
// VIDEORFT_EASYR1=/path/to/its/checkout and VIDEORFT_EASYR1_PYTHON, which has what it asks for but vLLM)
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/base/config.ts';
import { writeSamples } from '../../src/data/index.ts';
import type { Sample } from '../../src/data/sample.ts';
import { type EngineName, engineNames, exportConfig } from '../../src/recipes/export/config.ts';
import { engines } from '../../src/recipes/export/engines/index.ts';
import { exportLaunch } from '../../src/recipes/export/export.ts';
import { microBase } from '../../src/recipes/shipped.ts';
import { makeWorld } from '../../src/world/index.ts';
import { peer, runPeer } from './peer.ts';

let dir: string;
let samples: readonly Sample[];
const below = (...names: string[]) => join(dir, ...names);
const write = (engine: EngineName) =>
  exportLaunch(
    parseConfig(exportConfig, {
      ...{ for: engine, out: below(engine), mediaRoot: below('world'), model: microBase },
      ...{ cot: [below('cot.jsonl')], rl: [below('rl.jsonl')] },
    }),
  );

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'videorft-export-'));
  const { train } = await makeWorld(below('world'), { seed: 4, train: 40, heldOut: 0, questionsPerScene: 1 });
  samples = train;
  expect(new Set(samples.map(({ data_type }) => data_type))).toEqual(new Set(['video', 'image']));
  await writeSamples(below('rl.jsonl'), samples);
  const chains = samples.map((sample) => ({ ...sample, process: '<think>It moves. It is red.</think>' }));
  await writeSamples(below('cot.jsonl'), chains);
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

interface Read {
  readonly read: Record<string, unknown>;
  readonly first: Record<string, unknown>;
}
const check = (engine: EngineName) => {
  const env = { HF_HOME: below('hf'), MODELSCOPE_CACHE: below('modelscope') };
  return runPeer(peer(engine), 'python', [below(engine, 'check.py')], env);
};

/** What each must have made of the paper's numbers, in its own words. */
const wanted: Record<EngineName, (results: Record<string, Read>) => void> = {
  'ms-swift': ({ sft, grpo }) => {
    expect(sft.read).toMatchObject({ tuner_type: 'full', freeze_vit: false, learning_rate: 1e-6, eval_strategy: 'no' });
    expect(grpo.read).toMatchObject({ beta: 0.04, num_generations: 8, max_grad_norm: 5, reward_funcs: ['videorft'] });
  },
  trl: ({ sft, grpo }) => {
    expect(sft.first.completion).toMatchObject([{ role: 'assistant', content: expect.stringContaining('<answer>') }]);
    expect(grpo.read).toMatchObject({ beta: 0.04, num_generations: 8, epsilon: 0.2, scale_rewards: 'group' });
    expect(grpo.first.images).toHaveLength(16);
  },
  verl: ({ sft, grpo }) => {
    expect(sft.read).toMatchObject({ 'optim.lr': 1e-6, 'data.train_batch_size': 16, 'optim.clip_grad': 5 });
    if (sft.first.learned)
      expect(sft.first.learned).toMatch(/^<think>It moves. It is red.<\/think>\n<answer>.*<\/answer>/);
    expect(grpo.read).toMatchObject({ 'data.train_batch_size': 8, 'actor_rollout_ref.actor.kl_loss_coef': 0.04 });
    const shapes = grpo.first as unknown as readonly { video?: number[] | null }[];
    const found = shapes.map(({ video }) => video).find((video) => video);
    // Where qwen_vl_utils is installed: 16 frames of the paper's pixels.
    if (found) expect(found).toEqual([16, 3, 336, 336]);
  },
  easyr1: ({ grpo }) => {
    expect(grpo.read).toMatchObject({ 'algorithm.kl_coef': 0.04, 'worker.rollout.n': 8, 'trainer.max_steps': 1000 });
  },
  openrlhf: ({ grpo }) => {
    expect(grpo.read.rollout).toMatchObject({ n_samples_per_prompt: 8, batch_size: 8, top_p: 0.95 });
    expect(grpo.first.prompt).toContain('<|vision_start|>');
  },
  'llama-factory': ({ sft }) => {
    expect(sft.read).toMatchObject({ finetuning_type: 'full', video_maxlen: 16, freeze_vision_tower: false });
    expect(sft.first.learned).toMatch(/^<think>It moves. It is red.<\/think>\n<answer>.*<\/answer><\|im_end\|>/);
  },
};

describe.each(engineNames.map((name) => [name] as const))('%s', (engine) => {
  test('parses the configuration and loads the data', async (context) => {
    if (!peer(engine).python) return context.skip(peer(engine).reason);
    const { counts } = await write(engine);
    const { result, output } = await check(engine);
    for (const line of output.match(/^(ok|note): .*$/gm) ?? []) console.log(line);
    expect(Object.keys(result as object)).toEqual(Object.keys(counts));
    wanted[engine](result as Record<string, Read>);
  });

  test('is not passed by a setting that it does not know, nor by a row less than was written', async (context) => {
    if (!peer(engine).python) return context.skip(peer(engine).reason);
    const { counts } = await write(engine);
    const [stage] = Object.keys(counts) as ('sft' | 'grpo')[];
    const config = below(engine, `${stage}.${engines[engine].stages[stage]?.form}`);
    const good = readFileSync(config, 'utf8');
    appendFileSync(config, good.startsWith('# GRPO with OpenRLHF') ? '--no.such.flag\n1\n' : 'no_such_setting: 1\n');
    await expect(check(engine)).rejects.toThrow(/failed: /);
    writeFileSync(config, good);
    const { stages } = JSON.parse(readFileSync(below(engine, 'launch.json'), 'utf8'));
    const last = Object.keys(counts).at(-1) ?? stage;
    const data = below(engine, stages[last].files[0]);
    writeFileSync(data, readFileSync(data, 'utf8').replace(/[^\n]*\n$/, ''));
    await expect(check(engine)).rejects.toThrow(/rows were loaded|failed: /);
  });
});
