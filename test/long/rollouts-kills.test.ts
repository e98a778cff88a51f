// Training and sampling in two processes, as users start them, and kill -9 for each: the trainer goes on from its checkpoint with the adapter
// of that, the server is waited for and given the adapter again. At the end every step was sampled by the weights before it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { setLogLevel } from '../../src/base/log.ts';
import { type CliWorld, makeCliWorld, rowsOf } from '../support/cli-world.ts';
import { type ServeProcess, startServeProcess } from '../support/serve-process.ts';

const bin = join(import.meta.dirname, '../../src/cli/bin.ts');
const STEPS = 30;
/** Of the checkpoints. */
const EVERY = 4;

let w: CliWorld;
let server: ServeProcess;
const adapters = mkdtempSync(join(tmpdir(), 'rollouts-kills-'));
beforeAll(async () => {
  setLogLevel('silent');
  w = await makeCliWorld(3);
  server = await serve();
});
afterAll(async () => {
  await server.end('SIGKILL');
  for (const dir of [w.dir, adapters]) rmSync(dir, { recursive: true, force: true });
});

const serve = (...more: readonly string[]) =>
  startServeProcess('--model', w.model, '--name', 'tiny', '--profile', 'micro', '--adapters', adapters, ...more);

const out = () => join(w.dir, 'runs/kills');
const metrics = () => join(out(), 'metrics.jsonl');
const rows = () => (existsSync(metrics()) ? rowsOf<Record<string, number>>(metrics()) : []);

function train(url: string) {
  const args = [
    ...['grpo', '--data', w.cot, '--media-root', w.world, '--out', out(), '--profile', 'micro', '--model', w.model],
    ...['--learning-rate', 1e-2, '--lora.rank', 4, '--steps', STEPS, '--save-every', EVERY, '--rollout-every', 1],
    ...['--questions', 2, '--group-size', 4, '--max-tokens', 24, '--no-rewards.parts.semantic'],
    ...['--rollouts', url, '--rollout-server.adapters', adapters, '--rollout-server.patience-seconds', 100],
  ];
  const child = spawn(process.execPath, [bin, ...args.map(String)], { stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (data: Buffer) => {
    stderr += data.toString();
  });
  return { child, stderr: () => stderr, exited: once(child, 'exit') as Promise<[number | null]> };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((done) => setTimeout(done, 10));
}

const served = async (url: string) =>
  ((await (await fetch(`${url}/models`)).json()) as { data: { id: string }[] }).data.map(({ id }) => id);

test('both sides are killed, and the run ends as any other', async () => {
  const { baseURL } = server;
  const killed = train(baseURL);
  await until(() => rows().length >= EVERY + 2);
  killed.child.kill('SIGKILL');
  await killed.exited;
  expect(await served(baseURL)).toHaveLength(2); // what the dead process left

  const going = train(baseURL);
  await until(() => rows().length >= 2 * EVERY + 2);
  await server.end('SIGKILL');
  server = await serve('--port', new URL(baseURL).port);
  const [status] = await going.exited;
  expect([status, status === 0 ? '' : going.stderr()]).toEqual([0, '']);

  expect(rows().map((row) => [row.step, row.samplerVersion])).toEqual(Array.from({ length: STEPS }, (_, s) => [s, s]));
  for (const row of rows()) expect(row.logprobGap).toBeLessThan(1e-4);
  for (let step = 0; step < STEPS; step++) {
    const file = join(out(), `rollouts/step-${String(step).padStart(6, '0')}.jsonl`);
    const versions = rowsOf<{ completions: { version: number }[] }>(file).flatMap((row) => row.completions);
    expect(new Set(versions.map((c) => c.version))).toEqual(new Set([step]));
  }
  expect([await served(baseURL), readdirSync(adapters)]).toEqual([['tiny'], []]);
});
