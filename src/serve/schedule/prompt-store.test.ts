// Which prompts are known, how much of another is taken over, and what goes when memory is full.
import { afterAll, describe, expect, test } from 'vitest';
import { ask, closeJobs, inference, model, never, options } from './jobs.fixture.ts';
import { cacheCapacity, PromptStore, sharedTokens } from './prompt-store.ts';
import { Scheduler } from './scheduler.ts';

afterAll(closeJobs);

describe('the store of prompts', () => {
  test('is bounded in bytes, and the least recently used goes first', async () => {
    const one = new PromptStore(inference, options);
    await one.get(ask(0));
    const size = one.bytes;
    const store = new PromptStore(inference, { maxBytes: 2.5 * size, prefixes: false });
    for (const p of [0, 1, 0, 3]) await store.get(ask(p));
    expect(store.bytes).toBeLessThanOrEqual(2.5 * size);
    expect([0, 1, 3].map((p) => store.known(ask(p)) !== undefined)).toEqual([true, false, true]);
    const none = new PromptStore(inference, { maxBytes: 0, prefixes: true });
    expect((await none.get(ask(0))).cachedTokens).toBe(0);
    expect(none.bytes).toBe(0);
  });

  test('a prompt that goes on where another ends computes the rest only, and says the same', async () => {
    const turn = { role: 'user', content: 'Which way does the circle move? '.repeat(12) } as const;
    const [first, second] = [[turn], [turn, { role: 'assistant', content: 'left' } as const, turn]];
    const jobs = [first, second].map((messages) => ({ ...ask(0), prompt: model.prepare(messages), media: [] }));
    const [begin, whole] = [jobs[0], { ...jobs[1], said: [] }];
    const scheduler = new Scheduler(inference, options);
    await scheduler.run(begin, never);
    const served = await scheduler.run(jobs[1], never);
    expect(served.cachedTokens).toBeGreaterThanOrEqual(64);
    expect(served.cachedTokens).toBeGreaterThan(begin.prompt.tokens.length - 10); // all but the header of the answer
    const fresh = ask(0);
    await new Scheduler(inference, options).run({ ...whole, onToken: fresh.onToken }, never);
    expect(jobs[1].said).toEqual(fresh.said);
  });

  test('beginnings are shared up to the first token or medium that differs, never half a video', () => {
    const [a, b] = [ask(0), ask(4)]; // the same question with longer wording, other clips
    const known = { tokens: a.prompt.tokens, media: a.media };
    const start = a.prompt.vision[0].start;
    expect(sharedTokens(known, a)).toBe(a.prompt.tokens.length);
    expect(sharedTokens(known, b)).toBe(start);
    const parts = b.prompt.tokens.findIndex((t, i) => t !== a.prompt.tokens[i]);
    expect(parts).toBeGreaterThan(start);
    expect(sharedTokens(known, { ...b, media: a.media })).toBe(parts);
    expect(sharedTokens({ ...known, tokens: known.tokens.slice(0, start + 1) }, a)).toBe(start);
  });

  test('capacities hold what they are for, are few, and waste less than half', () => {
    const sizes = new Set<number>();
    for (let n = 1; n <= 4096; n++) {
      const size = cacheCapacity(n);
      sizes.add(size);
      expect(size).toBeGreaterThanOrEqual(n);
      expect(size % 64).toBe(0);
      if (n > 128) expect(size).toBeLessThanOrEqual(1.5 * n);
    }
    expect(sizes.size).toBeLessThanOrEqual(11);
  });
});
