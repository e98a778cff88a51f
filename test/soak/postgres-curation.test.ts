// Curations on one PostgreSQL when much goes wrong: forty kills of two workers, and a connection cut at every single message. Skips where there
// is no PostgreSQL to start.
import { expect, test } from 'vitest';
import { useCurateFixture } from '../support/curate-fixture.ts';
import { makeSamples } from '../support/curate-world.ts';
import { cutEach } from '../support/cut-curation.ts';
import { describePostgres } from '../support/postgres-suite.ts';
import { shareCuration } from '../support/shared-curation.ts';
import { expectShared } from '../support/shared-curation-checks.ts';

describePostgres((server) => {
  const world = useCurateFixture();

  test('two workers killed 40 times between them', async () => {
    const options = { samples: 500, kills: 40, seed: 4, comesBack: true };
    expectShared(await shareCuration(server(), options), options);
  });

  test.each([
    ['before', false],
    ['after', true],
  ])('every message cut off %s it arrives', async (_, late) => {
    await world.write(makeSamples(2));
    expect(await cutEach(server(), world, { late, every: 1 })).toBeGreaterThan(60);
  });
});
