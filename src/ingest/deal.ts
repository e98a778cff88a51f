// Third pass: from the pool, who is drawn by weights and seed, and on which side of the split; in the order of the sources.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { LineFile } from '../base/line-file.ts';
import { chosen, quotas } from './output/choose.ts';
import type { Tally } from './output/report.ts';
import type { PoolLine, Sieved } from './sieve.ts';
import type { Plan } from './survey.ts';

/** Seconds of video that the drawn samples are about, each file once. */
export interface Dealt {
  readonly seconds: number;
}

export async function deal(
  { sources, config, signal }: Plan,
  { available }: Sieved,
  tally: Tally,
  poolFile: string,
  train: LineFile,
  heldOut: LineFile,
): Promise<Dealt> {
  const parts = sources.map(({ name, weight }) => ({ name, weight, available: available.get(name)! }));
  const shares = quotas(parts, config.count);
  const draws = new Map(parts.map((part, i) => [part.name, chosen(part, shares[i], config.seed)]));
  const places = new Map(parts.map(({ name }) => [name, 0]));
  const paths = new Set<string>();
  let seconds = 0;
  for await (const text of createInterface({
    input: createReadStream(poolFile),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    signal?.throwIfAborted();
    const [name, isOut, length, row] = JSON.parse(text) as PoolLine;
    const place = places.get(name)!;
    places.set(name, place + 1);
    if (draws.get(name)![place] === 0) {
      tally.leftOut(name);
      continue;
    }
    tally.kept(name, row, length ?? undefined, isOut);
    if (!paths.has(row.path)) seconds += length ?? 0;
    paths.add(row.path);
    await (isOut ? heldOut : train).write(JSON.stringify(row));
  }
  return { seconds };
}
