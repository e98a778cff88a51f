// Promises whose failure somebody else tells. Leaves out: failures that nobody would meet; those are awaited, or logged.

/**
 * Says of a promise that it is awaited later, or that another one which is awaited fails with it; without this, Node ends the program when
 * it fails before anybody awaits it. Whoever calls it says who tells the failure. Returns the promise itself.
 */
export function handledElsewhere<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

/** Resolves when the promise has settled in either way: for whoever waits for its end only, and leaves its failure to another. */
export const settled = (promise: Promise<unknown>): Promise<void> =>
  promise.then(
    () => undefined,
    () => undefined,
  );
