// A micro-world on disk: mp4 and png files, train.jsonl and heldout.jsonl. Scenes are decided by the seed; files that an earlier run
// finished are kept. Leaves out: bad files (bad-files.ts) and chains of thought (curation adds them).
import { join } from 'node:path';
import { writeFileAtomic } from '../base/atomic.ts';
import { sha256, sha256File } from '../base/hash.ts';
import { appendJsonl, rowsIfPresent, writeJsonl } from '../base/jsonl.ts';
import { mapPool } from '../base/pool.ts';
import { encodePng, encodeVideo } from '../media/index.ts';
import { generateScene, sceneSeed } from './generate.ts';
import { askScene } from './questions/index.ts';
import { renderScene } from './render.ts';
import { mediaPath, toRow, type WorldRow } from './rows.ts';
import type { Scene, Split } from './scene.ts';

export interface WorldOptions {
  readonly seed: number;
  /** Scenes (files) of each split. */
  readonly train: number;
  readonly heldOut: number;
  readonly questionsPerScene: number;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

export interface WorldFiles {
  readonly trainPath: string;
  readonly heldOutPath: string;
  readonly train: readonly WorldRow[];
  readonly heldOut: readonly WorldRow[];
  /** Files encoded by this call, and files kept from an earlier one. */
  readonly written: number;
  readonly kept: number;
}

/** Quality of the clips: x264's rate factor. */
const crf = 18;
/** Raise when drawing or encoding changes, so that older files are not kept. */
const renderVersion = 1;

/** File of finished media: one line each, with the hash of the scene and of the file's bytes. */
const manifestName = 'media.jsonl';
interface Finished {
  readonly path: string;
  readonly scene: string;
  readonly sha256: string;
}

const sceneHash = (scene: Scene): string => sha256(`${renderVersion}/${JSON.stringify(scene)}`);

async function finishedMedia(dir: string): Promise<Map<string, Finished>> {
  const rows = await rowsIfPresent<Finished>(join(dir, manifestName));
  return new Map(rows.map((row) => [row.path, row]));
}

/** Draws and encodes one scene as a file: mp4 for a clip, png for an image. Atomic. */
export async function writeScene(path: string, scene: Scene): Promise<void> {
  const frames = renderScene(scene);
  if (scene.data_type === 'image') await writeFileAtomic(path, await encodePng(frames[0]));
  else await encodeVideo(path, frames, { fps: scene.fps, crf });
}

/** Makes sure that the scene's file is there; true when it had to be written. */
async function ensureMedia(dir: string, path: string, scene: Scene, finished: Map<string, Finished>): Promise<boolean> {
  const file = join(dir, path);
  const hash = sceneHash(scene);
  const known = finished.get(path);
  if (known?.scene === hash && (await sha256File(file).catch(() => '')) === known.sha256) return false;
  await writeScene(file, scene);
  const row: Finished = { path, scene: hash, sha256: await sha256File(file) };
  await appendJsonl(join(dir, manifestName), row, { fsync: false });
  return true;
}

interface Job {
  readonly scene: Scene;
  readonly index: number;
}

function jobsOf(seed: number, split: Split, count: number): Job[] {
  return Array.from({ length: count }, (_, index) => ({
    index,
    scene: generateScene({ seed: sceneSeed(seed, split, index), split }),
  }));
}

/**
 * Writes (or completes) a micro-world in `dir`: clips/, images/, train.jsonl, heldout.jsonl. Paths in the rows are relative to `dir`.
 * The same options give the same files; a call that was interrupted continues where it stopped.
 */
export async function makeWorld(dir: string, options: WorldOptions): Promise<WorldFiles> {
  const { seed, questionsPerScene, onProgress, signal } = options;
  const train = jobsOf(seed, 'train', options.train);
  const heldOut = jobsOf(seed, 'held-out', options.heldOut);
  const jobs = [...train, ...heldOut];
  const finished = await finishedMedia(dir);
  let done = 0;
  const fresh = await mapPool(
    jobs,
    2,
    async ({ scene, index }) => {
      const written = await ensureMedia(dir, mediaPath(scene, index), scene, finished);
      done += 1;
      onProgress?.(done, jobs.length);
      return written;
    },
    { signal },
  );
  const rowsOf = (list: readonly Job[]) =>
    list.flatMap(({ scene, index }) =>
      askScene(scene, questionsPerScene).map((question) => toRow(scene, index, question)),
    );
  const [trainPath, heldOutPath] = [join(dir, 'train.jsonl'), join(dir, 'heldout.jsonl')];
  const rows = { train: rowsOf(train), heldOut: rowsOf(heldOut) };
  await writeJsonl(trainPath, rows.train);
  await writeJsonl(heldOutPath, rows.heldOut);
  const written = fresh.filter(Boolean).length;
  return { trainPath, heldOutPath, ...rows, written, kept: jobs.length - written };
}
