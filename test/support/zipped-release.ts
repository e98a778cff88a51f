// A small release as it comes from the Hub: the rows as they are, the media in the release's zips.
import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { writeZip, type ZipInput } from './zip.ts';

const releases = join(import.meta.dirname, '../fixtures/benchmarks');

/** A medium's path → the archive that the release keeps it in. */
const layouts: Readonly<Record<string, (path: string) => string>> = {
  vsibench: (path) => `${path.split('/')[0]}.zip`,
  videommmu: (path) => `${path.split('/')[0]}.zip`,
  mmvu: () => 'videos.zip',
  mvbench: (path) => `video/${path.split('/')[0]}.zip`,
  tempcompass: () => 'tempcompass_videos.zip',
  videomme: (path) =>
    path.startsWith('subtitle/') ? 'subtitle.zip' : `videos_chunked_0${path.includes('bbb') ? 2 : 1}.zip`,
};

const isRows = (path: string) => ['.json', '.parquet'].includes(extname(path));

/** Writes it below `to`; entries may be changed on the way. Returns its archives with their entries. */
export function zipRelease(
  name: string,
  to: string,
  change: (entry: ZipInput) => ZipInput = (entry) => entry,
): Map<string, ZipInput[]> {
  const from = join(releases, name);
  const files = readdirSync(from, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(from.length + 1))
    .sort();
  for (const path of files.filter(isRows)) cpSync(join(from, path), join(to, path));
  const zips = Map.groupBy(
    files.filter((path) => !isRows(path)).map((path) => ({ name: path, data: readFileSync(join(from, path)) })),
    (entry) => layouts[name](entry.name),
  );
  for (const [zip, entries] of zips) {
    mkdirSync(dirname(join(to, zip)), { recursive: true });
    writeZip(join(to, zip), entries.map(change));
  }
  return zips;
}
