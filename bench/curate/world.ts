// What both sides of the curation bench are about: questions about clips, frames of a given size, and what an endpoint says to them.
import type { MediaReader } from '../../src/curate/index.ts';
import type { Sample } from '../../src/data/sample.ts';
import { makeSamples, worldConfig } from '../../test/support/curate-world.ts';

export interface BenchSize {
  readonly questions: number;
  readonly clips: number;
  readonly framesPerClip: number;
  /** Of all frames of a clip together. */
  readonly frameBytes: number;
  readonly latencyMs: number;
  /** Requests in flight: describer, reasoner, refiner; the bare loop has their sum. */
  readonly inFlight: readonly [number, number, number];
}

export const fullSize: BenchSize = {
  questions: 20_000,
  clips: 500,
  framesPerClip: 8,
  frameBytes: 64 * 1024,
  latencyMs: 200,
  inFlight: [4, 62, 62],
};
export const quickSize: BenchSize = { ...fullSize, questions: 2000, clips: 50 };

export const callsOf = ({ questions, clips }: BenchSize): number => clips + 2 * questions;

/** Every clip has equally many questions. */
export const benchSamples = ({ questions, clips }: BenchSize): Sample[] =>
  makeSamples(questions).map((sample, i) => ({ ...sample, path: `./clips/${i % clips}.mp4` }));

/** Frames of the right size without decoding: that has a bench of its own. */
export function frameReader({ framesPerClip, frameBytes }: BenchSize): MediaReader {
  const jpeg = Buffer.alloc(frameBytes / framesPerClip, 'videorft');
  const images = Array.from({ length: framesPerClip }, (_, i) => ({ jpeg, timeSeconds: i }));
  return {
    read: async () => ({
      images,
      durationSeconds: framesPerClip,
      pixels: framesPerClip * 256 * 256,
    }),
  };
}

export function benchConfig(root: string, out: string, baseURL: string, { inFlight }: BenchSize) {
  const config = worldConfig(root, out, {}, baseURL);
  const { describer, reasoner, refiner } = config.experts;
  const [d, a, e] = inFlight;
  return {
    ...config,
    experts: {
      describer: { ...describer, concurrency: d },
      reasoner: { ...reasoner, concurrency: a },
      refiner: { ...refiner, concurrency: e },
    },
  };
}
