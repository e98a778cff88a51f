// The evaluation runner with a scripted model: strict and lenient scores, errors apart from wrong answers, and continuing a stored file.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ScriptedBackend } from '../backends/scripted.ts';
import { VideorftError } from '../base/errors.ts';
import type { Sample } from '../data/sample.ts';
import { trainingMessages } from '../prompt/train.ts';
import { evaluate } from './evaluate.ts';
import type { EvaluatedRow } from './row.ts';

const sample = (id: string, extra: Partial<Sample> = {}): Sample => ({
  problem_id: id,
  problem: 'Which way?',
  data_type: 'video',
  problem_type: 'multiple choice',
  options: ['A. left', 'B. right'],
  solution: '<answer>B</answer>',
  path: `${id}.mp4`,
  ...extra,
});

const answers: Record<string, string> = {
  right: '<think>It moves. So B.</think>\n<answer>B</answer>',
  untagged: 'It moves to the right, so B',
  wrong: '<think>It moves. So A.</think>\n<answer>A</answer>',
  'bad-truth': '<think>Five.</think>\n<answer>5</answer>',
};
const samples = [
  sample('right'),
  sample('untagged'),
  sample('wrong'),
  sample('missing'),
  sample('bad-truth', { problem_type: 'numerical', options: null, solution: '<answer>many</answer>' }),
];

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'videorft-evaluate-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const load = async (s: Sample) => {
  if (s.problem_id === 'missing') throw new VideorftError('no such file', { code: 'media-missing' });
  return { id: String(s.problem_id), messages: trainingMessages(s, { mode: 'think', profile: 'micro' }) };
};
const options = { maxTokens: 64, temperature: 0, seed: 1, chunk: 2 };
const model = () => new ScriptedBackend({ completion: (prompt) => answers[prompt.id] });

describe('evaluate', () => {
  it('scores strictly and leniently, and keeps errors apart from wrong answers', async () => {
    const rows = await evaluate(model(), samples, load, join(dir, 'all.jsonl'), options);
    expect(rows.map((r) => [r.id, r.strict, r.lenient, r.formatOk, r.error?.split(':')[0] ?? null])).toEqual([
      ['right', 1, 1, true, null],
      ['untagged', 0, 1, false, null],
      ['wrong', 0, 0, true, null],
      ['missing', 0, 0, false, 'media-missing'],
      ['bad-truth', 0, 0, false, expect.any(String)],
    ]);
  });

  it('asks only what is not stored, and gives the same rows as one run', async () => {
    const whole = await readFile(join(dir, 'all.jsonl'), 'utf8');
    const file = join(dir, 'part.jsonl');
    await writeFile(file, `${whole.split('\n').slice(0, 2).join('\n')}\n`);
    const backend = model();
    const rows = await evaluate(backend, samples, load, file, options);
    const asked = backend.calls.flatMap((c) => (c.verb === 'sample' ? c.prompts : []));
    expect(asked).not.toContain('right');
    expect(rows.map((r) => r.id)).toEqual(samples.map((s) => s.problem_id));
    const again = model();
    expect(await evaluate(again, samples, load, file, options)).toEqual(rows);
    expect(again.calls).toEqual([]);
  });

  it('a chunk that was stored in part is asked whole, as it was, and what is stored stays', async () => {
    const file = join(dir, 'torn.jsonl');
    const [first, ...others] = (await readFile(join(dir, 'all.jsonl'), 'utf8')).split('\n');
    await writeFile(file, `${first}\n`);
    const backend = model();
    const rows = await evaluate(backend, samples, load, file, options);
    const calls = backend.calls.flatMap((c) => (c.verb === 'sample' ? [c.prompts] : []));
    expect(calls).toEqual([['right', 'untagged'], ['wrong'], ['bad-truth']]);
    const whole = [first, ...others].filter(Boolean).map((line) => JSON.parse(line) as EvaluatedRow);
    const byId = (list: readonly EvaluatedRow[]) =>
      Object.fromEntries(list.map((r) => [r.id, { ...r, seconds: null }]));
    expect(byId(rows)).toEqual(byId(whole));
    expect((await readFile(file, 'utf8')).split('\n').filter(Boolean)).toHaveLength(samples.length);
  });

  it('stops between chunks when aborted', async () => {
    const signal = AbortSignal.abort();
    await expect(
      evaluate(model(), samples, load, join(dir, 'aborted.jsonl'), { ...options, signal }),
    ).rejects.toMatchObject({ code: 'aborted' });
  });
});
