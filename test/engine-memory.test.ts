// What is computed again is not kept: recomputation, and the gradient of swiglu, lower the peak memory of a training step; wide copies of
// weights fed in 16 bits do not pile up. Each way in a process of its own.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const measure = (how: string) => {
  const child = join(import.meta.dirname, 'support/engine-memory-child.ts');
  const out = execFileSync(process.execPath, [child, how], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  return JSON.parse(out) as { loss: number; norm: number; peakMb: number };
};

const addedBy = (how: string, dtype: string) => {
  const child = join(import.meta.dirname, 'support/narrow-memory-child.ts');
  const out = execFileSync(process.execPath, [child, how, dtype], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(out) as { addedMb: number; wideMb: number };
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

test.skipIf(!told).each([
  ['forward', 'f16'],
  ['backward', 'f16'],
  ['forward', 'bf16'],
  ['backward', 'bf16'],
])(`%s: weights fed as %s are wide one layer at a time${note}`, (how, dtype) => {
  const { addedMb, wideMb } = addedBy(how, dtype);
  console.log(`a pass added ${addedMb.toFixed(0)} MB; all weights as f32 would be ${wideMb.toFixed(0)} MB`);
  expect(addedMb).toBeLessThan(wideMb / 5);
});
