// 10,000 malformed and hostile requests to the reward server, good ones among them: no crash, no leak, no file outside the root.
// Run: npx vitest run --project soak test/soak/rewards.test.ts
import { expect, test } from 'vitest';
import { hostileRun } from '../support/hostile-run.ts';

test('10,000 hostile requests', async () => {
  const { right, wrong, memory, files, left, status } = await hostileRun(10_000, 2);
  console.log(
    Object.entries(right)
      .map(([kind, n]) => `${kind} ${n}`)
      .join(', '),
  );
  console.log(
    `memory ${memory.map(Math.round).join(' → ')} MiB, open files ${files.join(' → ')}, wrong ${wrong.length}`,
  );
  expect(wrong).toEqual([]);
  expect([left, status]).toEqual([0, 0]);
  expect(memory[1]).toBeLessThan(1.3 * memory[0]);
  expect(files[1]).toBeLessThan(files[0] + 20);
});
