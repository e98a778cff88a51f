// A curation by batches, killed with -9 at one call to the vendor after the other: before it is worked on, and after it, when the answer does not arrive.
// What was submitted is waited for by the next process, by another machine too, and nothing is submitted twice.
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { type BatchServer, startBatchServer } from '../support/batch-server.ts';
import { ended, readDataset, startCuration } from '../support/curate-kills.ts';
import { makeSamples, writeWorld } from '../support/curate-world.ts';
import { scriptedReply } from '../support/flaky-experts.ts';
import { describePostgres } from '../support/postgres-suite.ts';

const SAMPLES = 6;
const CALLS = SAMPLES * 2.5;

let root: string;
let whole: Record<string, string>;
let calls = 0;

/** A server that calls back at its n-th call. */
const startCounted = (at: number, when: 'before' | 'after', call: () => Promise<void>) => {
  const seen = { before: 0, after: 0 };
  return startBatchServer({
    reply: scriptedReply,
    async call(_, now) {
      calls = Math.max(calls, ++seen[now]);
      if (now === when && seen[now] === at) await call();
    },
  });
};

const curate = (out: string, server: BatchServer, state = 'sqlite') =>
  startCuration(root, join(root, out), server.baseURL, state, 'batch');

function expectOnce({ submitted }: BatchServer): void {
  const ids = submitted.flat().map(({ custom_id }) => custom_id);
  expect(ids.length).toBe(CALLS);
  expect(new Set(ids).size).toBe(CALLS);
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'videorft-batches-'));
  await writeWorld(root, makeSamples(SAMPLES));
  await using server = await startCounted(0, 'before', async () => {});
  expect(await ended(curate('whole', server))).toBe(0);
  expectOnce(server);
  whole = await readDataset(join(root, 'whole'));
});

test.each(['before', 'after'] as const)('killed %s a call is worked on', async (when) => {
  expect(calls).toBeGreaterThan(12);
  for (let at = when === 'before' ? 2 : 5; at <= calls; at += 6) {
    const out = `${when}-${at}`;
    let killed: Promise<unknown> | undefined;
    await using server = await startCounted(at, when, async () => {
      killed = ended(child);
      child.kill('SIGKILL');
      await killed;
    });
    const child = curate(out, server);
    const code = await ended(child);
    await setTimeout(50);
    // A run may need fewer calls than the one before.
    if (code !== 0) expect(await ended(curate(out, server))).toBe(0);
    expectOnce(server);
    expect(await readDataset(join(root, out))).toEqual(whole);
  }
});

describePostgres((database) => {
  test('the batch of a machine that died is waited for by another', async () => {
    const made = Promise.withResolvers<void>();
    await using server = await startBatchServer({
      reply: scriptedReply,
      looks: 10,
      call: (name, when) => {
        if (name === 'POST /batches' && when === 'after') made.resolve();
      },
    });
    const url = database().url('batches');
    const first = curate('first', server, url);
    await made.promise;
    await setTimeout(50);
    first.kill('SIGKILL');
    expect(await ended(curate('second', server, url))).toBe(0);
    expectOnce(server);
    expect(await readDataset(join(root, 'second'))).toEqual(whole);
  });
});
