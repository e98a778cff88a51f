// A run as work to be shared: one share for each media file, and the hash of all that the dataset depends on, so that workers can tell
// whether they make the same one. Paths, endpoints, prices and limits are each machine's own.
import { createHash } from 'node:crypto';
import type { LocatedSample } from '../data/read.ts';
import { version as imageVersion } from '../prompt/describe-image.ts';
import { version as videoVersion } from '../prompt/describe-video.ts';
import { version as judgeVersion } from '../prompt/judge.ts';
import { reasonTemplates } from '../prompt/reason.ts';
import { refineTemplates } from '../prompt/refine.ts';
import { samplingOf } from './ask.ts';
import { type CurateConfig, judgeOf } from './config.ts';
import type { Work } from './shares.ts';

const versionsOf = (templates: Readonly<Record<string, { readonly version: string }>>) =>
  Object.values(templates).map(({ version }) => version);
const versions = [imageVersion, videoVersion, judgeVersion, versionsOf(reasonTemplates), versionsOf(refineTemplates)];

function fingerprintOf(rows: readonly LocatedSample[], config: CurateConfig): string {
  const { describer, reasoner, refiner } = config.experts;
  const judge = judgeOf(config);
  const experts = [describer, reasoner, refiner, ...(judge ? [judge] : [])];
  const asked = experts.map((expert) => ({ ...samplingOf(expert), video: expert.video }));
  const hash = createHash('sha256');
  hash.update(JSON.stringify({ asked, frames: config.frames, filter: config.filter, versions }));
  for (const { sample } of rows) hash.update(`${JSON.stringify(sample)}\n`);
  return hash.digest('hex');
}

export function planWork(rows: readonly LocatedSample[], config: CurateConfig): Work {
  const positions = Array.from(rows, (_, i) => i);
  const groups = Map.groupBy(positions, (i) => `${rows[i].sample.data_type} ${rows[i].sample.path}`);
  return { shares: [...groups.values()], samples: rows.length, fingerprint: () => fingerprintOf(rows, config) };
}
