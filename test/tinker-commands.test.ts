// `videorft sft|grpo --backend tinker:URL`: SFT on a server, GRPO from what it left there, continued after the end of the server; and what is
// refused before anything is sent. The loops are those of the embedded engine, so are the run's files.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { setLogLevel } from '../src/base/log.ts';
import { type CliWorld, makeCliWorld, rowsOf, runCli } from './support/cli-world.ts';
import { tinyServer } from './support/tinker-server/index.ts';
import type { TinkerServer } from './support/tinker-server/server.ts';

let w: CliWorld;
let server: TinkerServer;
beforeAll(async () => {
  setLogLevel('silent');
  w = await makeCliWorld(3);
  server = await tinyServer();
});
afterAll(async () => {
  setLogLevel('info');
  await server.kill();
  rmSync(w.dir, { recursive: true, force: true });
});

const out = (name: string) => join(w.dir, 'runs', name);
const remote = (command: string, name: string, ...more: readonly (string | number)[]) =>
  runCli(
    ...[command, '--data', w.cot, '--media-root', w.world, '--out', out(name), '--profile', 'micro', '--seed', 1],
    ...['--learning-rate', 1e-3, '--backend', `tinker:${server.url}`, '--lora.rank', 4, ...more],
  );
const steps = (name: string) => rowsOf(join(out(name), 'metrics.jsonl')).map((row) => row.step);
const small = ['--questions', 2, '--group-size', 2, '--max-tokens', 6, '--no-rewards.parts.semantic'] as const;

test('SFT, GRPO from its checkpoint, and on again when the server was started anew', async () => {
  const sft = await remote('sft', 'sft', '--model', w.model, '--batch-size', 4);
  expect([sft.status, sft.err]).toEqual([0, '']);
  const dir = sft.out.split('\n').at(-1) as string;
  const state = JSON.parse(readFileSync(join(dir, 'tinker.json'), 'utf8'));
  expect(state).toMatchObject({ baseModel: 'tiny', rank: 4, optimizer: true, reference: null });
  expect(existsSync(join(dir, 'tokenizer.json'))).toBe(true);

  const loads = server.requests.filter((path) => path === '/load_weights').length;
  const grpo = await remote('grpo', 'grpo', '--model', out('sft'), '--steps', 2, ...small);
  expect([grpo.status, grpo.err]).toEqual([0, '']);
  expect(server.requests.filter((path) => path === '/load_weights').length).toBe(loads + 2); // policy and reference
  const rows = rowsOf(join(out('grpo'), 'metrics.jsonl'));
  expect(rows[0].kl).toBeCloseTo(0, 6);
  expect(rows[0].logprobGap).toBeLessThan(1e-4);
  expect(rows.map((row) => typeof row.gradNorm)).toEqual(['number', 'number']);

  const wider = await remote('grpo', 'wider', '--model', out('sft'), '--steps', 1, ...small, '--lora.rank', 8);
  expect(wider).toMatchObject({ status: 1, err: expect.stringContaining('set lora.rank to 4') });

  await server.kill();
  await server.start();
  // The server is elsewhere, or another one with the same disk: a setting that may change.
  const again = await remote(
    'grpo',
    'grpo',
    '--model',
    out('sft'),
    '--steps',
    2,
    '--tinker.patience-seconds',
    5,
    ...small,
  );
  expect([again.status, again.err]).toEqual([0, '']);
  expect(steps('grpo')).toEqual([0, 1]);
});

test('without an adapter, and under another temperature, it is refused with the way out', async () => {
  const rank = await remote('grpo', 'rank', '--model', w.model, '--steps', 1, ...small, '--lora.rank', 0);
  expect(rank.err).toContain('--lora.rank 16');
  const alpha = await remote('grpo', 'alpha', '--model', w.model, '--steps', 1, ...small, '--lora.alpha', 8);
  expect(alpha.err).toContain('leave lora.alpha out');
  const hot = await remote('grpo', 'hot', '--model', w.model, '--steps', 1, ...small, '--temperature', 0.7);
  expect(hot.err).toContain('code: tinker-temperature');
  const wrong = await runCli('grpo', '--data', w.cot, '--media-root', w.world, '--out', out('x'), '--backend', 'ray');
  expect(wrong).toMatchObject({ status: 1, err: expect.stringContaining('embedded or tinker:URL') });
});
