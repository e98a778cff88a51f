// The progress bar with a clock of our own, on a terminal and in a log file.
import { afterEach, expect, test, vi } from 'vitest';
import { log } from './log.ts';
import { createProgress, formatDuration } from './progress.ts';

function harness(isTTY: boolean, columns?: number) {
  const written: string[] = [];
  const clock = { ms: 0 };
  const stream = { isTTY, columns, write: (text: string) => written.push(text) };
  return { written, clock, stream, now: () => clock.ms };
}

afterEach(() => void vi.restoreAllMocks());

test('durations', () => {
  expect([7.4, 185, 7440, -3].map(formatDuration)).toEqual(['7 s', '3 min 05 s', '2 h 04 min', '0 s']);
});

test('in a log: a line every few seconds, rate without the resumed part, time left', () => {
  const { written, clock, stream, now } = harness(false);
  const bar = createProgress({ label: 'SFT', total: 100, initial: 40, unit: 'steps', stream, now });
  for (let i = 0; i < 10; i++) {
    clock.ms += 500;
    bar.advance(1, `loss ${i}`);
  }
  clock.ms += 1000;
  bar.advance(2);
  bar.finish('done');
  expect(written).toEqual([
    'SFT ████████░░░░░░░░░░░░ 41/100 steps · 2.0 steps/s · 30 s left · loss 0\n',
    'SFT ██████████░░░░░░░░░░ 52/100 steps · 2.0 steps/s · 24 s left · loss 9\n',
    'SFT ██████████░░░░░░░░░░ 52/100 steps · 2.0 steps/s · 6 s · done\n',
  ]);
});

test('slow items show seconds each', () => {
  const { written, clock, stream, now } = harness(false);
  const bar = createProgress({ label: 'x', total: 2, stream, now });
  clock.ms = 4000;
  bar.set(1);
  expect(written[0]).toContain('4.0 s each · 4 s left');
});

test('on a terminal it redraws one line, cut to the width, and makes room for messages', () => {
  const { written, clock, stream, now } = harness(true, 30);
  const stderr = vi.spyOn(process.stderr, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  const bar = createProgress({ label: 'GRPO', total: 2, stream, now });
  clock.ms = 1000;
  bar.advance();
  log.info('hello');
  bar.advance();
  bar.finish();
  log.info('after');
  stderr.mockRestore();
  const [first, hide, message, again, ...rest] = written;
  expect(first).toBe('GRPO ██████████░░░░░░░░░░ 1/2');
  expect([first.length < 30, hide, message, again]).toEqual([true, '\r\x1b[K', 'hello\n', first]);
  expect(rest.at(-2)).toBe('\n');
  expect(rest.at(-1)).toBe('after\n');
});

test('items that were there already count as done and not in the rate', () => {
  const { stream, written, clock, now } = harness(false);
  const bar = createProgress({ label: 'curate', total: 100, unit: 'samples', stream, now });
  bar.skip(50);
  clock.ms += 5000;
  bar.advance(10);
  expect(written.at(-1)).toBe('curate ████████████░░░░░░░░ 60/100 samples · 2.0 samples/s · 20 s left\n');
});
