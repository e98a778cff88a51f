// The adaptive limit against an endpoint that takes a certain number at once and says 429 to more: it gets there, stays near, and comes back.
import { expect, test } from 'vitest';
import { createAdaptiveLimiter } from './adaptive.ts';
import { AttemptFailure } from './retry.ts';

/** That the endpoint said no is part of the game; anything else fails the test. */
const refusedOnly = (error: unknown) => {
  if (!(error instanceof AttemptFailure)) throw error;
};
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** An endpoint that takes `capacity` at once, and what it saw. */
function endpoint(capacity: number) {
  const seen = { now: 0, most: 0, refused: 0, answered: 0 };
  return {
    seen,
    resize(to: number) {
      capacity = to;
    },
    async ask(): Promise<void> {
      if (seen.now >= capacity) {
        seen.refused++;
        await turn();
        throw new AttemptFailure('HTTP 429', 'rate-limit', 'later');
      }
      seen.most = Math.max(seen.most, ++seen.now);
      await turn();
      seen.now--;
      seen.answered++;
    },
  };
}

function setup(ceiling: number, capacity: number) {
  let time = 0;
  const limiter = createAdaptiveLimiter({ ceiling, now: () => time });
  const server = endpoint(capacity);
  const ask = async () => {
    await limiter
      .run(async () => {
        time++;
        await server.ask();
      })
      .catch(refusedOnly);
  };
  /** So many requests, as many at a time as it wants. */
  const work = (count: number) => Promise.all(Array.from({ length: count }, ask));
  return { limiter, server, work };
}

test('it begins with 8 and climbs to the ceiling where nobody objects', async () => {
  const { limiter, server, work } = setup(100, 1000);
  expect(limiter.limit).toBe(8);
  await work(8);
  expect(server.seen.most).toBe(8);
  await work(600);
  expect(limiter.limit).toBe(100);
  expect(server.seen.most).toBe(100);
});

test('a ceiling below the beginning holds from the start', async () => {
  const { server, work } = setup(3, 1000);
  await work(50);
  expect(server.seen.most).toBe(3);
});

test('it finds what an endpoint takes: few refusals, and most of the capacity in use', async () => {
  const { limiter, server, work } = setup(512, 40);
  await work(500);
  const learning = server.seen.refused;
  await work(4000);
  expect(limiter.limit).toBeGreaterThan(18);
  expect(limiter.limit).toBeLessThanOrEqual(44);
  expect(learning).toBeLessThan(200);
  expect((server.seen.refused - learning) / 4000).toBeLessThan(0.05);
});

test('when the endpoint takes less, it follows down, and up again', async () => {
  const { limiter, server, work } = setup(512, 40);
  await work(2000);
  server.resize(5);
  await work(500);
  expect(limiter.limit).toBeLessThanOrEqual(7);
  server.resize(40);
  await work(4000);
  expect(limiter.limit).toBeGreaterThan(18);
});

test('a crowd that was out together is one sign: the limit halves once', async () => {
  const { limiter, work } = setup(64, 64);
  await work(500);
  const before = limiter.limit;
  const together = Array.from({ length: before }, () =>
    limiter
      .run(async () => {
        await turn();
        throw new AttemptFailure('HTTP 429', 'rate-limit', 'later');
      })
      .catch(refusedOnly),
  );
  await Promise.all(together);
  expect(limiter.limit).toBe(Math.floor(before / 2));
});

test('little demand does not raise it: an endpoint that was never asked for more has not shown that it takes more', async () => {
  const { limiter, work } = setup(100, 1000);
  for (let i = 0; i < 50; i++) await work(3);
  expect(limiter.limit).toBe(8);
});
