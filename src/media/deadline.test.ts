// A hang becomes an error; work that notices stops by itself.
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../test/support/failure.ts';
import { withDeadline } from './deadline.ts';

describe('withDeadline', () => {
  it('turns work that never ends into media-timeout and interrupts it', async () => {
    let interrupted = false;
    const error = await failureOf(
      withDeadline('clip.mp4', 20, (watch) => {
        watch.onExpire(() => {
          interrupted = true;
        });
        return new Promise(() => undefined);
      }),
    );
    expect(error.code).toBe('media-timeout');
    expect(error.message).toContain('clip.mp4');
    expect(interrupted).toBe(true);
  });

  it('stops work that holds the thread at its next check', async () => {
    let steps = 0;
    const error = await failureOf(
      withDeadline('clip.mp4', 20, async (watch) => {
        for (;;) {
          steps++;
          watch.check();
        }
      }),
    );
    expect(error.code).toBe('media-timeout');
    expect(steps).toBeGreaterThan(1);
  });

  it('passes results and errors through', async () => {
    expect(await withDeadline('x', 1000, async () => 7)).toBe(7);
    await expect(withDeadline('x', 1000, async () => Promise.reject(new Error('own')))).rejects.toThrow('own');
  });
});
