// Asking in a sliding window: no barrier, no more at once than said, videos once and together, seeds that depend on question and sample alone, and
// failures of one question or of the endpoint.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { VideorftError } from '../base/errors.ts';
import { rowsIfPresent } from '../base/jsonl.ts';
import { evaluate } from './evaluate.ts';
import type { Question } from './question.ts';
import type { Answer, Asked, SingleRespondent } from './respondent.ts';
import type { EvaluatedRow } from './row.ts';
import { byVideo, seedOf, tasksOf } from './task.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'videorft-window-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const question = (i: number, path = `${i}.mp4`): Question => ({
  problem_id: `q${i}`,
  problem: 'Which way?',
  data_type: 'video',
  problem_type: 'multiple choice',
  options: ['A. left', 'B. right'],
  solution: '<answer>B</answer>',
  path,
});
const questions = (n: number) => Array.from({ length: n }, (_, i) => question(i));
const load = async (q: Question) => ({
  id: String(q.problem_id),
  messages: [{ role: 'user', content: q.problem }] as const,
});
const options = { maxTokens: 8, temperature: 1, seed: 5 };
const right: Answer = { text: '<answer>B</answer>', tokens: 3, finish: 'stop' };
const respondent = (atOnce: number, ask: (asked: Asked) => Promise<Answer | VideorftError>): SingleRespondent => ({
  kind: 'single',
  atOnce,
  ask,
});
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('one slow question holds nobody up: all others are stored while it is still out', async () => {
  const file = join(dir, 'slow.jsonl');
  const slow = Promise.withResolvers<Answer>();
  const seen: number[] = [];
  const done = evaluate(
    respondent(2, ({ prompt }) => (prompt.id === 'q0' ? slow.promise : Promise.resolve(right))),
    questions(40),
    load,
    file,
    { ...options, onProgress: (n) => seen.push(n) },
  );
  while (seen.at(-1) !== 39) await turn();
  expect((await rowsIfPresent<EvaluatedRow>(file)).map(({ id }) => id)).not.toContain('q0');
  slow.resolve(right);
  expect((await done).map(({ id }) => id)).toEqual(questions(40).map((q) => q.problem_id));
});

test('loads run ahead of answers, but not further than the window', async () => {
  const gate = Promise.withResolvers<void>();
  let [loaded, out] = [0, 0];
  const done = evaluate(
    respondent(4, async () => {
      out++;
      await gate.promise;
      return right;
    }),
    questions(50),
    async (q) => {
      loaded++;
      return load(q);
    },
    join(dir, 'ahead.jsonl'),
    options,
  );
  await vi.waitFor(() => expect(out).toBe(8), { timeout: 20_000 });
  for (let i = 0; i < 20; i++) await turn();
  expect([loaded, out]).toEqual([8, 8]);
  gate.resolve();
  expect(await done).toHaveLength(50);
});

describe('seeds and samples', () => {
  test('a seed is made of the run, the question and the sample: neither order, nor stored rows, nor the others matter', async () => {
    const seeds = async (name: string, asked: readonly Question[], samples: number) => {
      const found: Record<string, number> = {};
      const ask = async ({ prompt, seed }: Asked) => {
        found[`${prompt.id}/${seed}`] = (found[`${prompt.id}/${seed}`] ?? 0) + 1;
        return right;
      };
      const rows = await evaluate(respondent(3, ask), asked, load, join(dir, `${name}.jsonl`), { ...options, samples });
      return { found, rows };
    };
    const all = await seeds('all', questions(6), 3);
    expect(all.rows.map(({ id }) => id).slice(0, 4)).toEqual(['q0', 'q0#2', 'q0#3', 'q1']);
    expect(all.rows.slice(0, 3).map((row) => [row.question, row.sample, row.request?.decoding.seed])).toEqual(
      [1, 2, 3].map((s) => ['q0', s, seedOf(5, 'q0', s)]),
    );
    expect(new Set(Object.keys(all.found).map((key) => key.split('/')[1])).size).toBe(18);
    expect(new Set([seedOf(5, 'q0', 1), seedOf(6, 'q0', 1), seedOf(5, 'q1', 1), seedOf(5, 'q0', 2)]).size).toBe(4);
    const part = await seeds('part', questions(6).reverse().slice(0, 2), 3);
    for (const key of Object.keys(part.found)) expect(all.found).toHaveProperty([key]);
  });

  test('ids that would meet are refused', () => {
    expect(() => tasksOf([question(1), { ...question(1), problem_id: 'q1#2' }], 0, 2)).toThrow(
      /two rows would have the id q1#2/,
    );
  });

  test('questions about one video are asked one after another, whatever their order in the file', () => {
    const mixed = [question(0, 'a'), question(1, 'b'), question(2, 'a'), question(3, 'b')];
    expect(byVideo(tasksOf(mixed, 0)).map(({ id }) => id)).toEqual(['q0', 'q2', 'q1', 'q3']);
  });
});

describe('failures', () => {
  test('of a question or its media: a row with its error; the score so far leaves it out', async () => {
    const scores: (number | undefined)[] = [];
    const rows = await evaluate(
      respondent(2, async ({ prompt }) =>
        prompt.id === 'q1' ? new VideorftError('too long', { code: 'llm-failed' }) : right,
      ),
      questions(4),
      async (q) => {
        if (q.problem_id === 'q2') throw new VideorftError('cut off', { code: 'media-truncated' });
        return load(q);
      },
      join(dir, 'failing.jsonl'),
      { ...options, onProgress: (_done, _total, score) => scores.push(score) },
    );
    expect(rows.map(({ error }) => error?.split(':')[0] ?? null)).toEqual([
      null,
      'llm-failed',
      'media-truncated',
      null,
    ]);
    expect([scores[0], scores.at(-1)]).toEqual([undefined, 1]);
  });

  test('of the endpoint: nothing further is asked, what was answered stays, and the same call goes on', async () => {
    const file = join(dir, 'down.jsonl');
    let asked = 0;
    const down = respondent(2, async () => {
      if (asked++ < 5) return right;
      throw new VideorftError('no answer for 600 s', { code: 'llm-down' });
    });
    await expect(evaluate(down, questions(30), load, file, options)).rejects.toMatchObject({ code: 'llm-down' });
    expect(asked).toBeLessThan(12);
    const kept = await rowsIfPresent<EvaluatedRow>(file);
    expect(kept).toHaveLength(5);
    let again = 0;
    const up = respondent(2, async () => {
      again++;
      return right;
    });
    expect(await evaluate(up, questions(30), load, file, options)).toHaveLength(30);
    expect(again).toBe(25);
  });

  test('an abort before the beginning asks nobody', async () => {
    const nobody = respondent(2, () => Promise.reject(new Error('asked')));
    const aborted = { ...options, signal: AbortSignal.abort() };
    await expect(evaluate(nobody, questions(3), load, join(dir, 'aborted.jsonl'), aborted)).rejects.toMatchObject({
      code: 'aborted',
    });
  });
});
