// Where a benchmark's files lie below a folder: the folder itself, or one in it that bears the benchmark's name. And which of a video's places
// is there, in whatever container, on disk or in a zip. Leaves out: whether the file can be read (check.ts).
import { extname, join } from 'node:path';
import { isFile, statIfPresent } from '../../base/if-present.ts';
import type { Archives, Packed } from '../../data/archives/index.ts';
import type { Benchmark, Found, Source } from './benchmark.ts';

export type Form = 'official' | 'preprocessed';

export interface Located {
  readonly root: string;
  readonly form: Form;
  /** Below the root; those that are not there as their likeliest place. */
  readonly files: readonly string[];
  readonly missing: readonly string[];
}

async function firstThere(root: string, places: readonly string[]): Promise<string | undefined> {
  for (const place of places) if (await isFile(join(root, place))) return place;
  return undefined;
}

async function locateForm(root: string, form: Form, { files }: Source): Promise<Located> {
  const found: string[] = [];
  const missing: string[] = [];
  for (const places of files) {
    const place = await firstThere(root, places);
    if (place === undefined) missing.push(places[0]);
    else found.push(place);
  }
  return { root, form, files: found, missing };
}

/** The form with all its files, else the one with most; undefined where not one file of rows is there. */
export async function locate(dir: string, benchmark: Benchmark): Promise<Located | undefined> {
  const roots = [dir, join(dir, benchmark.name), join(dir, benchmark.hub.split('/')[1])];
  const all: Located[] = [];
  for (const root of roots) {
    all.push(await locateForm(root, 'official', benchmark.official));
    all.push(await locateForm(root, 'preprocessed', benchmark.preprocessed));
  }
  const some = all.filter(({ files }) => files.length > 0);
  return (
    some.find(({ missing }) => missing.length === 0) ?? some.sort((a, b) => a.missing.length - b.missing.length)[0]
  );
}

const ENDINGS = ['.mp4', '.webm', '.mkv', '.avi', '.mov', '.MP4'];

/** A place as it is written, then under other endings: the releases disagree about containers. */
const spellings = (place: string): string[] => {
  const ending = extname(place);
  const stem = ending === '' ? place : place.slice(0, -ending.length);
  return [place, ...ENDINGS.filter((other) => other !== ending).map((other) => `${stem}${other}`)];
};

/** The place below `root` that is there; undefined where none is. A video kept as pictures is a folder. */
export async function mediaPlace(root: string, { question, places }: Found): Promise<string | undefined> {
  for (const place of places) {
    if (question.frameFps !== undefined) {
      if ((await statIfPresent(join(root, place)))?.isDirectory()) return place;
    } else {
      const there = await firstThere(root, spellings(place));
      if (there !== undefined) return there;
    }
  }
  return undefined;
}

export interface PackedPlace {
  readonly place: string;
  readonly packed: Packed;
}

/** The place that would be there were the archives unpacked. */
export function packedPlace(archives: Archives, { question, places }: Found): PackedPlace | undefined {
  const kind = question.frameFps === undefined ? 'file' : 'folder';
  for (const place of places.flatMap((each) => (kind === 'folder' ? [each] : spellings(each)))) {
    const packed = archives.find(place, kind);
    if (packed) return { place, packed };
  }
  return undefined;
}
