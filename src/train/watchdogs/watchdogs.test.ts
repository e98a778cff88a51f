// Each watchdog trips on the run that it is for and on no healthy one: the shipped speedrun's own metrics, recorded (logprobGapMean and
// unreasoned, which came later, in its first steps only). What a run does with an alarm: one warning, a note in the row, and the end where
// that is wanted.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ScriptedBackend } from '../../backends/scripted.ts';
import { createRewardScorer } from '../../rewards/index.ts';
import { trainGrpo } from '../grpo.ts';
import { grpoFixture, recordingSink, textLoader, textSamples } from '../loop.fixture.ts';
import { defaultWatchdogs, findAlarms, type WatchdogName, type WatchedRow, watch, watchdogNames } from './index.ts';

const recorded = join(import.meta.dirname, '../../../test/fixtures/speedrun-grpo-metrics.jsonl');
const healthy: WatchedRow[] = readFileSync(recorded, 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));

/** The healthy run with something else from a step on. */
const ill = (change: (row: WatchedRow, step: number) => WatchedRow, from = 0) =>
  healthy.map((row, step) => (step < from ? row : { ...row, ...change(row, step) }));

/** The step at which each watchdog first speaks, over the rows as they came. */
function firstAlarms(rows: readonly WatchedRow[]): Partial<Record<WatchdogName, number>> {
  const out: Partial<Record<WatchdogName, number>> = {};
  rows.forEach((_, step) => {
    for (const { name } of findAlarms(rows.slice(0, step + 1), defaultWatchdogs)) out[name] ??= step;
  });
  return out;
}

const illnesses: Record<string, [Partial<Record<WatchdogName, number>>, WatchedRow[]]> = {
  'accuracy 0 throughout': [{ constantPart: 19 }, ill(() => ({ accuracy: 0 }))],
  'R_s saturated at 1': [{ constantPart: 49 }, ill(() => ({ semantic: 1 }), 30)],
  'every group flat': [{ flatGroups: 34 }, ill(() => ({ flatGroups: 1 }), 30)],
  'completions at the cap': [{ truncated: 32 }, ill(() => ({ truncated: 1 }), 30)],
  'KL of 3': [{ kl: 31 }, ill(() => ({ kl: 3 }), 30)],
  'sampler with other weights': [{ logprobGap: 30 }, ill(() => ({ logprobGapMean: 0.7 }), 30)],
  'entropy to nothing': [{ entropy: 34 }, ill(() => ({ entropy: 0.01 }), 30)],
  'a tenth of the samples fails': [{ decodeFailures: 5 }, ill((_, step) => ({ setAside: 2 * step, questions: 14 }), 4)],
  'answers without thought': [{ unreasoned: 31 }, ill(() => ({ unreasoned: 1 }), 30)],
};

test('the healthy run trips none', () => {
  expect(healthy).toHaveLength(120);
  expect(healthy[0]).toMatchObject({ logprobGapMean: expect.any(Number), unreasoned: expect.any(Number) });
  expect(firstAlarms(healthy)).toEqual({});
});

test.each(Object.keys(illnesses))('%s trips its watchdog and no other', (name) => {
  const [expected, rows] = illnesses[name];
  const found = firstAlarms(rows);
  expect(Object.keys(found)).toEqual(Object.keys(expected));
  const [[dog, step]] = Object.entries(found);
  expect(Math.abs(step - (expected[dog as WatchdogName] as number))).toBeLessThanOrEqual(4);
});

test('every watchdog has an illness', () => {
  const covered = new Set(Object.values(illnesses).flatMap(([expected]) => Object.keys(expected)));
  expect([...covered].sort()).toEqual([...watchdogNames].sort());
});

test('a backend that tells no entropy trips none', () => {
  expect(firstAlarms(ill(() => ({ entropy: Number.NaN })))).toEqual({});
});

test('a part at its best is no alarm, a part that is not measured neither', () => {
  expect(firstAlarms(ill(() => ({ format: 1, semantic: null })))).toEqual({});
});

describe('in a run', () => {
  const said: string[] = [];
  beforeEach(() => {
    said.length = 0;
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => Boolean(said.push(String(text))));
  });
  afterEach(() => void vi.restoreAllMocks());

  /** Twelve steps of a model that never finds the format: every group is flat, every part constant. */
  async function run(flatGroups: 'warn' | 'stop' | 'off', earlier: WatchedRow[] = [], startStep = 0) {
    const inner = recordingSink();
    const watched = watch(inner, { ...defaultWatchdogs, flatGroups }, earlier);
    const backend = new ScriptedBackend({ completion: () => 'no tags at all' });
    await backend.setReference();
    const scorer = createRewardScorer(undefined, { parts: { semantic: false } });
    const config = { ...grpoFixture, steps: 12 };
    const loop = trainGrpo(backend, textSamples(12), textLoader(), scorer, config, watched.sink, {
      startStep,
      signal: watched.stop,
    });
    const error = await loop.then(
      () => undefined,
      (e: Error) => e,
    );
    return { inner, error, watched };
  }

  test('warns once, and notes it in the row of its step', async () => {
    const { inner, error } = await run('warn');
    expect(error).toBeUndefined();
    expect(said).toEqual([
      expect.stringMatching(/^warn: watchdog, step 4: flatGroups: groups without variance: 1\.00/),
    ]);
    expect(inner.rows.map((row) => typeof row.watchdogs)).toEqual(
      Array.from({ length: 12 }, (_, step) => (step === 4 ? 'string' : 'undefined')),
    );
  });

  test('stops after a checkpoint; continued, it does not stop again', async () => {
    const { inner, error, watched } = await run('stop');
    expect(error).toMatchObject({ code: 'aborted' });
    expect(watched.stopped()).toMatchObject({ code: 'train-watchdog', facts: { watchdog: 'flatGroups', step: 4 } });
    expect(inner.rows).toHaveLength(5);
    expect([...inner.checkpoints.keys()].at(-1)).toBe(5);
    const rest = await run('stop', inner.rows, 5);
    expect([rest.error, rest.inner.rows.length, said.length]).toEqual([undefined, 7, 1]);
  });

  test('a sampler elsewhere that drifts away from the trainer is told', async () => {
    const inner = recordingSink();
    const watched = watch(inner, { ...defaultWatchdogs, constantPart: 'off' });
    const backend = new ScriptedBackend();
    const sample = backend.sample.bind(backend);
    const drift = (row: Float32Array) => row.map((x) => x - 0.02 * inner.rows.length); // by step 7: 0.1 on average over five
    backend.sample = async (...asked) =>
      (await sample(...asked)).map((group) => group.map((c) => ({ ...c, logprobs: drift(c.logprobs) })));
    await backend.setReference();
    const scorer = createRewardScorer(undefined, { parts: { semantic: false } });
    const config = { ...grpoFixture, steps: 12, importanceCap: 2 };
    await trainGrpo(backend, textSamples(12), textLoader(), scorer, config, watched.sink);
    const told = inner.rows.filter((row) => String(row.watchdogs ?? '').startsWith('logprobGap: '));
    expect(told.map((row) => row.step)).toEqual([8]); // (4 + … + 8)·0.02/5 = 0.12
  });

  test('off says nothing', async () => {
    const { inner, error } = await run('off');
    expect([error, said]).toEqual([undefined, []]);
    expect(inner.rows).toHaveLength(12);
  });
});
