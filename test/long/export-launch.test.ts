// The launch script of GRPO, run for real with the reward server and a trainer of four lines: the server is started, tried with its token and
// without, used, and ended in every case, together with what the trainer has started.
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseConfig } from '../../src/base/config.ts';
import { writeSamples } from '../../src/data/index.ts';
import { exportConfig } from '../../src/recipes/export/config.ts';
import { exportLaunch } from '../../src/recipes/export/export.ts';
import { makeWorld } from '../../src/world/index.ts';
import { freePort } from '../support/free-port.ts';

let dir: string;
const below = (...names: string[]) => join(dir, ...names);
const videorft = `${process.execPath} ${join(import.meta.dirname, '../../src/cli/bin.ts')}`;

const exported = (engine: string, out: string, settings: object = {}) =>
  exportLaunch(
    parseConfig(exportConfig, {
      ...{ for: engine, out: below(out), mediaRoot: below('world'), rl: [below('rl.jsonl')] },
      ...{ embedder: 'micro', rewards: { w: 1 }, ...settings },
    }),
  );

/** A program in the trainer's place. */
function trainer(name: string, body: string): void {
  mkdirSync(below('bin'), { recursive: true });
  writeFileSync(below('bin', name), `#!/usr/bin/env bash\n${body}\n`);
  chmodSync(below('bin', name), 0o755);
}

const ask = `curl -sS -H "Authorization: Bearer $VIDEORFT_REWARDS_TOKEN" -H 'Content-Type: application/json' --data-binary @${'$'}LAUNCH/probe.json $VIDEORFT_REWARDS_URL/v1/rewards`;

const answers = (port: number) =>
  fetch(`http://127.0.0.1:${port}/health`).then(
    () => true,
    () => false,
  );
const alive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

interface Run {
  readonly child: ChildProcess;
  readonly port: number;
  readonly ended: Promise<{ status: number | null; output: string }>;
}

async function start(out: string, env: Record<string, string> = {}): Promise<Run> {
  const port = Number(env.REWARD_PORT ?? (await freePort()));
  const child = spawn('bash', [below(out, 'grpo.sh')], {
    env: {
      ...process.env,
      PATH: `${below('bin')}:${process.env.PATH}`,
      VIDEORFT: videorft,
      LAUNCH: below(out),
      REWARD_PORT: String(port),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += String(data)));
  const ended = new Promise<{ status: number | null; output: string }>((resolve) =>
    child.on('close', (status) => resolve({ status, output })),
  );
  return { child, port, ended };
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'export-launch-'));
  const { train } = await makeWorld(below('world'), { seed: 4, train: 10, heldOut: 0, questionsPerScene: 1 });
  await writeSamples(below('rl.jsonl'), train.slice(0, 8));
  await exported('ms-swift', 'swift');
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test('the trainer gets rewards by URL and token; server and status end as they should', async () => {
  trainer('swift', `echo "args: $*"; echo "answer: $(${ask})"; exit 3`);
  const { port, ended } = await start('swift');
  const { status, output } = await ended;
  expect(output).toContain(`rewards: http://127.0.0.1:${port}`);
  expect(output).toContain(`args: rlhf ${below('swift', 'grpo.yaml')} --model Qwen/Qwen2.5-VL-7B-Instruct`);
  const line = /^answer: (.*)$/m.exec(output)?.[1] ?? '';
  expect(JSON.parse(line).groups[0].scores[0]).toMatchObject({ format: 1, accuracy: 1 });
  expect(status).toBe(3);
  expect(await answers(port)).toBe(false);
});

test('ended from outside, it ends the server, the trainer and what that has started', async () => {
  trainer('swift', `sleep 600 & echo "$! $$" > "$LAUNCH/pids"; echo ready; wait`);
  const { child, port, ended } = await start('swift');
  await new Promise<void>((ready) => child.stdout?.on('data', (data) => String(data).includes('ready') && ready()));
  expect(await answers(port)).toBe(true);
  child.kill('SIGTERM');
  expect((await ended).status).toBe(143);
  expect(await answers(port)).toBe(false);
  const pids = readFileSync(below('swift', 'pids'), 'utf8').trim().split(' ').map(Number);
  for (let i = 0; i < 50 && pids.some(alive); i++) await delay(100);
  expect(pids.filter(alive)).toEqual([]);
});

test('a port that is taken, a server that ends, and one that cannot score stop it before the trainer', async () => {
  trainer('swift', 'echo trained');
  const other = createServer((_, response) => response.end('{}'));
  await new Promise<void>((listening) => other.listen(0, '127.0.0.1', listening));
  const { port } = other.address() as AddressInfo;
  const taken = await (await start('swift', { REWARD_PORT: String(port) })).ended;
  other.close();
  expect(taken).toMatchObject({ status: 1, output: expect.stringContaining('choose another REWARD_PORT') });

  await exported('ms-swift', 'away', { embedder: '/no/such/siglip' });
  const away = await (await start('away')).ended;
  expect(away).toMatchObject({ status: 1, output: expect.stringContaining('the reward server has ended') });

  const sample = JSON.parse(readFileSync(below('swift', 'probe.json'), 'utf8'));
  sample.groups[0].sample.path = 'clips/none.mp4';
  writeFileSync(below('away', 'probe.json'), JSON.stringify(sample));
  writeFileSync(below('away', 'rewards.yaml'), readFileSync(below('swift', 'rewards.yaml')));
  const unscored = await (await start('away')).ended;
  expect(unscored.status).toBe(1);
  expect(unscored.output).toContain('media-missing');
  for (const { output } of [taken, away, unscored]) expect(output).not.toContain('trained');
});

test('OpenRLHF: no token, the URL of its own protocol, one flag or value an argument', async () => {
  await exported('openrlhf', 'openrlhf', { grpo: { questions: 8 } });
  trainer('python3', 'printf "%s\\n" "$@" > "$LAUNCH/args"');
  const { port, ended } = await start('openrlhf');
  expect((await ended).status).toBe(0);
  const args = readFileSync(below('openrlhf', 'args'), 'utf8').split('\n');
  expect(args.slice(0, 2)).toEqual(['-m', 'openrlhf.cli.train_ppo_ray']);
  expect(args[args.indexOf('--reward.remote_url') + 1]).toBe(`http://127.0.0.1:${port}/get_reward`);
  expect(args[args.indexOf('--actor.eps_clip_low_high') + 2]).toBe('0.2');
});
