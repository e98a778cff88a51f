// What both sides are asked and answer. A question is a video and the completions about it.

export interface Question {
  /** Below the folder of videos. */
  readonly path: string;
  readonly completions: readonly string[];
}

export interface OpenRewards {
  /** Folder of the SigLIP model. */
  readonly dir: string;
  readonly threads: number;
  /** Ours: folder of the videos, and the profile they are seen under. */
  readonly videos: string;
  readonly profile: string;
  readonly frames: number;
  /** The peer's: the frames that our decoder gives, as raw bytes, one file per question; height and width. */
  readonly raw: string;
  readonly size: readonly [number, number];
}

export interface Scored {
  readonly seconds: number;
  /** Of all its threads. */
  readonly cpuSeconds: number;
  /** R_s of each completion of each question. */
  readonly rewards_PG: readonly (readonly number[])[];
}
