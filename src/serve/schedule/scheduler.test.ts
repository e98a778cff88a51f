// Requests that share the model against requests alone, and what happens to the others when one goes, fails or waits.
import { afterAll, describe, expect, test } from 'vitest';
import { GenerationPrograms, Generator, type Inference, type VideoLanguageModel } from '../../models/index.ts';
import { ask, closeJobs, inference, model, never, options, prompts } from './jobs.fixture.ts';
import { bytesPerToken, decodeBytes } from './memory.ts';
import { type Job, Scheduler } from './scheduler.ts';

afterAll(closeJobs);

/** 32 requests that differ in prompt and in every setting. */
const mixed = () =>
  Array.from({ length: 32 }, (_, i) =>
    ask(i % 8, {
      seed: i,
      n: 1 + (i % 2),
      temperature: [0, 0.7, 1, 1.3][i % 4],
      topP: [1, 0.9][i % 2],
      topK: [0, 20, 0][i % 3],
      maxTokens: 6 + ((7 * i) % 40),
    }),
  );

describe('sharing', () => {
  test('what a request gets does not depend on the 31 beside it, nor on the order and time of their coming', async () => {
    const alone = mixed();
    for (const job of alone) await new Scheduler(inference, options).run(job, never);
    const together = mixed();
    const scheduler = new Scheduler(inference, options);
    await Promise.all(together.map((job) => scheduler.run(job, never)));
    expect(together.map((j) => j.said)).toEqual(alone.map((j) => j.said));
    // Coming one by one while others decode: each token of one lets the next in.
    const staggered = mixed().reverse();
    const later = new Scheduler(inference, options);
    const running: Promise<unknown>[] = [];
    for (const job of staggered) {
      const first = Promise.withResolvers<void>();
      const onToken: Job['onToken'] = (...args) => {
        first.resolve();
        return job.onToken(...args);
      };
      running.push(later.run({ ...job, onToken }, never));
      await first.promise;
    }
    await Promise.all(running);
    expect(staggered.map((j) => j.said).reverse()).toEqual(alone.map((j) => j.said));
    expect(new Set(alone.flatMap((j) => j.said.map((s) => s.length))).size).toBeGreaterThan(8);
  });

  test('the tokens are those of the generator that training uses', async () => {
    const generator = new Generator(model, { threads: 1 });
    const scheduler = new Scheduler(inference, options);
    for (const temperature of [0, 1]) {
      const common = { temperature, maxTokens: 24, seed: 5 };
      const want = await generator.generate([prompts[3]], model.weights, { ...common, numSamples: 3, streams: [0] });
      const job = ask(3, { ...common, n: 3 });
      await scheduler.run(job, never);
      expect(job.said).toEqual(want[0].map((g) => g.tokens));
    }
    await generator.dispose();
  });

  test('an equal prompt is computed once; one that begins the same, from where they part', async () => {
    const scheduler = new Scheduler(inference, options);
    const [a, b] = await Promise.all([scheduler.run(ask(0), never), scheduler.run(ask(0, { seed: 9 }), never)]);
    expect([a.cachedTokens, b.cachedTokens]).toEqual([0, prompts[0].tokens.length]);
    const other = await scheduler.run({ ...ask(0), media: ['another clip'] }, never);
    expect(other.cachedTokens).toBe(0); // the same tokens about another clip are another prompt
  });
});

