// The commands one after another, as processes of their own, with the shipped models: world → sft (stopped by Ctrl-C, then killed, then
// continued) → grpo → eval (cut off and continued) → chat about the micro-world and about real clips. Nothing here needs a server.
// Run: npx vitest run --project long test/long/cli.test.ts
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Sample } from '../../src/data/sample.ts';
import type { EvaluatedRow } from '../../src/evaluate/index.ts';
import { rowsOf } from '../support/cli-world.ts';

const root = join(import.meta.dirname, '../..');
const clips = join(root, '../shared/data/clips');
const dir = mkdtempSync(join(tmpdir(), 'videorft-long-cli-'));
const at = (...names: string[]) => join(dir, ...names);
afterAll(() => rmSync(dir, { recursive: true, force: true }));

interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
  /** Pieces in which stdout came. */
  readonly pieces: number;
}

/** Starts the program; `during` may signal it. */
function videorft(args: readonly (string | number)[], during?: (child: ChildProcess) => Promise<void>): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, 'src/cli/bin.ts'), ...args.map(String)], { cwd: dir });
    let [out, err, pieces] = ['', '', 0];
    child.stdout.on('data', (data: Buffer) => {
      out += data.toString();
      pieces++;
    });
    child.stderr.on('data', (data: Buffer) => {
      err += data.toString();
    });
    child.once('error', reject).once('close', (status) => resolve({ status, out, err, pieces }));
    during?.(child).catch(reject);
  });
}

/** Sends `signal` once `file` has at least `lines` lines. */
const when = (file: string, lines: number, signal: NodeJS.Signals) => async (child: ChildProcess) => {
  const count = () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0);
  while (child.exitCode === null && count() < lines) await new Promise((resolve) => setTimeout(resolve, 20));
  child.kill(signal);
};

const stepsOf = (run: string) => rowsOf(at(run, 'metrics.jsonl')).map((row) => row.step);
const upTo = (n: number) => [...Array(n).keys()];

