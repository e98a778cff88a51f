// Places for requests whose frames and pixels are in memory: they are large, so few requests hold them at once. A place is taken before the
// media are decoded and given back when the prompt has been through the model, elsewhere: so a place is a task that ends when that is said.
import type { Limiter } from '../../base/limit.ts';

/** Takes a place; the returned function gives it back, once. First come, first served. Rejects with the signal's reason. */
export const takePlace = (places: Limiter, signal: AbortSignal): Promise<() => void> =>
  new Promise((taken, gone) => {
    places.run(() => new Promise<void>((leave) => taken(leave)), signal).catch(gone);
  });
