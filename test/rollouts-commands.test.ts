// `videorft grpo --rollouts URL` against the product's own server: the run's rows and rollouts say which weights wrote what, the gap between the
// two engines is that of rounding, a run goes on after its server was away, and what cannot work is refused with the flag that is missing.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { setLogLevel } from '../src/base/log.ts';
import { micro } from '../src/media/index.ts';
import { type CliWorld, makeCliWorld, rowsOf, runCli } from './support/cli-world.ts';
import { tinyModel } from './support/tiny-model.ts';
import { serveTiny } from './support/tiny-served.ts';

let w: CliWorld;
let server: Awaited<ReturnType<typeof serveTiny>>;
const runs = () => join(w.dir, 'runs');
const serve = (port = 0) => serveTiny({ adapters: runs(), port, graceSeconds: 0 }, { profile: micro });
beforeAll(async () => {
  setLogLevel('silent');
  w = await makeCliWorld(3);
  server = await serve();
});
afterAll(async () => {
  setLogLevel('info');
  await server.stop();
  rmSync(w.dir, { recursive: true, force: true });
});

const grpo = (name: string, ...more: readonly (string | number)[]) =>
  runCli(
    ...[
      'grpo',
      '--data',
      w.cot,
      '--media-root',
      w.world,
      '--out',
      join(runs(), name),
      '--profile',
      'micro',
      '--seed',
      1,
    ],
    ...['--model', w.model, '--learning-rate', 1e-2, '--lora.rank', 4, '--rollout-every', 1, '--save-every', 1],
    ...['--questions', 2, '--group-size', 2, '--max-tokens', 6, '--no-rewards.parts.semantic', ...more],
  );
const rows = (name: string) => rowsOf<Record<string, number>>(join(runs(), name, 'metrics.jsonl'));
const address = () => ['--rollouts', server.baseURL] as const;

test('a run: every completion by the weights of its step, the gap that of rounding; nothing stays on the server', async () => {
  const { status, err } = await grpo('run', '--steps', 3, ...address(), '--updates-per-batch', 2);
  expect([status, err]).toEqual([0, '']);
  expect(rows('run').map((row) => row.samplerVersion)).toEqual([0, 2, 4]);
  for (const row of rows('run')) {
    expect(row.logprobGap).toBeLessThan(1e-4);
    expect(row.importance).toBeCloseTo(1, 4);
    expect(row.importanceTruncated).toBe(0);
  }
  const [rollout] = rowsOf<{ completions: { version: number }[] }>(join(runs(), 'run', 'rollouts/step-000002.jsonl'));
  expect(rollout.completions.map((c) => c.version)).toEqual([4, 4]);
  expect(readdirSync(join(runs(), 'run', 'adapters'))).toEqual([]);
  expect((await server.models()).map(({ id }) => id)).toEqual(['tiny']);
});

test('a server that goes away in the middle of a step: the run ends, nothing is lost, and the same command goes on', async () => {
  const port = Number(new URL(server.baseURL).port);
  const patience = ['--rollout-server.patience-seconds', 1] as const;
  const running = grpo('away', '--steps', 10, ...address(), ...patience);
  while (!existsSync(join(runs(), 'away/metrics.jsonl')) || rows('away').length < 2)
    await new Promise((done) => setTimeout(done, 2));
  await server.stop();
  const ended = await running;
  expect(ended).toMatchObject({ status: 1, err: expect.stringContaining('code: rollouts-down') });
  const done = rows('away').length;
  expect(readdirSync(join(runs(), 'away/checkpoints'))).toContain(`step-${String(done).padStart(6, '0')}`);
  server = await serve(port);
  const again = await grpo('away', '--steps', 10, ...address(), ...patience);
  expect([again.status, again.err]).toEqual([0, '']);
  expect(rows('away').map((row) => [row.step, row.samplerVersion])).toEqual(
    Array.from({ length: 10 }, (_, s) => [s, s]),
  );
  for (const row of rows('away')) expect(row.logprobGap).toBeLessThan(1e-4);
});

test('an adapter is trained on from its folder', async () => {
  const { status, err } = await grpo('on', '--steps', 1, ...address(), '--model', join(runs(), 'run'));
  expect([status, err]).toEqual([0, '']);
  expect(rows('on')[0].logprobGap).toBeLessThan(1e-4);
});

test('what cannot work is refused with the way out', async () => {
  const refused = async (name: string, ...more: readonly (string | number)[]) =>
    (await grpo(name, '--steps', 1, ...more)).err;
  expect(await refused('all', ...address(), '--lora.rank', 0)).toMatch(/--lora.rank 16[\s\S]*rollouts-lora-rank/);
  expect(await refused('two', ...address(), '--backend', 'tinker:http://127.0.0.1:1')).toContain('rollouts-backend');
  expect(await refused('hot', ...address(), '--temperature', 0.8)).toContain('rollouts-temperature');
  expect(await refused('key', ...address(), '--rollout-server.api-key-env', 'NO_SUCH_KEY')).toContain('NO_SUCH_KEY=…');
  expect(await refused('ftp', '--rollouts', 'ftp://here')).toContain('must be an http: or https: address');
  await using closed = await serveTiny({}, { profile: micro });
  const off = await refused('off', '--rollouts', closed.baseURL);
  expect(off).toMatch(/loads no adapters at run time[\s\S]*VLLM_ALLOW_RUNTIME_LORA_UPDATING[\s\S]*--adapters FOLDER/);
  await using elsewhere = await serveTiny({ adapters: w.model }, { profile: micro });
  expect(await refused('outside', '--rollouts', elsewhere.baseURL)).toContain('rolloutServer.adapters');
});

test('serve refuses what could load no adapter before it reads the model', async () => {
  const serving = async (...more: string[]) => (await runCli('serve', '--model', w.model, ...more)).err;
  expect(await serving('--adapters', runs(), '--dtype', 'int8')).toMatch(/int8 takes no adapters[\s\S]*serve-adapters/);
  expect(await serving('--adapters', join(w.dir, 'nowhere'))).toMatch(
    /no folder[\s\S]*to load none[\s\S]*serve-adapters/,
  );
});

test('a server of another base is seen by the gap of its first step', async () => {
  await using other = await serveTiny({ adapters: runs() }, { profile: micro, model: tinyModel({ seed: 2 }) });
  const { status } = await grpo('other', '--steps', 1, '--rollouts', other.baseURL);
  expect(status).toBe(0);
  const [{ logprobGapMean, importance }] = rows('other');
  expect(logprobGapMean).toBeGreaterThan(0.1); // the bound of the watchdog
  expect(importance).not.toBeCloseTo(1, 2);
});
