// What the sides of the extraction bench are asked and answer.

export interface Extract {
  readonly file: string;
  readonly threads: number;
  /** Where the pixels go, for the comparison; such a run is not timed. */
  readonly out?: string;
}

export interface PeerExtract extends Extract {
  readonly reader: 'decord' | 'torchcodec';
  readonly indices: readonly number[];
  /** Height and width. */
  readonly size: readonly [number, number];
}

export interface Timed {
  readonly seconds: number;
  /** Of all threads. */
  readonly cpuSeconds: number;
}

export interface OurExtract extends Timed {
  readonly indices: readonly number[];
  readonly size: readonly [number, number];
}
