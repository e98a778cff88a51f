// A run as work to be shared: one share for each media file, and the hash of all that the dataset depends on, so that workers can tell
// whether they make the same one. Paths, endpoints, prices and limits are each machine's own.
import { createHash } from 'node:crypto';
import type { LocatedSample } from '../data/read.ts';
import { version as imageVersion } from '../prompt/describe-image.ts';
import { version as videoVersion } from '../prompt/describe-video.ts';
import { version as reasonVersion } from '../prompt/reason.ts';
import { version as refineVersion } from '../prompt/refine.ts';
import { samplingOf } from './ask.ts';
import type { CurateConfig } from './config.ts';
import type { Work } from './shares.ts';

function fingerprintOf(rows: readonly LocatedSample[], { experts, frames, filter }: CurateConfig): string {
  const { describer, reasoner, refiner } = experts;
  const hash = createHash('sha256');
  const sampling = [describer, reasoner, refiner].map((config) => samplingOf({ config }));
  hash.update(JSON.stringify({ sampling, frames, filter }));
  hash.update(JSON.stringify([imageVersion, videoVersion, reasonVersion, refineVersion]));
  for (const { sample } of rows) hash.update(`${JSON.stringify(sample)}\n`);
  return hash.digest('hex');
}

export function planWork(rows: readonly LocatedSample[], config: CurateConfig): Work {
  const positions = Array.from(rows, (_, i) => i);
  const groups = Map.groupBy(positions, (i) => `${rows[i].sample.data_type} ${rows[i].sample.path}`);
  return { shares: [...groups.values()], samples: rows.length, fingerprint: () => fingerprintOf(rows, config) };
}
