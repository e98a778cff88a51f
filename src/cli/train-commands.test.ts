// `videorft sft` and `videorft grpo` on a tiny random model: what is set aside and counted, what a run leaves, how it continues after
// Ctrl-C, what it refuses. Bit-identical resuming is test/train-resume.test.ts's.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CliWorld, makeCliWorld, rowsOf, runCli } from '../../test/support/cli-world.ts';
import { configKeys } from '../base/config-schema.ts';
import { setLogLevel } from '../base/log.ts';
import { grpoRunConfig, sftRunConfig } from '../recipes/training-config.ts';
import type { GrpoConfig } from '../train/grpo.ts';
import type { SftConfig } from '../train/sft.ts';

let w: CliWorld;
beforeAll(async () => {
  setLogLevel('silent');
  w = await makeCliWorld();
});
afterAll(() => {
  setLogLevel('info');
  rmSync(w.dir, { recursive: true, force: true });
});

const common = (data: string, out: string) =>
  ['--data', data, '--media-root', w.world, '--out', join(w.dir, 'runs', out), '--profile', 'micro'] as const;
const sft = (data: string, out: string, ...more: readonly (string | number)[]) =>
  runCli('sft', ...common(data, out), '--model', w.model, '--learning-rate', 1e-3, '--batch-size', 4, ...more);
const grpo = (out: string, ...more: readonly (string | number)[]) =>
  runCli(
    ...['grpo', ...common(w.cot, out), '--steps', 2, '--questions', 2, '--group-size', 2, '--max-tokens', 8],
    ...['--learning-rate', 1e-3, ...more],
  );
const file = (out: string, name: string) => join(w.dir, 'runs', out, name);
const steps = (out: string) => rowsOf(file(out, 'metrics.jsonl')).map((row) => row.step);

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('sft', () => {
  test('what cannot be used is set aside with its reason, and the counts add up', async () => {
    const { status, out, err } = await sft(w.mixed, 'mixed', '--max-set-aside', 0.5);
    expect([status, err]).toEqual([0, '']);
    const [counts, model] = out.split('\n');
    expect(counts).toBe(
      `samples: in ${w.good + 4} = used ${w.good} + set aside 4 (data-invalid-row 1, media-missing 1, sample-no-process 1, media-empty 1)`,
    );
    const stored = rowsOf(file('mixed', 'setaside.jsonl'));
    expect(stored.map((row) => row.id)).toEqual([`mixed.jsonl:${w.good + 1}`, 'gone', 'no-process', 'bad-zero-bytes']);
    expect(existsSync(join(model, 'model.safetensors'))).toBe(true);
    expect(readFileSync(file('mixed', 'config.yaml'), 'utf8')).toMatch(/command: sft[\s\S]*learningRate: 0.001/);
  });

  test('started again it finds itself done; another configuration and other samples are refused', async () => {
    const first = await sft(w.cot, 'again');
    expect(first.status).toBe(0);
    // As a crash leaves it between the last checkpoint and the removal of older ones.
    const folder = (step: number) => file('again', `checkpoints/step-00000${step}`);
    for (const older of [1, 2]) cpSync(folder(3), folder(older), { recursive: true });
    const again = await sft(w.cot, 'again');
    expect(again).toMatchObject({ status: 0, out: first.out });
    expect([1, 2, 3].filter((step) => existsSync(folder(step)))).toEqual([2, 3]);
    expect(steps('again')).toEqual([0, 1, 2]);
    expect(await sft(w.cot, 'again', '--seed', 5)).toMatchObject({
      status: 1,
      err: expect.stringContaining('differs: seed'),
    });
    const grown = join(w.dir, 'grown.jsonl');
    writeFileSync(grown, readFileSync(w.cot));
    expect((await sft(grown, 'grown')).status).toBe(0);
    writeFileSync(grown, readFileSync(w.cot, 'utf8').split('\n').slice(1).join('\n'));
    expect((await sft(grown, 'grown')).err).toContain('differs: samples.count, samples.sha256');
  });

  test('Ctrl-C ends it after a checkpoint, and the same command continues', async () => {
    const epochs = ['--epochs', 12, '--save-every', 1000] as const;
    const running = sft(w.cot, 'stopped', ...epochs);
    await until(() => existsSync(file('stopped', 'metrics.jsonl')) && steps('stopped').length > 2);
    process.emit('SIGINT');
    const { status, err } = await running;
    expect(status).toBe(130);
    expect(err).toMatch(/The same command continues where it stopped: videorft sft --data .*cot.jsonl/);
    const done = steps('stopped').length;
    const all = Math.ceil((12 * w.good) / 4);
    expect(done).toBeLessThan(all);
    expect((await sft(w.cot, 'stopped', ...epochs)).status).toBe(0);
    expect(steps('stopped')).toEqual([...Array(all).keys()]);
  });

  test('a wrong media root, a wrong file and an empty one stop it before it begins', async () => {
    const wrong = await runCli('sft', '--data', w.cot, '--media-root', w.dir, '--out', join(w.dir, 'runs/x'));
    expect(wrong).toMatchObject({
      status: 1,
      err: expect.stringMatching(/nothing is left[\s\S]*fix: Check mediaRoot/),
    });
    expect(existsSync(join(w.dir, 'runs/x'))).toBe(false);
    expect((await sft(w.mixed, 'y')).err).toContain('code: inputs-too-many-bad');
    expect((await sft(join(w.dir, 'none.jsonl'), 'z')).err).toContain('code: data-unreadable');
    expect((await runCli('sft', '--data', w.cot, '--media-root', w.world)).err).toContain('out (--out)');
  });
});

