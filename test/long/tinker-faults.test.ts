// A remote run in trouble: connections that are lost before and after a request was taken, servers that are busy, that answer in every way
// the protocol has, that are killed. It changes no number.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { TinkerOptions } from '../../src/backends/tinker/index.ts';
import { hash32 } from '../../src/base/rng.ts';
import { openRun } from '../../src/runs/index.ts';
import { trainGrpo } from '../../src/train/grpo.ts';
import { resumeTraining, runSink } from '../../src/train/run-sink.ts';
import type { TrainSink } from '../../src/train/sink.ts';
import { failureOf } from '../support/failure.ts';
import { tinyTinker } from '../support/tinker-server/index.ts';
import type { Fault, TinkerServer } from '../support/tinker-server/server.ts';
import { serversOfTests } from '../support/tinker-server/tests.ts';
import { tinyPrompt, tinySample } from '../support/tiny-model.ts';
import { grpoConfig, scorer } from '../support/train-run.ts';

const serve = serversOfTests();

const folder = () => mkdtempSync(join(tmpdir(), 'tinker-run-'));
const samples = [0, 1, 2, 3].map((id) => tinySample(id));
const config = { ...grpoConfig, questions: 2, steps: 3, saveEvery: 1 };

/** GRPO in a run directory, from where it stands to its end; resolves to its metrics. */
async function train(
  server: TinkerServer,
  dir: string,
  watch = (sink: TrainSink) => sink,
  options: Partial<TinkerOptions> = {},
) {
  const run = await openRun(dir, { command: 'grpo', config, versions: {} });
  // One request a batch: the order in which several arrive would change sums in their last bits.
  const backend = await tinyTinker(server, { sequencesPerRequest: 64, ...options });
  try {
    const start = await resumeTraining(run, backend);
    if (start.fresh) await backend.setReference();
    const load = async (sample: (typeof samples)[number]) => tinyPrompt(sample);
    await trainGrpo(backend, samples, load, scorer(), config, watch(runSink(run)), start);
  } finally {
    await backend.close();
    run.close();
  }
  return run.metrics.all();
}

describe('what can be waited out', () => {
  test('lost connections, busy servers, polls that end, queues that pause, results that are gone: the same run', async () => {
    const calm = await serve();
    const expected = await train(calm, folder());
    const again = { type: 'try_again', request_id: '1', queue_state: 'paused_capacity', queue_state_reason: 'full' };
    const calmly = new Array<undefined>(5).fill(undefined);
    const statuses = [408, 425, 429, 500, 503].map((status) => ({ status }));
    const kinds: (Fault | undefined)[] = ['lost-request', 'lost-answer', ...statuses, ...calmly];
    const polls: (Fault | undefined)[] = [...kinds, { status: 200, body: again }];
    const rough = await serve({
      holdMs: 5,
      fault: (path, n) => {
        const isPoll = path === '/retrieve_future';
        // Now and then: a result that takes long is polled often, and would never be had.
        if (isPoll && [20, 60, 140].includes(n)) return { status: 410 };
        const faults = isPoll ? polls : kinds;
        return faults[hash32(`${path}/${n}`) % faults.length];
      },
    });
    expect(await train(rough, folder(), undefined, { timeoutMs: 2000, retryMs: 2 })).toEqual(expected);
    expect(rough.requests.length).toBeGreaterThan(2 * calm.requests.length);
  });

  test('a run of which the server is killed and started again goes on from its checkpoint, to the same end', async () => {
    const expected = await train(await serve(), folder());
    const server = await serve();
    const dir = folder();
    const killing = (sink: TrainSink): TrainSink => ({
      ...sink,
      metrics: async (row) => {
        await sink.metrics(row);
        if (row.step !== 1) return;
        await server.kill();
        setTimeout(() => void server.start(), 300);
      },
    });
    expect(await failureOf(train(server, dir, killing))).toMatchObject({
      code: 'tinker-lost',
      fix: expect.stringContaining('goes on from its last checkpoint'),
    });
    expect(await train(server, dir)).toEqual(expected);
  });
});
