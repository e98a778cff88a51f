// Our reward server and the files of integrations/ in the engines themselves: two GRPO steps in TRL and in ms-swift, verl's and EasyR1's own
// loading of the reward function. What the engine says it got is compared with what the server says it gave.
// Run: npm run test:interop   (peers: npm run peers -- trl, ms-swift, verl; EasyR1: VIDEORFT_EASYR1=/path/to/its/checkout)
import { glob, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Sample } from '../../src/data/sample.ts';
import { promptText } from '../../src/prompt/train.ts';
import { microBase } from '../../src/recipes/shipped.ts';
import { makeWorld } from '../../src/world/index.ts';
import { completion, type RewardServing, serveRewardsOf } from '../support/reward-world.ts';
import { type Peer, peer, runPeer } from './peer.ts';

const [trl, swift, verl] = ['trl', 'ms-swift', 'verl'].map(peer);
const easyr1 = process.env.VIDEORFT_EASYR1;
const script = (name: string) => join(import.meta.dirname, name);
const integration = (name: string) => join(import.meta.dirname, '../../integrations', name, 'videorft_rewards.py');

let dir: string;
let rows: readonly Sample[];
let server: RewardServing;
const env = () => ({ VIDEORFT_REWARDS_URL: server.origin, VIDEORFT_REWARDS_TOKEN: 'sesame' });

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'videorft-interop-'));
  const { train } = await makeWorld(dir, { seed: 4, train: 24, heldOut: 0, questionsPerScene: 2 });
  rows = train.filter((row) => row.data_type === 'video');
});
beforeAll(async () => {
  const options = { mediaRoot: dir, apiKeyEnv: 'KEY' };
  server = await serveRewardsOf({ options, env: { KEY: 'sesame' } });
});
afterAll(async () => {
  await server.stop();
  await rm(dir, { recursive: true, force: true });
});

/** The columns that the rewards read. */
const columns = ({ problem_id, problem_type, data_type, options, solution, path }: Sample) => ({
  problem_id,
  problem_type,
  data_type,
  options: options ?? [],
  solution,
  path,
});

/** A model of text alone that was shown right answers, and its data set. */
async function textModel(at: Peer): Promise<{ model: string; data: string }> {
  const [model, data] = [join(dir, 'text-model'), join(dir, 'rl.jsonl')];
  const lines = rows.map((row) => {
    const prompt = [{ role: 'user', content: promptText(row, { mode: 'think', profile: 'micro' }) }];
    const seen = row.options?.[0]?.slice(3) ?? 'one object';
    const target = `<think>What is asked is seen. It is ${seen}.</think>\n${row.solution}`;
    return JSON.stringify({ prompt, messages: prompt, target, ...columns(row) });
  });
  await writeFile(data, `${lines.join('\n')}\n`);
  await runPeer(at, 'python', [script('text_model.py'), microBase, model, data], {});
  return { model, data };
}

/** Completions and the mean reward that the server has given so far. */
async function given(): Promise<{ completions: number; sum: number }> {
  const response = await fetch(`${server.origin}/metrics`, { headers: { authorization: 'Bearer sesame' } });
  const text = await response.text();
  const of = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? 0);
  const sum = of('videorft_rewards_value_total\\{part="total"\\}');
  return { completions: of('videorft_rewards_completions_total'), sum };
}

/** Mean of the engine's logged rewards against what the server gave meanwhile. */
async function compare(
  steps: readonly Record<string, number>[],
  key: string,
  before: Awaited<ReturnType<typeof given>>,
) {
  const after = await given();
  const mean = (after.sum - before.sum) / (after.completions - before.completions);
  const logged = steps.map((row) => row[key]);
  console.log(
    `${key}: ${logged.join(', ')}; server: ${after.completions - before.completions} completions, mean ${mean}`,
  );
  expect(steps).toHaveLength(2);
  expect(after.completions - before.completions).toBe(16);
  expect(logged.reduce((a, b) => a + b, 0) / 2).toBeCloseTo(mean, 3);
  expect(mean).toBeGreaterThan(0);
  expect(steps.some((row) => row.reward_std > 0)).toBe(true);
}