describe('grpo', () => {
  test('from an SFT run, with the three rewards; rollouts hold every part', async () => {
    expect((await sft(w.cot, 'base')).status).toBe(0);
    const { status, out, err } = await grpo('rft', '--model', join(w.dir, 'runs/base'), '--embedder', w.embedder);
    expect([status, err]).toEqual([0, '']);
    expect(out).toContain(`in ${w.good} = used ${w.good} + set aside 0\n`);
    const [first] = rowsOf(file('rft', 'metrics.jsonl'));
    expect(first.kl).toBeCloseTo(0, 6);
    expect(first.semantic).not.toBeNull();
    const [row] = rowsOf<{ completions: object[] }>(file('rft', 'rollouts/step-000000.jsonl'));
    expect(row.completions).toHaveLength(2);
    expect(row.completions[0]).toMatchObject({ format: 0, accuracy: 0, semantic: expect.any(Number), total: 0 });
    expect(readFileSync(file('rft', 'config.yaml'), 'utf8')).toContain('runs/base/checkpoints/step-000003');
  });

  test('without the semantic part no embedder is needed, and reward options reach the scores', async () => {
    const model = ['--model', w.model] as const;
    const { status } = await grpo('ablation', ...model, '--no-rewards.parts.semantic');
    expect(status).toBe(0);
    const [row] = rowsOf<{ completions: { semantic: null }[] }>(file('ablation', 'rollouts/step-000000.jsonl'));
    expect(row.completions[0].semantic).toBeNull();
    const missing = await grpo('no-embedder', ...model, '--embedder', join(w.dir, 'nothing'));
    expect(missing).toMatchObject({ status: 1, err: expect.stringContaining('nothing/config.json') });
  });

  test('a watchdog that may stop the run does; the same command goes on, and its settings may change', async () => {
    const dog = ['--watchdogs.constant-part', 'stop', '--watchdogs.bounds.constant-part', 2] as const;
    const watched = (...more: readonly (string | number)[]) =>
      grpo('watched', '--model', w.model, '--no-rewards.parts.semantic', '--steps', 4, ...more);
    const { status, err } = await watched(...dog);
    expect(status).toBe(1);
    expect(err).toMatch(
      /constantPart stopped the run after step 1: the format reward has been 0[\s\S]*code: train-watchdog/,
    );
    expect(rowsOf(file('watched', 'metrics.jsonl')).map((row) => row.watchdogs)).toEqual([
      undefined,
      expect.stringContaining('constantPart: the format reward has been 0.00 for 2 steps; read rollouts/'),
    ]);
    expect((await watched(...dog)).status).toBe(0);
    expect(steps('watched')).toEqual([0, 1, 2, 3]);
    expect((await watched('--watchdogs.constant-part', 'off')).status).toBe(0);
  });

  test('a run without a checkpoint is no model yet', async () => {
    const empty = join(w.dir, 'runs/empty');
    mkdirSync(empty);
    writeFileSync(join(empty, 'config.yaml'), 'command: sft\n');
    expect((await grpo('from-empty', '--model', empty)).err).toContain('code: model-run-empty');
  });
});

