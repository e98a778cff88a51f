// 32 streams at once for five minutes, good and bad requests mixed: none lost, none crossed, and memory does not grow with time.
// Run: npx vitest run --project soak test/soak/serve.test.ts
import { expect, test } from 'vitest';
import { soakServer } from '../support/serve-soak.ts';

test('five minutes', async () => {
  const { right, wrong, mostStreams, memory, tokens, left } = await soakServer(300);
  const rows = Object.entries(right).map(([name, n]) => `${name} ${n}`);
  console.log(`right: ${rows.join(', ')}; wrong: ${wrong.length}; at most ${mostStreams} streams at once`);
  console.log(`memory: ${memory.map((m) => m.toFixed(0)).join(' → ')} MiB; about ${Math.round(tokens / 300)} tokens/s`);
  expect(wrong).toEqual([]);
  expect(mostStreams).toBe(32);
  expect(left).toMatchObject({ rows: 0, waiting: 0, requests: 0 });
  expect(memory[1]).toBeLessThan(1.3 * memory[0]);
});
