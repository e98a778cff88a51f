// The launch folder without any trainer: configurations parse back to the paper's values and say whose each is, scripts are bash, counts add up,
// damaged data is refused, writing twice gives the same bytes. The trainers' own parsers: test/interop/export.test.ts.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseConfig } from '../../base/config.ts';
import { sha256File } from '../../base/hash.ts';
import { readParquet, writeSamples } from '../../data/index.ts';
import type { Sample } from '../../data/sample.ts';
import { makeWorld } from '../../world/index.ts';
import { type EngineName, engineNames, exportConfig } from './config.ts';
import { engines } from './engines/index.ts';
import { exportLaunch } from './export.ts';

let dir: string;
let samples: readonly Sample[];
const below = (...names: string[]) => join(dir, ...names);
const text = (...names: string[]) => readFileSync(below(...names), 'utf8');
const rows = (...names: string[]) =>
  text(...names)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

/** Decoding takes the time of this file: these two are given three samples. */
const few: readonly EngineName[] = ['trl', 'easyr1'];

const exported = (engine: EngineName, out: string, settings: object = {}) => {
  const inputs = {
    for: engine,
    out: below(out),
    mediaRoot: below('world'),
    cot: [below(few.includes(engine) ? 'few-cot.jsonl' : 'cot.jsonl')],
    rl: [below(few.includes(engine) ? 'few-rl.jsonl' : 'rl.jsonl')],
  };
  return exportLaunch(parseConfig(exportConfig, { ...inputs, ...settings }));
};

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'export-'));
  const { train } = await makeWorld(below('world'), { seed: 4, train: 8, heldOut: 0, questionsPerScene: 1 });
  samples = train.slice(0, 8);
  const chains = samples.map((s) => ({ ...s, process: '<think>It moves. It is red.</think>' }));
  for (const [name, end] of [['', 8] as const, ['few-', 3] as const]) {
    await writeSamples(below(`${name}rl.jsonl`), samples.slice(0, end));
    await writeSamples(below(`${name}cot.jsonl`), chains.slice(0, end));
  }
  for (const name of engineNames) await exported(name, name);
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const nested = (tree: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], tree);
const flags = (engine: string) => {
  const lines = text(engine, 'grpo.args')
    .split('\n')
    .filter((line) => !line.startsWith('#'));
  return (flag: string) => lines[lines.indexOf(`--${flag}`) + 1];
};

/** METHOD.md, section 3, as each trainer spells it. */
const method: Partial<Record<EngineName, Record<string, unknown>>> = {
  'ms-swift': {
    ...{
      max_steps: 1000,
      num_generations: 8,
      beta: 0.04,
      learning_rate: 1e-6,
      lr_scheduler_type: 'cosine',
      weight_decay: 0.01,
    },
    ...{
      max_grad_norm: 5,
      bf16: true,
      temperature: 1,
      top_p: 0.95,
      max_completion_length: 1024,
      epsilon: 0.2,
      loss_type: 'grpo',
    },
    ...{ tuner_type: 'full', freeze_vit: false, freeze_aligner: false },
  },
  verl: {
    'data.train_batch_size': 8,
    'actor_rollout_ref.rollout.n': 8,
    'actor_rollout_ref.actor.kl_loss_coef': 0.04,
    'actor_rollout_ref.actor.optim.lr': 1e-6,
    'actor_rollout_ref.actor.optim.clip_grad': 5,
    'trainer.total_training_steps': 1000,
    'data.max_response_length': 1024,
  },
  easyr1: {
    'data.rollout_batch_size': 8,
    'worker.rollout.n': 8,
    'worker.rollout.top_p': 0.95,
    'algorithm.kl_coef': 0.04,
    'worker.actor.clip_ratio_high': 0.2,
    'worker.actor.max_grad_norm': 5,
    'trainer.max_steps': 1000,
  },
  trl: {
    max_steps: 1000,
    num_generations: 8,
    beta: 0.04,
    learning_rate: 1e-6,
    scale_rewards: 'group',
    max_grad_norm: 5,
  },
};

test.each(Object.entries(method))('%s: GRPO has the values of METHOD.md', (engine, wanted) => {
  const config = parse(text(engine, 'grpo.yaml'));
  for (const [path, value] of Object.entries(wanted)) expect([path, nested(config, path)]).toEqual([path, value]);
});