describe('an adapter', () => {
  const run = (name: string) => join(w.dir, 'runs', name);
  const rank = ['--lora.rank', 2] as const;

  test('is trained by sft, trained on by grpo, evaluated, and merged into a model of its own', async () => {
    const { status, out } = await sft(w.cot, 'adapter', ...rank);
    expect(status).toBe(0);
    const dir = out.split('\n').at(-1) as string;
    expect(existsSync(join(dir, 'adapter_model.safetensors'))).toBe(true);
    expect(existsSync(join(dir, 'model.safetensors'))).toBe(false);
    const tuned = await grpo('adapter-rft', '--model', run('adapter'), '--no-rewards.parts.semantic');
    expect([tuned.status, tuned.err]).toEqual([0, '']);
    expect(rowsOf(file('adapter-rft', 'metrics.jsonl'))[0].kl).toBeCloseTo(0, 6);
    const data = [
      '--data',
      w.cot,
      '--media-root',
      w.world,
      '--profile',
      'micro',
      '--max-tokens',
      8,
      '--limit',
      2,
    ] as const;
    const rows = join(w.dir, 'adapter.jsonl');
    const asked = await runCli('eval', ...data, '--model', run('adapter-rft'), '--out', rows);
    expect(asked.out).toContain('answered 2 + errors 0');
    const merged = join(w.dir, 'merged');
    expect(await runCli('merge', '--model', run('adapter-rft'), '--out', merged)).toMatchObject({
      status: 0,
      out: merged,
    });
    const same = join(w.dir, 'merged.jsonl');
    await runCli('eval', ...data, '--model', merged, '--out', same);
    expect(rowsOf(same).map((row) => row.completion)).toEqual(rowsOf(rows).map((row) => row.completion));
  });

  test('of another kind is refused with both ways out; a model is none; a folder is not written over', async () => {
    expect((await sft(w.cot, 'kind', ...rank)).status).toBe(0);
    const other = await grpo('other-kind', '--model', run('kind'), '--lora.rank', 3, '--no-rewards.parts.semantic');
    expect(other.err).toMatch(/adapter of another kind[\s\S]*videorft merge/);
    const none = await runCli('merge', '--model', w.model, '--out', join(w.dir, 'none'));
    expect(none.err).toContain('code: merge-adapter');
    const over = await runCli('merge', '--model', run('kind'), '--out', w.model);
    expect(over.err).toContain('code: merge-out');
  });
});

test('every knob of both loops is a key', () => {
  const sftKeys: Record<keyof SftConfig, true> = {
    batchSize: true,
    epochs: true,
    learningRate: true,
    schedule: true,
    warmupSteps: true,
    weightDecay: true,
    maxGradNorm: true,
    saveEvery: true,
    seed: true,
  };
  const { batchSize: _, epochs: __, ...shared } = sftKeys;
  const grpoKeys: Record<Exclude<keyof GrpoConfig, 'importanceCap'>, true> = {
    ...shared,
    questions: true,
    groupSize: true,
    steps: true,
    temperature: true,
    topP: true,
    maxTokens: true,
    clipLow: true,
    clipHigh: true,
    beta: true,
    updatesPerBatch: true,
    std: true,
    rolloutEvery: true,
  };
  const names = (schema: Parameters<typeof configKeys>[0]) => configKeys(schema).map((key) => key.name);
  expect(names(sftRunConfig)).toEqual(expect.arrayContaining(Object.keys(sftKeys)));
  expect(names(grpoRunConfig)).toEqual(expect.arrayContaining(Object.keys(grpoKeys)));
  expect(names(grpoRunConfig)).toContain('rolloutServer.importanceCap');
});
