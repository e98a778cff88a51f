// Files that no decoder can use, with rows that point at them, so that a run shows its quarantine at work: an empty mp4, one cut off in
// the middle, a text named .mp4, and one with sound only.
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../base/atomic.ts';
import { audioOnlyMp4 } from './audio-only.ts';
import { writeScene } from './dataset.ts';
import { generateScene } from './generate.ts';
import { askScene } from './questions/index.ts';
import { toRow, type WorldRow } from './rows.ts';
import type { Scene } from './scene.ts';

export const badFileNames = ['zero-bytes', 'truncated', 'text', 'audio-only'] as const;
export type BadFileName = (typeof badFileNames)[number];

/** A real clip's first 60%: with the index in front it opens, and fails while it is decoded. */
async function truncatedClip(dir: string, scene: Scene): Promise<Uint8Array> {
  const whole = join(dir, 'bad', '.whole.mp4');
  await writeScene(whole, scene);
  const bytes = await readFile(whole);
  await rm(whole);
  return bytes.subarray(0, Math.floor(bytes.length * 0.6));
}

async function contentOf(name: BadFileName, dir: string, scene: Scene): Promise<string | Uint8Array> {
  switch (name) {
    case 'zero-bytes':
      return '';
    case 'truncated':
      return truncatedClip(dir, scene);
    case 'text':
      return 'This is a text file, whatever its name says.\n';
    case 'audio-only':
      return audioOnlyMp4();
  }
}

/** Writes bad/*.mp4 below `dir` and returns one ordinary training row for each of them (ids "bad-zero-bytes" and so on). */
export async function plantBadFiles(dir: string, seed: number): Promise<WorldRow[]> {
  await mkdir(join(dir, 'bad'), { recursive: true });
  const rows: WorldRow[] = [];
  for (const [index, name] of badFileNames.entries()) {
    const scene = generateScene({ seed: seed + index, split: 'train', source: 'world-general' });
    const path = `bad/${name}.mp4`;
    await writeFileAtomic(join(dir, path), await contentOf(name, dir, scene));
    const [question] = askScene(scene, 1);
    rows.push({ ...toRow(scene, index, question), problem_id: `bad-${name}`, path });
  }
  return rows;
}
