// Ctrl-C (and SIGTERM) as an AbortSignal: the first one asks the program to stop at the next safe point, the second one
// ends it at once. Leaves out: what to print (cli/).

export interface Interrupt {
  readonly signal: AbortSignal;
  /** Stops listening. */
  dispose(): void;
}

/** The reason of an interrupted signal. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
}

/** Exit status of a program ended by Ctrl-C. */
export const interruptedStatus = 130;

/**
 * Listens until disposed. `onFirst` is called at the first signal (to print a sentence), `exit` at the second.
 */
export function listenForInterrupt(onFirst: () => void = () => undefined, exit = process.exit): Interrupt {
  const controller = new AbortController();
  const handle = () => {
    if (controller.signal.aborted) return void exit(interruptedStatus);
    controller.abort(new InterruptedError('interrupted'));
    onFirst();
  };
  process.on('SIGINT', handle).on('SIGTERM', handle);
  return {
    signal: controller.signal,
    dispose: () => void process.off('SIGINT', handle).off('SIGTERM', handle),
  };
}