test('OpenRLHF: GRPO has the values of METHOD.md', () => {
  const value = flags('openrlhf');
  expect(
    ['algo.kl.init_coef', 'actor.adam.lr', 'actor.max_norm', 'rollout.top_p'].map((flag) => Number(value(flag))),
  ).toEqual([0.04, 1e-6, 5, 0.95]);
  expect(
    ['train.batch_size', 'rollout.batch_size', 'rollout.n_samples_per_prompt'].map((flag) => Number(value(flag))),
  ).toEqual([64, 8, 8]);
  // 8 samples are one step of 8 questions, so a thousand times.
  expect(value('train.num_episodes')).toBe('1000');
});

test('a step has 64 completions and a batch of SFT 16 chains, whatever the number of GPUs', async () => {
  for (const gpus of [8, 4, 1]) {
    await exported('ms-swift', 'gpus', { gpus });
    const [sft, grpo] = ['sft', 'grpo'].map((stage) => parse(text('gpus', `${stage}.yaml`)));
    const batch = ({ per_device_train_batch_size: a, gradient_accumulation_steps: b }: Record<string, number>) =>
      a * b * gpus;
    expect([batch(sft), batch(grpo)]).toEqual([16, 64]);
  }
  await expect(exported('ms-swift', 'gpus', { gpus: 5 })).rejects.toThrow('cannot be shared equally by 5 GPUs');
});

