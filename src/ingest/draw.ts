// The pool in order, each sample with whether it was drawn: by the weights of the sources and the seed.
import { streamJsonl } from '../base/jsonl.ts';
import { chosen, quotas } from './output/choose.ts';
import type { PoolLine, Sieved } from './sieve.ts';
import type { Plan } from './survey.ts';

export interface Drawn {
  readonly source: string;
  readonly isHeldOut: boolean;
  readonly seconds: number | undefined;
  readonly row: PoolLine[3];
  readonly isTaken: boolean;
}

/** The same draw each time it is read. */
export type Draw = () => AsyncGenerator<Drawn>;

export function createDraw({ sources, config, signal }: Plan, { available }: Sieved, poolFile: string): Draw {
  const parts = sources.map(({ name, weight }) => ({ name, weight, available: available.get(name)! }));
  const shares = quotas(parts, config.count);
  const taken = new Map(parts.map((part, i) => [part.name, chosen(part, shares[i], config.seed)]));
  return async function* () {
    const places = new Map(parts.map(({ name }) => [name, 0]));
    for await (const { value } of streamJsonl<PoolLine>(poolFile)) {
      signal?.throwIfAborted();
      const [source, isHeldOut, seconds, row] = value;
      const place = places.get(source)!;
      places.set(source, place + 1);
      yield { source, isHeldOut, seconds: seconds ?? undefined, row, isTaken: taken.get(source)![place] === 1 };
    }
  };
}