let trainRows = 0;
beforeAll(async () => {
  const made = await videorft(['world', '--out', 'world', '--train', 16, '--held-out', 6, '--questions', 2]);
  expect(made.status, made.err).toBe(0);
  const rows = rowsOf<Sample>(at('world/train.jsonl')).map((row) => ({
    ...row,
    process: `<think>The question asks something. It shows ${row.skill}. So it is clear.</think>`,
  }));
  trainRows = rows.length;
  writeFileSync(at('cot.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
});

describe('training', () => {
  const sft = [
    ...['sft', '--data', 'cot.jsonl', '--media-root', 'world', '--out', 'sft', '--learning-rate', 3e-4],
    ...['--epochs', 3, '--batch-size', 8, '--save-every', 2],
  ];

  test('sft goes on after Ctrl-C and after kill -9, and ends complete', async () => {
    const stopped = await videorft(sft, when(at('sft/metrics.jsonl'), 2, 'SIGINT'));
    expect([stopped.status, stopped.err]).toEqual([
      130,
      expect.stringContaining('The same command continues where it stopped: videorft sft --data cot.jsonl'),
    ]);
    const done = stepsOf('sft').length;
    await videorft(sft, when(at('sft/metrics.jsonl'), done + 2, 'SIGKILL'));
    const ended = await videorft(sft);
    expect(ended.status, ended.err).toBe(0);
    expect(ended.out).toContain(`samples: in ${trainRows} = used ${trainRows} + set aside 0\n`);
    expect(stepsOf('sft')).toEqual(upTo(Math.ceil((3 * trainRows) / 8)));
    expect(readdirSync(at('sft/checkpoints'))).toHaveLength(2);
    expect(readFileSync(at('sft/config.yaml'), 'utf8')).not.toContain('assets');
  });

  test('grpo from its newest checkpoint, and its rewards are written down', async () => {
    const grpo = [
      ...['grpo', '--data', 'world/train.jsonl', '--media-root', 'world', '--model', 'sft', '--out', 'grpo'],
      ...['--steps', 3, '--questions', 4, '--group-size', 4, '--max-tokens', 64, '--learning-rate', 5e-5],
      ...['--save-every', 1, '--rollout-every', 1, '--rewards.w', 1],
    ];
    await videorft(grpo, when(at('grpo/metrics.jsonl'), 1, 'SIGKILL'));
    const ended = await videorft(grpo);
    expect(ended.status, ended.err).toBe(0);
    expect(stepsOf('grpo')).toEqual(upTo(3));
    const metrics = rowsOf<Record<string, number>>(at('grpo/metrics.jsonl'));
    expect(Math.abs(metrics[0].kl)).toBeLessThan(1e-6);
    expect(metrics[0].logprobGap).toBeLessThan(1e-4);
    for (const row of metrics) expect(row.semantic).toBeGreaterThan(0);
    expect(existsSync(at('grpo/checkpoints/step-000003/preprocessor_config.json'))).toBe(true);
  });
});

test('eval of the base and of a run; one that was cut off continues and ends with the same rows', async () => {
  const evaluate = (out: string, ...more: string[]) => [
    ...['eval', '--data', 'world/heldout.jsonl', '--media-root', 'world', '--max-tokens', 64, '--temperature', 0],
    ...['--out', out, ...more],
  ];
  const base = await videorft(evaluate('base.jsonl'));
  expect(base.status, base.err).toBe(0);
  const n = rowsOf(at('world/heldout.jsonl')).length;
  expect(base.out).toMatch(new RegExp(`^all +${n} +0 +\\d+ +\\d+ +\\d+ +[\\d.]+% \\[`, 'm'));
  const trained = await videorft(evaluate('rft.jsonl', '--model', 'grpo', '--mode', 'direct'));
  expect(trained.out).toContain(`samples: in ${n} = answered ${n} + errors 0 + set aside 0 + not drawn 0`);
  const before = readFileSync(at('base.jsonl'), 'utf8');
  writeFileSync(at('base.jsonl'), before.slice(0, before.length / 2));
  const again = await videorft(evaluate('base.jsonl'));
  expect(again.out).toBe(base.out);
  const ids = (text: string) =>
    text
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as EvaluatedRow).id);
  expect(ids(readFileSync(at('base.jsonl'), 'utf8')).sort()).toEqual(ids(before).sort());
});

describe('chat', () => {
  /** A question of the micro-world's own, which the base has learnt to answer in the format. */
  const question = 'How many objects appear in the video?';
  const ask = (file: string, ...more: string[]) => videorft(['chat', '--video', file, ...more, question]);

  test('about a clip of the micro-world: an answer in the format, in pieces', async () => {
    const clip = readdirSync(at('world/clips'))[0];
    const { status, out, err, pieces } = await ask(at('world/clips', clip), '--mode', 'direct');
    expect(status, err).toBe(0);
    expect(out).toMatch(/<answer>.+<\/answer>\n$/);
    expect(pieces).toBeGreaterThan(2);
  });

  test('about real clips, whatever their container and codec', async ({ skip }) => {
    if (!existsSync(clips)) skip(`no real clips in ${clips}`);
    for (const name of readdirSync(clips)) {
      const { status, out, err } = await ask(join(clips, name), '--max-tokens', '24');
      expect(status, err).toBe(0);
      expect(out.trim().length).toBeGreaterThan(0);
    }
  });

  test('a text file named .mp4 is one error with file and fix', async () => {
    writeFileSync(at('text.mp4'), 'no video\n');
    const { status, out, err } = await ask('text.mp4');
    expect([status, out]).toEqual([1, '']);
    expect(err).toMatch(/^error: text\.mp4: .*\n {2}file: text\.mp4\n {2}fix: Replace it by a video file/m);
  });
});
