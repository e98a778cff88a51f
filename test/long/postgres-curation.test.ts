// A curation that several workers share on one PostgreSQL: the same files as one process with SQLite, whether workers die or the server does.
// Skips where there is no PostgreSQL to start.
import { readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { collectPreview } from '../../src/curate/preview/collect.ts';
import { openState } from '../../src/curate/state/open.ts';
import { useCurateFixture } from '../support/curate-fixture.ts';
import { readDataset } from '../support/curate-kills.ts';
import {
  asked,
  askedInAll,
  expertReply,
  fakeExperts,
  type Meddle,
  makeSamples,
  textReader,
} from '../support/curate-world.ts';
import { cutEach } from '../support/cut-curation.ts';
import { failureOf } from '../support/failure.ts';
import { describePostgres } from '../support/postgres-suite.ts';
import { shareCuration } from '../support/shared-curation.ts';
import { expectShared } from '../support/shared-curation-checks.ts';

describePostgres((server) => {
  const world = useCurateFixture();

  const settings = (out: string, state: string) => world.config({ out: world.at(out), state });
  /** The files of a run on SQLite that nothing happens to. */
  const alone = async (meddle?: Meddle) => {
    await world.run(fakeExperts(meddle), {}, settings('alone', 'sqlite'));
    return readDataset(world.at('alone'));
  };
  const slowly: Meddle = (model, text) => setTimeout(10).then(() => expertReply(model, text));
  /** Polls until then; on a busy machine, soon is not at once. */
  const soon = { timeout: 60_000 };
  const paidTwice = (schema: string) =>
    server().query(`SELECT task FROM ${schema}.attempts WHERE outcome = 'answered' GROUP BY task HAVING count(*) > 1`);

  test('two processes, one killed with -9 in the middle: every answer once, the same bytes', async () => {
    const options = { samples: 60, kills: 1, seed: 3, comesBack: false };
    const report = await shareCuration(server(), options);
    expectShared(report, options);
    expect(report.inFlight[0]).toBeGreaterThan(0);
  });

  test('two workers share the work, each writes all of it; a third finds nothing to ask; no password in any file', async () => {
    await world.write(makeSamples(40), ['not a row']);
    const url = server().url('shared');
    const [first, second, third] = [fakeExperts(slowly), fakeExperts(slowly), fakeExperts()];
    const drawn = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const results = await Promise.all([
      world.run(first, { progress: true }, settings('a', url)),
      world.run(second, { progress: true }, settings('b', url)),
    ]);
    const lines = drawn.mock.calls.map(([text]) => String(text));
    drawn.mockRestore();
    // The whole run's count in both, though each did a part of it.
    expect(lines.filter((line) => line.includes(' 40/40 samples'))).toHaveLength(2);
    const before = await alone();
    expect(await readDataset(world.at('a'))).toEqual(before);
    expect(await readDataset(world.at('b'))).toEqual(before);
    const each = [first, second].map(askedInAll);
    expect(each[0] + each[1]).toBe(100);
    expect(Math.min(...each)).toBeGreaterThan(10);
    for (const { bill } of results) expect(bill.stages.refine).toMatchObject({ answers: 40, attempts: 40 });
    await world.run(third, {}, settings('a', url));
    expect(askedInAll(third)).toBe(0);
    expect(await readDataset(world.at('a'))).toEqual(before);
    const record = await readFile(world.at('a/config.yaml'), 'utf8');
    expect(record).toMatch(/^state: .*curator@127/m);
    expect(record).not.toContain('not-to-be-shown');
  });

  test('a preview makes nothing in the database, joins nobody, and shows what is answered', async () => {
    await world.write(makeSamples(2));
    const url = server().url('previewed');
    const look = () => collectPreview(settings('p', url), 2, { media: textReader });
    const statuses = ({ samples }: Awaited<ReturnType<typeof look>>) => samples[0].prompts.map(({ status }) => status);
    expect(statuses(await look())).toEqual(['next', 'later', 'later']);
    expect(await server().query(`SELECT nspname FROM pg_namespace WHERE nspname = 'previewed'`)).toEqual([]);
    await world.run(fakeExperts(), {}, settings('p', url));
    const workers = await server().query('SELECT id FROM previewed.workers');
    expect(statuses(await look())).toEqual(['answered', 'answered', 'answered']);
    expect(await server().query('SELECT id FROM previewed.workers')).toEqual(workers);
  });

  test('workers may share a folder too', async () => {
    await world.write(makeSamples(10));
    const url = server().url('one_folder');
    const models = fakeExperts(slowly);
    await Promise.all([1, 2, 3].map(() => world.run(models, {}, settings('a', url))));
    expect(asked(models)).toEqual([5, 10, 10]);
    expect(await readDataset(world.at('a'))).toEqual(await alone());
  });

  test('what fails is set aside once, for all workers, and asked again by the next run', async () => {
    await world.write(makeSamples(20));
    const url = server().url('failing');
    const broken: Meddle = (model, text) =>
      model === 'refiner' && text.includes('question 3?') ? 'no JSON' : slowly(model, text, undefined as never);
    const workers = [fakeExperts(broken), fakeExperts(broken)];
    const results = await Promise.all(workers.map((models, i) => world.run(models, {}, settings(`w${i}`, url))));
    for (const { counts } of results) expect(counts).toMatchObject({ in: 20, quarantined: 1 });
    expect(workers.map(askedInAll).reduce((sum, n) => sum + n)).toBe(51);
    const before = await alone(broken);
    for (const i of [0, 1]) expect(await readDataset(world.at(`w${i}`))).toEqual(before);
    const healed = fakeExperts();
    expect((await world.run(healed, {}, settings('w0', url))).counts).toMatchObject({ in: 20, quarantined: 0 });
    expect(asked(healed)).toEqual([0, 0, 1]);
  });

  test('a worker without the media does not join; one with other samples is told of the others', async () => {
    await world.write(makeSamples(10));
    const url = server().url('media');
    const lost = { ...settings('a', url), mediaRoot: world.at('elsewhere') };
    expect(await failureOf(world.run(fakeExperts(), {}, lost))).toMatchObject({ code: 'curate-media-root' });
    const hanging = new AbortController();
    const stuck = world.run(
      fakeExperts(() => new Promise(() => {})),
      { signal: hanging.signal },
      settings('a', url),
    );
    await expect
      .poll(
        () =>
          server()
            .query('SELECT id FROM media.rounds')
            .catch(() => []),
        soon,
      )
      .toHaveLength(1);
    const tolerant = { ...settings('b', url), filter: { ...settings('b', url).filter, regressionTolerance: 0.5 } };
    expect(await failureOf(world.run(fakeExperts(), {}, tolerant))).toMatchObject({ code: 'curate-other-run' });
    hanging.abort(new Error('stopped'));
    await expect(stuck).rejects.toThrow('stopped');
    expect(await server().query('SELECT id FROM media.workers')).toEqual([]);
    expect((await world.run(fakeExperts(), {}, settings('b', url))).counts).toMatchObject({ in: 10, quarantined: 0 });
  });

  test('the server crashes and comes back in the middle: nothing is lost, nothing asked twice', async () => {
    await world.write(makeSamples(40));
    const models = fakeExperts(slowly);
    const running = world.run(models, {}, settings('a', server().url('crash')));
    await expect.poll(() => askedInAll(models), soon).toBeGreaterThan(30);
    await server().stop('SIGQUIT');
    await setTimeout(300);
    await server().start();
    expect((await running).counts).toMatchObject({ in: 40, quarantined: 0 });
    expect(askedInAll(models)).toBe(100);
    expect(await paidTwice('crash')).toEqual([]);
    expect(await readDataset(world.at('a'))).toEqual(await alone());
  });

  test('a server that stays away stops the run with what to do, and the next run goes on', async () => {
    await world.write(makeSamples(40));
    const url = server().url('away');
    const impatient = (where: Parameters<typeof openState>[0]) => openState(where, { patienceMs: 300 });
    const models = fakeExperts(slowly);
    const running = world.run(models, { openState: impatient }, settings('a', url));
    const stopped = failureOf(running);
    await expect.poll(() => askedInAll(models), soon).toBeGreaterThan(30);
    await server().stop('SIGINT');
    const failure = await stopped;
    await server().start();
    expect(failure).toMatchObject({ code: 'state-write', fix: expect.stringMatching(/then run again/) });
    expect(failure.describe()).not.toContain('not-to-be-shown');
    const asleep = askedInAll(models);
    // The dead worker's leases go to the next when they have run out: as if a minute had passed.
    await server().query('UPDATE away.workers SET alive_until = 0');
    const again = fakeExperts();
    await world.run(again, {}, settings('a', url));
    expect(asleep + askedInAll(again)).toBeLessThanOrEqual(100 + 12);
    expect(await paidTwice('away')).toEqual([]);
    expect(await readDataset(world.at('a'))).toEqual(await alone());
  });

  test.each([
    ['before', false],
    ['after', true],
  ])(
    'every eighth message to the server is cut off %s it arrives: the same files, every answer asked for once',
    async (_, late) => {
      await world.write(makeSamples(2));
      const harmless = await cutEach(server(), world, { late, every: 8 });
      expect(harmless).toBeGreaterThan(5);
    },
  );
});