describe('comings and goings', () => {
  test('one that is given up leaves its rows, before, while and after it decodes; the others go on', async () => {
    const want = ask(1, { maxTokens: 48 });
    await new Scheduler(inference, options).run(want, never);
    const scheduler = new Scheduler(inference, options);
    const controller = new AbortController();
    let rowsBefore = 0;
    const given = ask(2, {
      n: 4,
      maxTokens: 60,
      temperature: 1,
      onToken: (sample) => {
        if (sample === 0 && ++rowsBefore === 3) controller.abort(new Error('given up'));
        return false;
      },
    });
    const stays = ask(1, { maxTokens: 48 });
    const waits = new AbortController();
    const [first, second] = [scheduler.run(given, controller.signal), scheduler.run(stays, never)];
    const third = scheduler.run(ask(4), waits.signal);
    waits.abort(new Error('never begun'));
    await expect(third).rejects.toThrow('never begun');
    await expect(first).rejects.toThrow('given up');
    expect(scheduler.load.rows).toBeLessThanOrEqual(1);
    await second;
    expect(stays.said).toEqual(want.said);
    expect(scheduler.load).toEqual({ rows: 0, waiting: 0 });
    await expect(scheduler.run(ask(0), controller.signal)).rejects.toThrow('given up');
  });

  test('more than the rows wait, in order, and all are served', async () => {
    const scheduler = new Scheduler(inference, { ...options, maxRows: 4 });
    const order: number[] = [];
    let most = 0;
    const jobs = Array.from({ length: 12 }, (_, i) =>
      ask(i % 4, {
        seed: i,
        n: 1 + (i % 3),
        onToken: () => {
          if (!order.includes(i)) order.push(i);
          most = Math.max(most, scheduler.load.rows);
          return false;
        },
      }),
    );
    await Promise.all(jobs.map((job) => scheduler.run(job, never)));
    expect(order).toEqual([...Array(12).keys()]);
    expect(most).toBeLessThanOrEqual(4);
    expect(most).toBeGreaterThan(2);
  });

  test('who would need more memory than there is beside the others waits', async () => {
    const demand = { promptTokens: 90, maxTokens: 24, n: 2 };
    const one = decodeBytes(model, [demand], 64);
    const scheduler = new Scheduler(inference, { ...options, decodeBytes: 2.5 * one });
    let most = 0;
    const jobs = Array.from({ length: 6 }, (_, i) =>
      ask(i % 2, {
        n: 2,
        onToken: () => {
          most = Math.max(most, scheduler.load.rows);
          return false;
        },
      }),
    );
    await Promise.all(jobs.map((job) => scheduler.run(job, never)));
    expect(most).toBe(4);
  });

  test('the memory foreseen is at least what the caches take', async () => {
    const taken: number[] = [];
    const counted: VideoLanguageModel = {
      ...model,
      decodeGraph: (shape) => {
        const { blocks, perBlock, promptCapacity, ownCapacity } = shape;
        taken.push(bytesPerToken(model) * (blocks * promptCapacity + blocks * perBlock * ownCapacity));
        return model.decodeGraph(shape);
      },
    };
    const fresh = { ...inference, model: counted, programs: new GenerationPrograms(counted, { threads: 1 }) };
    const jobs = mixed();
    const scheduler = new Scheduler(fresh, options);
    await Promise.all(jobs.map((job) => scheduler.run(job, never)));
    await fresh.programs.dispose();
    const demands = jobs.map(({ prompt, maxTokens, n }) => ({ promptTokens: prompt.tokens.length, maxTokens, n }));
    expect(taken.length).toBeGreaterThan(3);
    expect(Math.max(...taken)).toBeLessThanOrEqual(decodeBytes(model, demands, options.maxTokens));
    expect(Math.max(...taken)).toBeGreaterThan(0.2 * decodeBytes(model, demands, options.maxTokens));
  });

  test('a completion that its owner ends leaves at once, the others of the request go on', async () => {
    const seen = [0, 0];
    const job = ask(0, {
      n: 2,
      maxTokens: 20,
      onToken: (sample) => ++seen[sample] === 5 && sample === 0,
    });
    await new Scheduler({ ...inference, model: { ...model, endOfTurn: -1 } }, options).run(job, never);
    expect(seen).toEqual([5, 20]);
  });
});

describe('failures', () => {
  /** The model, whose `step`-th decoding step fails. */
  const failing = (step: number): Inference => {
    let steps = 0;
    const decodeFeeds: VideoLanguageModel['decodeFeeds'] = (positions) => {
      if (++steps === step) throw new Error('out of memory');
      return model.decodeFeeds(positions);
    };
    return { ...inference, model: { ...model, decodeFeeds } };
  };

  test('a step that fails ends those who decode; who comes next is served', async () => {
    const scheduler = new Scheduler(failing(3), options);
    const results = await Promise.allSettled([scheduler.run(ask(0), never), scheduler.run(ask(1), never)]);
    expect(results.map((r) => r.status)).toEqual(['rejected', 'rejected']);
    const [job, want] = [ask(2), ask(2)];
    await scheduler.run(job, never);
    await new Scheduler(inference, options).run(want, never);
    expect(job.said).toEqual(want.said);
  });

  test('a prompt that fails, or an owner that throws, ends its own request only', async () => {
    const scheduler = new Scheduler(inference, options);
    const broken = { ...prompts[1], positions: new Int32Array(1) };
    const thrower = ask(3, {
      onToken: () => {
        throw new Error('no text');
      },
    });
    const [bad, fine, mute] = await Promise.allSettled([
      scheduler.run({ ...ask(1), prompt: { ...broken, tokens: undefined as unknown as Int32Array } }, never),
      scheduler.run(ask(0), never),
      scheduler.run(thrower, never),
    ]);
    expect([bad.status, fine.status, mute.status]).toEqual(['rejected', 'fulfilled', 'rejected']);
    expect(scheduler.load).toEqual({ rows: 0, waiting: 0 });
  });
});
