// What every adapter of a curation's state does, as one suite: call it in the adapter's test with a way to open the same state twice.
import { beforeEach, describe, expect, test } from 'vitest';
import type { Answer, Claim, CurationState, Lease, Task } from '../../src/curate/state/port.ts';

export interface StateSubject extends AsyncDisposable {
  /** Another worker on the same state, with its own leases; its clock is `clock.now`. */
  open(): Promise<CurationState>;
  readonly clock: { now: number };
  readonly leaseMs: number;
}

const task: Task = { stage: 'reason', key: 'k1', sample: 7 };
const usage = { promptTokens: 10, completionTokens: 3 };
const answer = (text: string): Answer<string> => ({ model: 'm', promptVersion: 'p/1', value: text });

function mine<T>(claim: Claim<T>): Lease {
  if (claim.kind !== 'mine') throw new Error(`the task is ${claim.kind}`);
  return claim.lease;
}

export function curationStateConformance(name: string, start: () => Promise<StateSubject>): void {
  describe(`curation state: ${name}`, () => {
    let subject: StateSubject;
    let state: CurationState;
    beforeEach(async () => {
      subject = await start();
      state = await subject.open();
      return async () => {
        await state.close();
        await subject[Symbol.asyncDispose]();
      };
    });

    const answered = async (text: string, of: Task = task) => {
      const lease = mine(await state.claim(of));
      return state.complete(lease, await state.begin(lease), answer(text), usage);
    };

    test('an answer is there for every later worker, and its task cannot be claimed again', async () => {
      expect(await state.answer(task)).toBeUndefined();
      const record = { key: 'k1', sample: 7, ...answer('yes') };
      expect(await answered('yes')).toEqual(record);
      const other = await subject.open();
      expect(await other.answer(task)).toEqual(record);
      expect(await other.claim({ ...task, sample: 8 })).toEqual({ kind: 'answered', record });
      await other.close();
    });

    test('the same key in another stage, and another key, are other tasks', async () => {
      await answered('yes');
      expect(await state.answer({ stage: 'refine', key: 'k1' })).toBeUndefined();
      expect(await state.answer({ stage: 'reason', key: 'k2' })).toBeUndefined();
    });

    test('one worker at a time: a task that is taken is held until its lease runs out', async () => {
      mine(await state.claim(task));
      const other = await subject.open();
      expect(await other.claim(task)).toEqual({ kind: 'held', until: subject.clock.now + subject.leaseMs });
      subject.clock.now += subject.leaseMs / 2;
      await state.heartbeat();
      subject.clock.now += subject.leaseMs / 2 + 1;
      expect((await other.claim(task)).kind).toBe('held');
      subject.clock.now += subject.leaseMs;
      expect((await other.claim(task)).kind).toBe('mine');
      await other.close();
    });

    test('who lost the lease can write nothing, and a late answer does not replace the first', async () => {
      const lease = mine(await state.claim(task));
      const attempt = await state.begin(lease);
      subject.clock.now += subject.leaseMs + 1;
      const other = await subject.open();
      const taken = mine(await other.claim(task));
      await expect(state.begin(lease)).rejects.toMatchObject({ code: 'state-lease-lost' });
      await expect(state.release(lease, 'failed')).rejects.toMatchObject({ code: 'state-lease-lost' });
      await expect(state.complete(lease, attempt, answer('late'), usage)).rejects.toMatchObject({
        code: 'state-lease-lost',
      });
      expect(await state.answer(task)).toBeUndefined();
      await other.complete(taken, await other.begin(taken), answer('first'), usage);
      expect(await state.complete(lease, attempt, answer('late'), usage)).toMatchObject({ value: 'first' });
      expect(await state.answer(task)).toMatchObject({ value: 'first' });
      await other.close();
    });

    test('failures count within a round, over workers; rate limits do not; giving up begins a new round', async () => {
      let lease = mine(await state.claim(task));
      await state.fail(lease, await state.begin(lease), 'server-error');
      await state.fail(lease, await state.begin(lease), 'rate-limit');
      await state.begin(lease); // lost with its worker
      subject.clock.now += subject.leaseMs + 1;
      const other = await subject.open();
      const next = await other.claim(task);
      expect(next).toMatchObject({ kind: 'mine', failures: 1 });
      lease = mine(next);
      await other.fail(lease, await other.begin(lease), 'empty');
      await other.release(lease, 'interrupted');
      expect(await state.claim(task)).toMatchObject({ kind: 'mine', failures: 2 });
      await other.close();
      lease = mine(await state.claim({ ...task, key: 'k2' }));
      await state.fail(lease, await state.begin(lease), 'timeout');
      await state.release(lease, 'failed');
      expect(await state.claim({ ...task, key: 'k2' })).toMatchObject({ kind: 'mine', failures: 0 });
    });

    test('a reply that does not fit is no answer, is paid for, and is there for the next worker until the round ends', async () => {
      const lease = mine(await state.claim(task));
      const reply = { text: 'no tags', problem: 'there is no answer' };
      await state.unfit(lease, await state.begin(lease), reply, usage);
      await state.release(lease, 'interrupted');
      expect(await state.answer(task)).toBeUndefined();
      const other = await subject.open();
      const again = await other.claim(task);
      expect(again).toMatchObject({ kind: 'mine', unfit: reply, failures: 0 });
      await other.release(mine(again), 'failed');
      expect(await other.claim(task)).toMatchObject({ unfit: undefined });
      await other.close();
      expect(await state.effort(task)).toMatchObject({ attempts: 1, replies: 1, usage });
    });

    test('an attempt that was lost or stopped can be taken up again, one that has ended or is of an earlier round cannot', async () => {
      const lease = mine(await state.claim(task));
      expect(await state.resume(lease)).toBeUndefined();
      const lost = await state.begin(lease);
      subject.clock.now += subject.leaseMs + 1;
      const other = await subject.open();
      const taken = mine(await other.claim(task));
      await expect(state.resume(lease)).rejects.toMatchObject({ code: 'state-lease-lost' });
      expect(await other.resume(taken)).toBe(lost);
      expect(await other.resume(taken)).toBe(lost); // told twice, done once
      await other.release(taken, 'interrupted');
      const again = mine(await other.claim(task));
      expect(await other.resume(again)).toBe(lost);
      await other.fail(again, lost, 'timeout');
      expect(await other.resume(again)).toBeUndefined();
      await other.begin(again);
      await other.release(again, 'failed');
      expect(await other.resume(mine(await other.claim(task)))).toBeUndefined();
      expect(await other.effort(task)).toMatchObject({ attempts: 2 });
      await other.close();
    });

    test('batches are there for every worker, as they were saved last, in the order in which they came', async () => {
      const record = (id: string, rest: object = {}) => ({ id, endpoint: 'e', requests: ['a', 'b'], ...rest });
      await state.batches.save(record('2'));
      await state.batches.save(record('1'));
      const other = await subject.open();
      await other.batches.save(record('2', { file: 'f', batch: 'b' }));
      expect(await state.batches.all()).toEqual([record('2', { file: 'f', batch: 'b' }), record('1')]);
      await state.batches.remove('2');
      expect(await other.batches.all()).toEqual([record('1')]);
      await other.close();
    });

    test('every attempt is in the totals once, those of lost workers too', async () => {
      const lease = mine(await state.claim(task));
      await state.fail(lease, await state.begin(lease), 'timeout');
      await state.unfit(lease, await state.begin(lease), { text: '', problem: '' }, usage);
      const last = await state.begin(lease);
      subject.clock.now += 2000;
      await state.complete(lease, last, answer('yes'), usage);
      const lost = mine(await state.claim({ ...task, key: 'k2' }));
      await state.begin(lost);
      const gone = mine(await state.claim({ ...task, key: 'k3' }));
      await state.begin(gone);
      await state.release(gone, 'interrupted');
      expect(await state.effort(task)).toEqual({
        attempts: 3,
        replies: 2,
        seconds: 2,
        usage: { promptTokens: 20, completionTokens: 6 },
      });
      const { reason, describe } = await state.totals();
      expect(reason).toMatchObject({
        answers: 1,
        attempts: 5,
        outcomes: { answered: 1, malformed: 1, timeout: 1, lost: 1, aborted: 1 },
      });
      expect(describe).toMatchObject({ answers: 0, attempts: 0, outcomes: {} });
    });

    test('many at once: each task has one owner and one answer', async () => {
      const other = await subject.open();
      const tasks = Array.from({ length: 50 }, (_, i): Task => ({ ...task, key: `many-${i}` }));
      const claims = await Promise.all(tasks.flatMap((each) => [state.claim(each), other.claim(each)]));
      expect(claims.filter(({ kind }) => kind === 'mine')).toHaveLength(50);
      expect(claims.filter(({ kind }) => kind === 'held')).toHaveLength(50);
      await other.close();
    });
  });
}
