// The n-th write of the state's database fails, for every n of a small curation: the run stops and says so, and the next one ends with the
// files of a run that nothing happened to, having asked again at most for what was in flight.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { useCurateFixture } from '../../test/support/curate-fixture.ts';
import { readDataset } from '../../test/support/curate-kills.ts';
import { askedInAll, fakeExperts, makeSamples } from '../../test/support/curate-world.ts';
import { type LogSync, walSync } from './state/commit.ts';
import { openDatabase } from './state/schema.ts';
import { openSqliteState } from './state/sqlite.ts';

const world = useCurateFixture();

const SAMPLES = 2;

/** Statements that write, counted; the one with number `fail` throws, after it has done its work if `late`. */
class Disk {
  writes = 0;
  readonly fail: number;
  readonly late: boolean;

  constructor(fail: number, late: boolean) {
    this.fail = fail;
    this.late = late;
  }

  write<T>(work: () => T): T {
    const fails = ++this.writes === this.fail;
    if (fails && !this.late) throw new Error('disk I/O error');
    const result = work();
    if (fails) throw new Error('disk I/O error');
    return result;
  }

  /** The log's sync on this disk. */
  log = (file: string): LogSync => {
    const { sync, close } = walSync(file);
    return {
      close,
      sync: async () => {
        await this.write(sync);
      },
    };
  };

  /** The database on this disk. */
  open = (file: string): DatabaseSync => {
    const database = openDatabase(file);
    const statement = (sql: string): StatementSync => {
      const prepared = database.prepare(sql);
      const run = prepared.run.bind(prepared);
      prepared.run = ((...values: Parameters<typeof run>) => this.write(() => run(...values))) as typeof run;
      return prepared;
    };
    return new Proxy(database, {
      get: (target, name) => {
        if (name === 'prepare') return statement;
        if (name === 'exec') return (sql: string) => this.write(() => target.exec(sql));
        const value = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  };
}

/** One reply of the wrong form, so that asking again is among the writes. */
const experts = () =>
  fakeExperts((name, text) =>
    name === 'refiner' && text.includes('question 1?') && !text.includes('cannot be used') ? 'no JSON' : undefined,
  );

async function run(out: string, disk: Disk, models = experts()) {
  const openState = async () => {
    const file = world.at(`${out}/state.sqlite`);
    const state = await openSqliteState(file, { alone: true, open: disk.open, log: disk.log });
    return { state, [Symbol.asyncDispose]: () => state.close() };
  };
  const error = await world.run(models, { openState }, world.config({ out: world.at(out) })).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const calls = askedInAll(models);
  return { error, calls };
}

function expectSound(file: string): number {
  const database = openDatabase(file);
  const one = (sql: string) => Object.values(database.prepare(sql).get() as object)[0];
  expect(one('PRAGMA integrity_check')).toBe('ok');
  const paidTwice = `SELECT count(*) FROM (SELECT task FROM attempts WHERE outcome = 'answered' GROUP BY task HAVING count(*) > 1)`;
  expect(one(paidTwice)).toBe(0);
  expect(one('SELECT count(*) FROM tasks WHERE value IS NOT NULL')).toBe(SAMPLES * 2.5);
  const lost = one(`SELECT count(*) FROM attempts WHERE outcome IN ('lost', 'aborted')`) as number;
  database.close();
  return lost;
}

test.each([
  ['is not done', false],
  ['is done, and nobody is told', true],
])('the n-th write %s, for every n', async (_, late) => {
  await world.write(makeSamples(SAMPLES));
  const healthy = new Disk(0, late);
  const whole = await run('whole', healthy);
  const dataset = await readDataset(world.at('whole'));
  expect(whole.error).toBeUndefined();
  expect(healthy.writes).toBeGreaterThan(30);
  let failed = 0;
  for (let n = 1; n <= healthy.writes + 3; n++) {
    const out = `fault-${n}`;
    const disk = new Disk(n, late);
    const first = await run(out, disk);
    if (disk.writes >= n) {
      expect(first.error).toMatchObject({ code: 'state-write', facts: { file: world.at(`${out}/state.sqlite`) } });
      failed++;
    }
    const second = await run(out, new Disk(0, false));
    expect(second.error).toBeUndefined();
    expect(await readDataset(world.at(out))).toEqual(dataset);
    const lost = expectSound(world.at(`${out}/state.sqlite`));
    expect(first.calls + second.calls - whole.calls).toBeLessThanOrEqual(lost);
  }
  expect(failed).toBeGreaterThan(healthy.writes - 10);
});

test('a task that cannot be given back stops the run, though every sample has its outcome', async () => {
  await world.write(makeSamples(1));
  const down = () =>
    fakeExperts((name) => {
      if (name === 'refiner') throw new Error('down');
      return undefined;
    });
  const healthy = new Disk(0, false);
  expect((await run('whole', healthy, down())).error).toBeUndefined();
  for (let n = 1; n <= healthy.writes; n++) {
    const { error } = await run(`fault-${n}`, new Disk(n, false), down());
    expect({ n, error }).toMatchObject({ n, error: { code: 'state-write' } });
  }
});