test('every line says whose its value is, and what was set at export is yours', async () => {
  await exported('ms-swift', 'mine', { grpo: { steps: 200, learningRate: 1e-7 }, mediaAt: '/mnt/videos' });
  const lines = text('mine', 'grpo.yaml')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  for (const line of lines) expect(line).toMatch(/ # (paper|released code|yours|ours: .+)/);
  expect(lines).toContain('max_steps: 200 # yours');
  // As 1e-7, Python's YAML would read it as text.
  expect(lines).toContain('learning_rate: 1.0e-7 # yours');
  expect(text('mine', 'grpo.sh')).toContain(`cd "/mnt/videos"`);
  // YAML 1.1 reads a bare no as false.
  expect(text('mine', 'sft.yaml')).toContain('eval_strategy: "no" #');
});

test('scripts are bash', () => {
  for (const engine of engineNames)
    for (const stage of Object.keys(engines[engine].stages)) {
      const { status, stderr } = spawnSync('bash', ['-n', below(engine, `${stage}.sh`)]);
      expect([engine, stage, status, String(stderr)]).toEqual([engine, stage, 0, '']);
      expect(text(engine, `${stage}.sh`)).toContain('set -euo pipefail');
    }
});

test('a path that bash or a trainer takes for something else is refused', async () => {
  for (const at of ['/mnt/$HOME', '/mnt/a"b', '/mnt/a,b', '/mnt/a@b'])
    await expect(exported('verl', 'paths', { at })).rejects.toMatchObject({ code: 'export-path' });
  await exported('verl', 'paths', { at: '/mnt/two words' });
  expect(spawnSync('bash', ['-n', below('paths', 'grpo.sh')]).status).toBe(0);
});

test('a script refuses another place than that which its files name', async () => {
  await exported('llama-factory', 'elsewhere', { at: '/mnt/launch' });
  const { status, stderr } = spawnSync('bash', [below('elsewhere', 'sft.sh')], { encoding: 'utf8' });
  expect(status).toBe(1);
  expect(stderr).toContain('this folder was written for /mnt/launch');
});

test('verl: chains are Parquet, both media in each row, one of them empty', async () => {
  const chains = await Array.fromAsync(readParquet(below('verl', 'data/cot.parquet')));
  expect(chains).toHaveLength(samples.length);
  const of = (kind: string) => chains[samples.findIndex(({ data_type }) => data_type === kind)].row;
  const { messages, videos, images } = of('video') as Record<string, Record<string, unknown>[]>;
  expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant']);
  expect(images).toEqual([]);
  expect(videos).toMatchObject([{ video: expect.stringContaining('.mp4') }]);
  expect(Number(videos[0].nframes)).toBe(16);
});

test('verl and EasyR1: rows carry the sample for the reward, media at their place, and 16 frames', () => {
  const [row] = rows('verl', 'data/rl-video.jsonl');
  const video = { nframes: 16, min_pixels: 100352, max_pixels: 105369 };
  expect(row.videos).toEqual([{ video: below('world', samples[0].path), ...video }]);
  expect(JSON.parse(row.reward_model.ground_truth)).toMatchObject({
    solution: samples[0].solution,
    path: samples[0].path,
  });
  const [listed] = rows('easyr1', 'data/rl.jsonl');
  expect(listed.videos).toHaveLength(1);
  expect(listed.videos[0]).toHaveLength(16);
  expect(listed.problem).toMatch(/^<video>/);
  expect(rows('openrlhf', 'data/rl.jsonl')[0].prompt).toMatch(/^(<image>){16}[^<]/);
});

test('in = written + left out; what is left out stands in leftout.jsonl with its reason', async () => {
  const odd = [...samples.slice(1), { ...samples[0], path: 'clips/none.mp4' }];
  await writeSamples(below('odd.jsonl'), odd);
  const inputs = { rl: [below('odd.jsonl')], cot: [] };
  await expect(exported('verl', 'odd', inputs)).rejects.toMatchObject({
    code: 'inputs-too-many-bad',
    facts: { first: String(samples[0].problem_id), reason: expect.stringContaining('media-missing') },
    fix: expect.stringContaining('mediaRoot'),
  });
  const { counts } = await exported('verl', 'odd', { ...inputs, maxSetAside: 0.2 });
  expect(counts.grpo).toEqual({ total: 8, written: 7, leftOut: 1, reasons: 'media-missing 1' });
  expect(rows('odd', 'leftout.jsonl')).toEqual([expect.objectContaining({ stage: 'grpo', path: 'clips/none.mp4' })]);
  const files = ['data/rl-video.jsonl', 'data/rl-image.jsonl'].flatMap((name) => {
    const stages = JSON.parse(text('odd', 'launch.json')).stages;
    return stages.grpo.files.includes(name) ? rows('odd', name) : [];
  });
  expect(files).toHaveLength(7);
});

test('a video that cannot be decoded is an error that names it, where frames are written', async () => {
  writeFileSync(below('world', 'clips/torn.mp4'), readFileSync(below('world', samples[0].path)).subarray(0, 900));
  await writeSamples(below('torn.jsonl'), [{ ...samples[0], path: 'clips/torn.mp4' }, samples[1]]);
  await expect(exported('easyr1', 'torn', { rl: [below('torn.jsonl')], cot: [] })).rejects.toMatchObject({
    code: 'export-too-many-bad',
    facts: { path: 'clips/torn.mp4' },
  });
});

test('one medium in a run: the rarer is left out by what it is, whatever its id, and none that is left is an error', async () => {
  const video = samples.find(({ data_type }) => data_type === 'video') as Sample;
  const image = samples.find(({ data_type }) => data_type === 'image') as Sample;
  // Two files number their questions from the same beginning.
  const both = [
    { ...image, problem_id: 'q1' },
    { ...video, problem_id: 'q1' },
    { ...video, problem_id: 'q2' },
  ];
  await writeSamples(below('both.jsonl'), both);
  const { counts } = await exported('easyr1', 'both', { rl: [below('both.jsonl')], cot: [] });
  expect(counts.grpo).toMatchObject({ total: 3, written: 2, leftOut: 1 });
  expect(rows('both', 'data/rl.jsonl')).toHaveLength(2);
  writeFileSync(below('world', 'clips/cut.mp4'), readFileSync(below('world', video.path)).subarray(0, 900));
  await writeSamples(below('both.jsonl'), [both[0], { ...video, path: 'clips/cut.mp4' }]);
  const inputs = { rl: [below('both.jsonl')], cot: [], maxSetAside: 1 };
  await expect(exported('easyr1', 'both', inputs)).rejects.toMatchObject({ code: 'export-too-many-bad' });
});

test('a stage that the trainer does not have is said, and one alone is an error', async () => {
  const { missing } = await exported('llama-factory', 'llama-factory');
  expect(missing).toEqual([expect.stringContaining('LLaMA-Factory has no GRPO')]);
  await expect(exported('llama-factory', 'none', { cot: [] })).rejects.toMatchObject({ code: 'export-nothing' });
  await expect(exported('verl', 'trl')).rejects.toThrow('holds a launch for trl');
});

test('the reward server reads its configuration, and the probe is a request of the batch route', () => {
  const config = parse(text('trl', 'rewards.yaml'));
  expect(config).toMatchObject({
    mediaRoot: below('world'),
    embedder: 'siglip-so400m-patch14-384',
    profile: 'paperTrain',
    rewards: { w: 2 },
  });
  const { groups } = JSON.parse(text('trl', 'probe.json'));
  expect(groups[0].sample.path).toBe(samples[0].path);
});

test('written again, the files are the same', async () => {
  const hashes = async () => {
    const names = (await readdir(below('trl'), { recursive: true, withFileTypes: true })).filter((entry) =>
      entry.isFile(),
    );
    return await Promise.all(
      names.map(async ({ parentPath, name }) => [name, await sha256File(join(parentPath, name))]),
    );
  };
  const before = await hashes();
  await exported('trl', 'trl');
  expect(await hashes()).toEqual(before);
});
