// Bounded concurrency over a list, results in the order of the list. Leaves out: retries (llm/) and worker threads.

export interface PoolOptions {
  /** No further item is started once this aborts; the call then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Runs `fn` over `items`, at most `concurrency` at a time. The first failure stops the start of further items; the call
 * rejects with it after those in flight have settled, so that nothing goes on behind the caller's back.
 */
export async function mapPool<T, R>(
  items: readonly T[],
  concurrency: number,
  fn: (item: T, index: number) => Promise<R>,
  { signal }: PoolOptions = {},
): Promise<R[]> {
  const results = new Array<R>(items.length);
  const failures: unknown[] = [];
  let next = 0;
  const worker = async () => {
    while (next < items.length && failures.length === 0) {
      if (signal?.aborted) return void failures.push(signal.reason);
      const index = next++;
      try {
        results[index] = await fn(items[index], index);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  const workers = Math.max(1, Math.min(Math.floor(concurrency), items.length));
  await Promise.all(Array.from({ length: workers }, worker));
  if (failures.length > 0) throw failures[0];
  return results;
}
