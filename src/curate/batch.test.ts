// A curation by the experts' batch interface: the same files as by single requests, at the price of batches. Kills are in test/long/curate-batches.test.ts.
import { expect, test } from 'vitest';
import { startBatchServer } from '../../test/support/batch-server.ts';
import { useCurateFixture } from '../../test/support/curate-fixture.ts';
import { readDataset } from '../../test/support/curate-kills.ts';
import { batchModels, fakeExperts, makeSamples, textReader, worldConfig } from '../../test/support/curate-world.ts';
import { scriptedReply } from '../../test/support/flaky-experts.ts';
import { readJsonl } from '../base/jsonl.ts';
import { estimateCuration } from './estimate.ts';
import { formatEstimate } from './estimate-text.ts';

const world = useCurateFixture();
const batch = { use: true, gatherSeconds: 0.1, pollSeconds: 0.02 };
/** One unit a token in, two a token out: 11 + 2 · 7 a reply, and half of it in a batch. */
const price = { input: 1e6, output: 2e6 };

function settings(out: string, baseURL?: string) {
  const config = worldConfig(world.at('.'), world.at(out), {}, baseURL, batch);
  const { describer, reasoner, refiner } = config.experts;
  return { ...config, experts: { describer: { ...describer, price }, reasoner, refiner } };
}

test('the same files as by single requests, a batch for each stage, lines that failed asked again, half the price', async () => {
  await world.write(makeSamples(20), ['not a row']);
  await world.run(fakeExperts(), {}, world.config({ out: world.at('single') }));
  const troubled = new Set<string>();
  await using server = await startBatchServer({
    reply(body, id) {
      if (body.model !== 'describer' || troubled.size === 3 || troubled.has(id)) return scriptedReply(body);
      troubled.add(id);
      return { status: troubled.size === 1 ? 429 : 500 };
    },
  });
  const config = settings('batched', server.baseURL);
  const { bill } = await world.run(batchModels(config), {}, config);
  expect(await readDataset(world.at('batched'))).toEqual(await readDataset(world.at('single')));
  const answered = server.submitted.flat().length;
  expect(answered).toBe(10 + 20 + 20 + 3);
  // Gathered, not one by one; on a busy machine one may go out before the last has come.
  expect(server.submitted.length).toBeLessThan(20);
  expect(bill.stages.describe).toMatchObject({
    answers: 10,
    attempts: 13,
    outcomes: { answered: 10, 'rate-limit': 1, 'server-error': 2 },
    cost: (10 * (11 + 2 * 7)) / 2,
  });
  const { rows } = await readJsonl<{ describe: { cost: number } }>(world.at('batched/provenance.jsonl'));
  expect(rows[0].describe.cost).toBe((11 + 2 * 7) / 2);
  expect([...server.files.keys()].filter((name) => name.endsWith('-1'))).toEqual([]); // what was uploaded is deleted
});

test('a run goes on behind a batch that the vendor has forgotten: its attempts are lost, and asked again', async () => {
  await world.write(makeSamples(20));
  await world.run(fakeExperts(), {}, world.config({ out: world.at('single') }));
  const stop = new AbortController();
  const call = (name: string) => void (name === 'GET /batches/batch_1' && stop.abort(new Error('stopped')));
  await using server = await startBatchServer({ reply: scriptedReply, call });
  const config = settings('batched', server.baseURL);
  await expect(world.run(batchModels(config), { signal: stop.signal }, config)).rejects.toThrow('stopped');
  const gone = server.submitted.flat().length;
  expect(gone).toBeGreaterThan(0);
  server.forget('all');
  const { bill } = await world.run(batchModels(config), {}, config);
  expect(await readDataset(world.at('batched'))).toEqual(await readDataset(world.at('single')));
  const { attempts, outcomes } = bill.stages.describe;
  expect({ attempts, outcomes }).toEqual({ attempts: 10 + gone, outcomes: { answered: 10, lost: gone } });
});

test('a dry run has the price and the hours of batches', async () => {
  await world.write(makeSamples(20));
  const estimate = await estimateCuration(settings('out'), { media: textReader });
  const single = await estimateCuration(world.config(), { media: textReader });
  const { promptTokens, completionTokens } = single.stages.describe;
  expect(estimate.stages.describe.cost).toBeCloseTo((promptTokens + 2 * completionTokens) / 2);
  expect(estimate.stages.describe).toMatchObject({ calls: 10, hours: 24, batched: true });
  expect(formatEstimate(estimate)).toMatch(/describe: 10 calls,.* 24 h 00 min at most, in batches \(assumed\)/);
});
