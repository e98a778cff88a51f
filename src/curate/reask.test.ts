// Replies that do not have their form: asked again once, paid for, never stored as answers, and gone on with after a stop.
import { describe, expect, test } from 'vitest';
import { useCurateFixture } from '../../test/support/curate-fixture.ts';
import { asked, fakeExperts, makeSamples, requestText } from '../../test/support/curate-world.ts';
import { VideorftError } from '../base/errors.ts';
import type { CurationState } from './state/port.ts';
import { openSqliteState } from './state/sqlite.ts';

const world = useCurateFixture();

async function draftsStored(): Promise<number> {
  const state = await openSqliteState(world.at('out/state.sqlite'));
  const { answers } = (await state.totals()).reason;
  await state.close();
  return answers;
}

describe('replies that do not fit', () => {
  test('are asked again once with what is wrong, and both asks are paid for', async () => {
    await world.write(makeSamples(2));
    const models = fakeExperts((name, text) =>
      name === 'refiner' && !text.includes('cannot be used') ? '{"revised": 3}' : undefined,
    );
    const { counts, bill } = await world.run(models);
    expect(asked(models)).toEqual([1, 2, 4]);
    expect(counts).toMatchObject({ kept: 2, experts: { refine: { records: 2 } } });
    expect(bill.stages.refine).toMatchObject({ answers: 2, attempts: 4, outcomes: { answered: 2, malformed: 2 } });
    expect(requestText(models.refiner.calls[3])).toMatch(/inconsistencies: .*revised: /);
  });

  test('are paid for once: a run that was stopped between the two askings goes on with the second', async () => {
    await world.write(makeSamples(2));
    const controller = new AbortController();
    const stopped = fakeExperts((name, text) => {
      if (name !== 'refiner') return undefined;
      if (!text.includes('cannot be used')) return 'not JSON';
      controller.abort(new Error('stop'));
      return new Promise(() => {});
    });
    await expect(world.run(stopped, { signal: controller.signal })).rejects.toThrow('stop');
    const models = fakeExperts();
    const { bill } = await world.run(models);
    expect(asked(models)).toEqual([0, 0, 2]);
    expect(models.refiner.calls.filter((call) => requestText(call).includes('cannot be used')).length).toBeGreaterThan(
      0,
    );
    expect(bill.stages.refine.outcomes).toMatchObject({ answered: 2, malformed: expect.any(Number) });
  });

  test('end quarantined when the second does not fit either, are not stored, and are asked anew by the next run', async () => {
    await world.write(makeSamples(4));
    const broken = fakeExperts((name, text) =>
      name === 'reasoner' && text.includes('question 1?') ? 'no tags' : undefined,
    );
    const { counts } = await world.run(broken);
    expect(counts).toMatchObject({ in: 4, kept: 3, quarantined: 1, reasons: { 'expert-malformed': 1 } });
    expect(await draftsStored()).toBe(3);
    const healed = fakeExperts();
    expect((await world.run(healed)).counts).toMatchObject({ in: 4, kept: 4, quarantined: 0 });
    expect(asked(healed)).toEqual([0, 1, 1]);
  });
});

test('a worker that lost its lease while it asked goes on with the answer of who has it; the sample is not set aside', async () => {
  await world.write(makeSamples(2));
  let lost = 0;
  const openState = async () => {
    const inner = await openSqliteState(world.at('out/state.sqlite'), { alone: true });
    const complete: CurationState['complete'] = async (lease, attempt, answer, usage) => {
      const stored = await inner.complete(lease, attempt, answer, usage);
      if (lost++ > 0) return stored;
      throw new VideorftError('Another worker has taken over this task.', { code: 'state-lease-lost' });
    };
    const state: CurationState = Object.create(inner, { complete: { value: complete } });
    return { state, [Symbol.asyncDispose]: () => inner.close() };
  };
  const models = fakeExperts();
  expect((await world.run(models, { openState })).counts).toMatchObject({ in: 2, kept: 2, quarantined: 0 });
  expect(asked(models)).toEqual([1, 2, 2]);
});
