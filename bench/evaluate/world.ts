// What all sides of the evaluation bench are about: clips of real H.264, questions about them, and how many. Clips differ by content in bytes, so that
// none is taken for another, but only some in pictures: encoding takes longer than all that is measured.
import { appendFile, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sample } from '../../src/data/sample.ts';
import { encodeVideo, type RgbPicture } from '../../src/media/index.ts';
import { type Frames, framesOf } from './pictures.ts';

export interface BenchSize extends Frames {
  readonly clips: number;
  /** Clips with pictures of their own. */
  readonly distinct: number;
  readonly questionsPerClip: number;
  readonly fps: number;
  readonly latencyMs: number;
  readonly inFlight: number;
  /** Questions that the peer is asked: it decodes anew for each, so its rate does not depend on their number. */
  readonly peerQuestions: number;
}

export const fullSize: BenchSize = {
  clips: 200,
  distinct: 10,
  questionsPerClip: 5,
  width: 640,
  height: 360,
  frames: 300,
  fps: 30,
  latencyMs: 1000,
  inFlight: 32,
  peerQuestions: 200,
};
export const quickSize: BenchSize = { ...fullSize, clips: 20, distinct: 4, peerQuestions: 40 };

export const clipPath = (i: number): string => `clips/${i}.mp4`;

export const benchSamples = ({ clips, questionsPerClip }: BenchSize): Sample[] =>
  Array.from({ length: clips * questionsPerClip }, (_, i) => ({
    problem_id: `q${i}`,
    problem: `What is seen in place ${i % questionsPerClip} of the video?`,
    data_type: 'video',
    problem_type: 'multiple choice',
    options: ['A. a disc', 'B. a square', 'C. nothing'],
    solution: '<answer>A</answer>',
    path: clipPath(Math.floor(i / questionsPerClip)),
  }));

/** A box that players skip, so that two files with the same pictures differ. */
function freeBox(text: string): Buffer {
  const box = Buffer.alloc(8 + text.length);
  box.writeUInt32BE(box.length);
  box.write(`free${text}`, 4, 'latin1');
  return box;
}

/** Writes clips and questions below `root`. */
export async function makeBenchWorld(root: string, size: BenchSize, log: (message: string) => void): Promise<void> {
  await mkdir(join(root, 'clips'), { recursive: true });
  for (let i = 0; i < size.distinct; i++) {
    const frames: RgbPicture[] = framesOf(size, i);
    await encodeVideo(join(root, clipPath(i)), frames, { fps: size.fps, crf: 23 });
    log(`clip ${i + 1} of ${size.distinct} is encoded`);
  }
  for (let i = size.distinct; i < size.clips; i++) {
    await copyFile(join(root, clipPath(i % size.distinct)), join(root, clipPath(i)));
    await appendFile(join(root, clipPath(i)), freeBox(`clip ${i}`));
  }
  const rows = benchSamples(size).map((sample) => `${JSON.stringify(sample)}\n`);
  await writeFile(join(root, 'questions.jsonl'), rows.join(''));
}
