// Recomputation lowers the peak memory of a training step: 12 wide blocks, each way in a process of its own.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const measure = (how: 'plain' | 'recompute') => {
  const child = join(import.meta.dirname, 'support/engine-memory-child.ts');
  const out = execFileSync(process.execPath, [child, how], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  return JSON.parse(out) as { loss: number; norm: number; peakMb: number };
};

// Linux alone tells a process its own peak.
test.skipIf(!existsSync('/proc/self/status'))(
  'the peak falls below 0.7 of what it was, loss and gradient norm stay',
  () => {
    const [plain, recompute] = [measure('plain'), measure('recompute')];
    console.log(
      `peak memory: ${plain.peakMb.toFixed(0)} MB plain, ${recompute.peakMb.toFixed(0)} MB with recomputation`,
    );
    expect(recompute.loss).toBeCloseTo(plain.loss, 5);
    expect(recompute.norm / plain.norm).toBeCloseTo(1, 5);
    expect(recompute.peakMb).toBeLessThan(0.7 * plain.peakMb);
  },
);
