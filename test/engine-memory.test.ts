// What is computed again is not kept: recomputation, and the gradient of swiglu, lower the peak memory of a training step. 12 wide
// blocks, each way in a process of its own.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const measure = (how: string) => {
  const child = join(import.meta.dirname, 'support/engine-memory-child.ts');
  const out = execFileSync(process.execPath, [child, how], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  return JSON.parse(out) as { loss: number; norm: number; peakMb: number };
};

const told = existsSync('/proc/self/status');
const note = told ? '' : ' (skipped: Linux alone tells a process its own peak)';

test.skipIf(!told).each([
  ['recompute', 'plain', 0.7],
  ['swiglu', 'silu', 0.8],
])(`the peak of %s is below that of %s times %d, loss and gradient norm stay${note}`, (how, than, share) => {
  const [less, more] = [measure(how), measure(than)];
  console.log(`peak memory: ${more.peakMb.toFixed(0)} MB ${than}, ${less.peakMb.toFixed(0)} MB ${how}`);
  expect(less.loss).toBeCloseTo(more.loss, 5);
  expect(less.norm / more.norm).toBeCloseTo(1, 5);
  expect(less.peakMb).toBeLessThan(share * more.peakMb);
});
