// How many requests are inside at once. The rest is answered at the door, before its body is read: 429 when the house is full, 503 when it
// closes. Leaves out: who computes when (schedule/).
import { ApiError } from './errors.ts';

export interface GateOptions {
  readonly maxConcurrent: number;
  readonly maxQueue: number;
}

/** Weight of the newest request in the running mean of how long one takes. */
const NEWEST = 0.2;

export class Gate {
  private readonly options: GateOptions;
  private readonly now: () => number;
  private inside = 0;
  private closed = false;
  private meanSeconds = 1;
  private emptied: (() => void)[] = [];

  constructor(options: GateOptions, now: () => number = () => performance.now() / 1000) {
    this.options = options;
    this.now = now;
  }

  get size(): number {
    return this.inside;
  }

  /** Takes a place; the returned function gives it back, once. Throws the 429 or the 503. */
  enter(): () => void {
    if (this.closed) throw closing();
    if (this.inside >= this.options.maxConcurrent + this.options.maxQueue) throw this.full();
    this.inside++;
    const since = this.now();
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.meanSeconds += NEWEST * (this.now() - since - this.meanSeconds);
      if (--this.inside === 0) for (const done of this.emptied.splice(0)) done();
    };
  }

  /** Nobody gets in any more; resolves when all have left. */
  close(): Promise<void> {
    this.closed = true;
    return this.inside === 0 ? Promise.resolve() : new Promise((resolve) => void this.emptied.push(resolve));
  }

  private full(): ApiError {
    // A place is free when the next one of those who compute is done.
    const seconds = Math.min(60, Math.max(1, Math.ceil(this.meanSeconds / this.options.maxConcurrent)));
    return new ApiError('the server is busy', {
      status: 429,
      code: 'server-busy',
      fix: `try again in ${seconds} s`,
      headers: { 'Retry-After': String(seconds) },
    });
  }
}

export const closing = () =>
  new ApiError('the server is stopping', {
    status: 503,
    code: 'server-stopping',
    headers: { 'Retry-After': '5', Connection: 'close' },
  });
