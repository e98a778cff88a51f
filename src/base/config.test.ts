// Configuration: precedence, flags of every kind, suggestions, validation messages, help, YAML record, unread keys.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { dumpConfig, parseConfig, resolveConfig, wantsHelp } from './config.ts';
import { UsageError } from './config-flags.ts';
import { configHelp } from './config-help.ts';
import { recordReads } from './config-reads.ts';
import { configKeys } from './config-schema.ts';

const schema = z.object({
  seed: z.number().int().default(0).describe('seed of everything random'),
  run: z.string().describe('run directory'),
  device: z.enum(['cpu', 'webgpu']).default('cpu').describe('where the engine computes'),
  grpo: z.object({
    learningRate: z.number().positive().default(1e-6).describe('peak learning rate'),
    use_kl: z.boolean().default(true).describe('penalize distance from the reference'),
    debug: z.boolean().default(false).describe('print every completion'),
    lengths: z.array(z.number()).default([320, 512]).describe('bounds of the length bonus'),
  }),
  cap: z.number().nullable().default(null).describe('largest number of samples'),
  threads: z
    .union([z.literal('auto'), z.number()])
    .default('auto')
    .describe('threads'),
});

const resolve = async (...args: string[]) => (await resolveConfig({ schema, args: ['--run', 'r', ...args] })).config;
const file = (text: string) => {
  const path = join(mkdtempSync(join(tmpdir(), 'config-')), 'c.yaml');
  writeFileSync(path, text);
  return path;
};
const grpo = { learningRate: 1e-6, use_kl: true, debug: false, lengths: [320, 512] };
const defaults = { seed: 0, run: 'r', device: 'cpu', grpo, cap: null, threads: 'auto' };

test('defaults < file < flags, key by key', async () => {
  expect(await resolve()).toEqual(defaults);
  const path = file('seed: 7\ngrpo:\n  learningRate: 0.5\n  debug: true\n');
  const config = await resolve('--config', path, '--grpo.learning-rate', '0.25');
  expect(config).toEqual({ ...defaults, seed: 7, grpo: { ...grpo, learningRate: 0.25, debug: true } });
  expect(await resolve('--config', file('{"seed": 8}'))).toEqual({ ...defaults, seed: 8 });
  expect(await resolve('--config', file(''))).toEqual(defaults);
});

test('flags of every kind', async () => {
  const flags = ['--no-grpo.use-kl', '--grpo.debug', '--grpo.lengths', '1,2', '--grpo.lengths=-3', '--cap=none'];
  const config = await resolve(...flags, '--threads', '2', '--device', 'webgpu', '--seed', '-4');
  expect(config.grpo).toEqual({ ...grpo, use_kl: false, debug: true, lengths: [1, 2, -3] });
  expect([config.threads, config.device, config.seed, config.cap]).toEqual([2, 'webgpu', -4, null]);
  expect((await resolve('--cap', '9')).cap).toBe(9);
});

test.each([
  [['--grpo.learning-rte', '1'], 'did you mean --grpo.learning-rate?'],
  [['--sede', '1'], 'did you mean --seed?'],
  [['--no-seed'], 'did you mean --seed?'],
  [['--learning-rate=2'], 'did you mean --grpo.learning-rate?'],
])('unknown flag %j: %s', async (args, fix) => {
  await expect(resolve(...args)).rejects.toMatchObject({ code: 'config-flag', fix });
});

test.each([
  [['--seed', 'many'], '--seed needs a number, not "many"'],
  [['--seed'], "Option '--seed <value>' argument missing"],
  [['stray'], "Unexpected argument 'stray'"],
])('malformed arguments %j', async (args, message) => {
  const error = await resolve(...args).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(UsageError);
  expect((error as Error).message).toContain(message);
});

test('unknown keys in a file, at any depth, and values that do not fit', async () => {
  const deep = file('grpo:\n  use_lk: false\n');
  await expect(resolve('--config', deep)).rejects.toMatchObject({
    code: 'config-unknown-key',
    message: 'unknown configuration key grpo.use_lk',
    facts: { file: deep },
    fix: 'did you mean use_kl?',
  });
  const bad = resolve('--config', file('seed: 1.5\ngrpo:\n  learningRate: no\n'));
  await expect(bad).rejects.toThrow(/seed \(--seed\): .*grpo\.learningRate \(--grpo\.learning-rate\): expected number/);
  await expect(resolve('--device', 'cuda')).rejects.toThrow('device (--device)');
  await expect(resolve('--config', file('grpo: 3'))).rejects.toThrow('grpo');
  await expect(resolve('--config', file('a: [1'))).rejects.toMatchObject({ code: 'config-file', facts: { line: 1 } });
  await expect(resolve('--config', '/nowhere.yaml')).rejects.toMatchObject({ code: 'config-file' });
  await expect(resolveConfig({ schema, args: [] })).rejects.toThrow('run (--run)');
});

test('positionals and help', async () => {
  const { positionals } = await resolveConfig({
    schema,
    args: ['--run=r', 'what', '--', '--odd'],
    allowPositionals: true,
  });
  expect(positionals).toEqual(['what', '--odd']);
  expect([wantsHelp(['-h']), wantsHelp(['x', '--help']), wantsHelp(['--', '--help'])]).toEqual([true, true, false]);
});

test('help shows every flag with its default', () => {
  const help = configHelp(schema);
  expect(help).toMatchInlineSnapshot(`
    "  --seed N                            seed of everything random (default 0)
      --run TEXT                          run directory (required)
      --device cpu|webgpu                 where the engine computes (default cpu)
      --grpo.learning-rate N              peak learning rate (default 0.000001)
      --no-grpo.use-kl                    penalize distance from the reference (on by default)
      --grpo.debug                        print every completion
      --grpo.lengths A,B,…                bounds of the length bonus (default 320,512)
      --cap N                             largest number of samples
      --threads VALUE                     threads (default auto)
      --config FILE                       read keys from a YAML or JSON file; flags win over it
      -h, --help                          show this text"
  `);
});

test('the record reads back to the same configuration and explains its keys', () => {
  const config = parseConfig(schema, { run: 'r', grpo: { debug: true } });
  const yaml = dumpConfig(config, schema);
  expect(parse(yaml)).toEqual(config);
  expect(yaml).toContain('  # peak learning rate\n  learningRate: 0.000001\n');
  expect(yaml.startsWith('# seed of everything random\nseed: 0\n')).toBe(true);
});

test('a key without a description is refused', () => {
  expect(() => configKeys(z.object({ a: z.number().default(1) }))).toThrow('key a has no description');
});

test('unread keys are found', () => {
  const { config, unread } = recordReads(schema, parseConfig(schema, { run: 'r' }));
  expect(config.seed + config.grpo.lengths[0] + config.grpo.learningRate).toBeGreaterThan(320);
  expect(unread()).toEqual(['run', 'device', 'grpo.use_kl', 'grpo.debug', 'cap', 'threads']);
});
