// The log of decisions: undo and redo against a model that keeps whole states; the file through kills, full disks and two writers.
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { failureOf } from '../../../test/support/failure.ts';
import { scratchFolder } from '../../../test/support/media.ts';
import { appendJsonl } from '../../base/jsonl.ts';
import { chainHash, type Decision, sampleKey } from './decision.ts';
import { ReviewStore, readHistory } from './store.ts';

const at = await scratchFolder();
const row = (problem_id: number, process = '<think>A.</think>') => ({
  problem_id,
  problem: 'Why?',
  path: 'a.mp4',
  process,
  solution: '<answer>B</answer>',
});
const accept: Decision = { verdict: 'accept' };
const reject: Decision = { verdict: 'reject' };
const stateOf = ({ decided }: Awaited<ReturnType<typeof readHistory>>) =>
  Object.fromEntries([...decided.values()].map(({ problem_id, decision }) => [problem_id, decision]));

test('any sequence of decisions, undos and redos holds what a list of whole states holds, and so does its log', async () => {
  const act = fc.oneof(
    fc.record({ sample: fc.integer({ min: 0, max: 3 }), decision: fc.constantFrom(accept, reject, null) }),
    fc.constantFrom('undo' as const, 'redo' as const),
  );
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 25 }), async (acts) => {
      const folder = at(`model-${run++}`);
      using store = await ReviewStore.open(folder, {
        append: (file, value) => appendJsonl(file, value, { fsync: false }),
      });
      const states: Record<string, Decision>[] = [{}];
      let now = 0;
      for (const what of acts) {
        if (what === 'undo') {
          expect((await store.undo()) !== undefined).toBe(now > 0);
          now = Math.max(0, now - 1);
        } else if (what === 'redo') {
          expect((await store.redo()) !== undefined).toBe(now < states.length - 1);
          now = Math.min(states.length - 1, now + 1);
        } else {
          await store.decide(row(what.sample), what.decision);
          const { [what.sample]: _, ...rest } = states[now];
          states.splice(++now, states.length, what.decision ? { ...rest, [what.sample]: what.decision } : rest);
        }
        expect(stateOf(store.history)).toEqual(states[now]);
      }
      const again = await readHistory(folder);
      expect(stateOf(again)).toEqual(states[now]);
      expect([again.undoable?.n, again.redoable?.n]).toEqual([store.history.undoable?.n, store.history.redoable?.n]);
    }),
    { numRuns: 40 },
  );
});

test('a line cut in the middle at any byte: what stood before it holds, and the log goes on', async () => {
  const folder = at('torn');
  {
    using store = await ReviewStore.open(folder);
    await store.decide(row(1), accept);
    await store.decide(row(2), { verdict: 'accept', think: 'Ünïcode', note: 'n' });
  }
  const whole = readFileSync(join(folder, 'decisions.jsonl'));
  const first = whole.indexOf(10) + 1;
  // The byte before the last is the end of the last line's object: from there on it is whole.
  for (let cut = first; cut < whole.length - 1; cut += 7) {
    const torn = at(`torn-${cut}`);
    await mkdir(torn);
    writeFileSync(join(torn, 'decisions.jsonl'), whole.subarray(0, cut));
    using store = await ReviewStore.open(torn);
    expect(stateOf(store.history)).toEqual({ 1: accept });
    await store.decide(row(3), reject);
    expect(stateOf(await readHistory(torn))).toEqual({ 1: accept, 3: reject });
  }
});

test('one writer: the second is refused until the first has ended', async () => {
  const folder = at('locked');
  {
    using _first = await ReviewStore.open(folder);
    expect(await failureOf(ReviewStore.open(folder))).toMatchObject({ code: 'review-locked' });
  }
  using _second = await ReviewStore.open(folder);
});

test('a decision that the disk does not take does not hold, and nothing is decided after it', async () => {
  const folder = at('full');
  let full = false;
  using store = await ReviewStore.open(folder, {
    append: (file, value) => (full ? Promise.reject(new Error('ENOSPC')) : appendJsonl(file, value)),
  });
  await store.decide(row(1), accept);
  full = true;
  const [failed, next] = [store.decide(row(2), accept), store.decide(row(3), accept)].map(failureOf);
  expect((await failed).code).toBe('review-write');
  full = false;
  expect((await next).code).toBe('review-write');
  expect((await failureOf(store.undo())).code).toBe('review-write');
  expect(stateOf(store.history)).toEqual({ 1: accept });
  expect(stateOf(await readHistory(folder))).toEqual({ 1: accept });
});

test('what could not be read again is not written, and does no harm', async () => {
  const folder = at('unreadable');
  using store = await ReviewStore.open(folder);
  await expect(store.decide(row(1), { verdict: 'accept', note: '' })).rejects.toThrow('Too small');
  await expect(store.decide({ problem: 'no id' }, accept)).rejects.toThrow('problem_id');
  await store.decide(row(2), accept);
  expect(stateOf(await readHistory(folder))).toEqual({ 2: accept });
});

test('many decisions at once: all are stored, in order', async () => {
  using store = await ReviewStore.open(at('many'));
  await Promise.all(Array.from({ length: 200 }, (_, i) => store.decide(row(i), i % 2 ? accept : reject)));
  const { decided, length } = await readHistory(at('many'));
  expect([decided.size, length]).toEqual([200, 200]);
});

test.each([
  ['a lost line', '{"n":3,"at":"t","do":"undo","of":1}', 'review-log', 'event 2 is expected'],
  ['an undo of what is not the last', '{"n":2,"at":"t","do":"undo","of":7}', 'review-log', 'no event 7 to undo'],
  ['another form', '{"n":2,"at":"t","do":"accept"}', 'jsonl-parse', ''],
  [
    'an edit of a rejected sample',
    '{"n":2,"at":"t","do":"decide","sample":"a","problem_id":1,"chain":"b","decision":{"verdict":"reject","think":"x"}}',
    'jsonl-parse',
    '',
  ],
])('a log with %s is refused with file and line', async (name, line, code, reason) => {
  const folder = at(`bad ${name}`);
  {
    using store = await ReviewStore.open(folder);
    await store.decide(row(1), accept);
  }
  appendFileSync(join(folder, 'decisions.jsonl'), `${line}\n`);
  const error = await failureOf(ReviewStore.open(folder));
  expect(error.code).toBe(code);
  expect(error.facts).toMatchObject({ file: join(folder, 'decisions.jsonl'), line: 2 });
  expect(String(error.facts.reason ?? '')).toContain(reason);
});

test('a sample is known by id, medium and question; its chain by what was written', () => {
  const same = { ...row(1), process: 'other', curation: {} };
  expect(sampleKey(same)).toBe(sampleKey(row(1)));
  expect(chainHash(same)).not.toBe(chainHash(row(1)));
  for (const other of [{ problem_id: '1' }, { path: 'b.mp4' }, { problem: 'How?' }])
    expect(sampleKey({ ...row(1), ...other })).not.toBe(sampleKey(row(1)));
});
