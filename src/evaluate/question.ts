// A question of a benchmark: a sample, and what its benchmark says besides. Leaves out: reading benchmarks (benchmarks/).
import type { Sample } from '../data/sample.ts';
import type { TimeWindow } from '../media/index.ts';

export interface Question extends Sample {
  /** Absent for a file of samples that belongs to none. */
  readonly benchmark?: string;
  /** What scores are told by besides the answer type: { category: "Biology", duration: "short" }. */
  readonly groups?: Readonly<Record<string, string>>;
  /** The part of the video that the question is about. */
  readonly window?: TimeWindow;
  /** `path` is a folder of pictures, so many of which are a second. */
  readonly frameFps?: number;
  /** The picture that the question speaks of stands at the end of the video. */
  readonly pictureAtEnd?: boolean;
  /** Below the media root; absent where there are none. */
  readonly subtitleFile?: string;
}

/** A sample's own groups, and its skill where it names one. */
export const groupsOf = ({ groups, skill }: Question): Record<string, string> => ({
  ...(skill ? { skill } : {}),
  ...groups,
});