test('TRL: two GRPO steps', async (context) => {
  if (!trl.python) return context.skip(trl.reason);
  const { model, data } = await textModel(trl);
  const before = await given();
  const args = [script('trl_run.py'), model, data, join(integration('trl'), '..'), join(dir, 'trl')];
  const { result } = await runPeer(trl, 'python', args, env());
  const steps = (result as Record<string, number>[]).filter((row) => 'reward' in row);
  await compare(steps, 'rewards/videorft_reward/mean', before);
  expect(steps[0]['videorft/format']).toBeGreaterThan(0);
});

test('ms-swift: two GRPO steps', async (context) => {
  if (!swift.python) return context.skip(swift.reason);
  const { model, data } = await textModel(swift);
  const before = await given();
  const out = join(dir, 'swift');
  const flags = {
    rlhf_type: 'grpo',
    model,
    model_type: 'qwen2',
    template: 'qwen2_5',
    external_plugins: integration('ms-swift'),
    reward_funcs: 'videorft',
    dataset: data,
    tuner_type: 'full',
    torch_dtype: 'float32',
    max_steps: '2',
    num_generations: '4',
    per_device_train_batch_size: '8',
    max_completion_length: '64',
    logging_steps: '1',
    save_strategy: 'no',
    eval_strategy: 'no',
    dataloader_num_workers: '0',
    dataset_num_proc: '1',
    report_to: 'none',
    output_dir: out,
  };
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]);
  await runPeer(swift, 'swift', ['rlhf', ...args], { ...env(), MODELSCOPE_CACHE: join(dir, 'modelscope') });
  const [log] = await Array.fromAsync(glob(join(out, '**/logging.jsonl')));
  const lines = (await readFile(log, 'utf8')).trim().split('\n');
  const steps = lines.map((line) => JSON.parse(line) as Record<string, number>).filter((row) => 'reward' in row);
  await compare(steps, 'rewards/VideoRFT/mean', before);
});

test('verl: its loader takes the file, and the rewards are the batch route’s', async (context) => {
  if (!verl.python) return context.skip(verl.reason);
  const sample = columns(rows[0]);
  const { solution, ...extra_info } = sample;
  const answer = /<answer>(.*)<\/answer>/.exec(solution)?.[1] ?? '';
  const good = { solution_str: completion(answer) };
  const cases = [
    { ...good, ground_truth: JSON.stringify(sample) },
    { ...good, ground_truth: solution, extra_info },
    { ...good, ground_truth: JSON.stringify({ ...sample, path: 'no-such.mp4' }) },
  ];
  const { result } = await runPeer(
    verl,
    'python',
    [script('verl_load.py'), integration('verl'), JSON.stringify(cases)],
    env(),
  );
  const [want] = await wanted([{ sample, completions: [{ text: completion(answer) }] }]);
  const [first, second, missing] = result as Record<string, number | string>[];
  expect(first).toEqual({ score: want.total, format: 1, accuracy: 1, semantic: want.semantic });
  expect(second).toEqual(first);
  expect(missing.error).toContain('media-missing');
});

test('EasyR1: its reward manager scores with the file', async (context) => {
  if (!verl.python) return context.skip(verl.reason);
  if (easyr1 === undefined) return context.skip('there is no EasyR1: VIDEORFT_EASYR1=/path/to/its/checkout');
  const texts = ['A', 'B'].map((answer) => completion(answer, 'a red circle moves to the right.'));
  const cases = [rows[0], rows[1]].flatMap((row) =>
    texts.map((response) => ({ response, ground_truth: JSON.stringify(columns(row)) })),
  );
  const args = [script('easyr1_load.py'), easyr1, integration('easyr1'), microBase, JSON.stringify(cases)];
  const { result } = await runPeer(verl, 'python', args, env());
  const groups = [rows[0], rows[1]].map((row) => ({
    sample: columns(row),
    completions: texts.map((text) => ({ text })),
  }));
  const want = await wanted(groups);
  const { rewards, metrics } = result as { rewards: number[]; metrics: Record<string, number[]> };
  expect(rewards).toEqual(want.map(({ total }) => expect.closeTo(total, 5)));
  expect(metrics.accuracy).toEqual(want.map(({ accuracy }) => accuracy));
});

async function wanted(groups: readonly object[]) {
  const response = await server.post('/v1/rewards', { groups }, { authorization: 'Bearer sesame' });
  const { groups: results } = (await response.json()) as { groups: { scores: Record<string, number>[] }[] };
  return results.flatMap(({ scores }) => scores);
}
