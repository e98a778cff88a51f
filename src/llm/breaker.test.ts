// The circuit breaker: when it opens, who tries, what closes it, and when it gives up. On a clock of its own.
import { beforeEach, expect, test } from 'vitest';
import { type Breaker, createBreaker } from './breaker.ts';
import { AttemptFailure } from './retry.ts';

const clock = { now: 0 };
const sleep = async (ms: number) => {
  await new Promise(setImmediate);
  clock.now += ms;
};
const options = {
  threshold: 3,
  cooldownMs: 100,
  maxCooldownMs: 400,
  patienceMs: 2000,
  tools: { now: () => clock.now, sleep },
  facts: { url: 'http://x' },
};
const down = () => Promise.reject(new AttemptFailure('HTTP 500', 'server-error', 'again'));
const outcome = (promise: Promise<unknown>) =>
  promise.then(
    () => 'fine',
    (error: Error) => error,
  );

let breaker: Breaker;
beforeEach(() => {
  clock.now = 0;
  breaker = createBreaker(options);
});

const open = async () => {
  for (let i = 0; i < options.threshold; i++) await outcome(breaker.run(down));
};

test('failures apart do not open it: an answer between them starts the count anew, and so does a request that is refused', async () => {
  for (let i = 0; i < 10; i++) {
    await outcome(breaker.run(down));
    await outcome(breaker.run(down));
    await outcome(
      breaker.run(() => (i % 2 ? Promise.resolve() : Promise.reject(new AttemptFailure('400', 'rejected', 'never')))),
    );
  }
  await breaker.run(() => Promise.resolve());
  expect(clock.now).toBe(0);
});

test('once open nobody asks during the cooldown; then one request tries while the others wait, and all go when it is answered', async () => {
  await open();
  let asked = 0;
  let most = 0;
  const task = async () => {
    most = Math.max(most, ++asked);
    await new Promise(setImmediate);
    return clock.now;
  };
  const { promise: answered, resolve } = Promise.withResolvers<void>();
  const probe = breaker.run(async () => {
    asked++;
    await answered;
    return clock.now;
  });
  const others = Array.from({ length: 5 }, () => breaker.run(task));
  for (let i = 0; i < 20; i++) await new Promise(setImmediate);
  expect(asked).toBe(1);
  resolve();
  expect(await probe).toBeGreaterThanOrEqual(options.cooldownMs);
  await Promise.all(others);
  expect(asked).toBe(6);
});

test('a try that fails costs its request no attempt, and doubles the cooldown up to its limit', async () => {
  await open();
  const waits: number[] = [];
  for (let i = 0; i < 4; i++) {
    const before = clock.now;
    expect(await outcome(breaker.run(down))).toMatchObject({ verdict: 'down', kind: 'server-error' });
    waits.push(clock.now - before);
  }
  expect(waits).toEqual([100, 200, 400, 400]);
});

test('after its patience it fails every request, with what it knows', async () => {
  await open();
  let last: unknown;
  for (let i = 0; i < 20 && !(last && (last as { code?: string }).code); i++) last = await outcome(breaker.run(down));
  expect(last).toMatchObject({ code: 'llm-down', facts: { url: 'http://x', since: new Date(0).toISOString() } });
  expect((last as Error).message).toBe('The endpoint has given no answer for 2 s: HTTP 500.');
  expect(clock.now).toBeLessThan(4000);
});

test('when the request that tries is given up, one of those that waited tries, not all of them', async () => {
  await open();
  const { promise: stopped, reject: stop } = Promise.withResolvers<void>();
  const given = outcome(breaker.run(() => stopped));
  const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
  let trying = 0;
  const others = Array.from({ length: 5 }, () =>
    breaker.run(() => {
      trying++;
      return answered;
    }),
  );
  for (let i = 0; i < 20; i++) await new Promise(setImmediate);
  stop(new Error('stop'));
  expect(await given).toMatchObject({ message: 'stop' });
  for (let i = 0; i < 20; i++) await new Promise(setImmediate);
  expect(trying).toBe(1);
  answer();
  await Promise.all(others);
  expect(trying).toBe(5);
});

test('a request that is given up while it tries lets another one try', async () => {
  await open();
  expect(await outcome(breaker.run(() => Promise.reject(new Error('stop'))))).toMatchObject({ message: 'stop' });
  expect(await breaker.run(() => Promise.resolve('back'))).toBe('back');
});
