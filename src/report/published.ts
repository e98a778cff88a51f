// The paper's tables as data: VideoRFT, arXiv 2505.12434, Tables 1 to 4. Average accuracy in per cent; null: not reported there.
// Leaves out: our numbers.

export const publishedSource = 'VideoRFT, arXiv 2505.12434, Tables 1 to 4; average accuracy in per cent';

/** In the order of the scores below, with the paper's headings. */
export const publishedBenchmarks = [
  { name: 'vsibench', title: 'VSI-Bench' },
  { name: 'videommmu', title: 'VideoMMMU' },
  { name: 'mmvu', title: 'MMVU' },
  { name: 'mvbench', title: 'MVBench' },
  { name: 'tempcompass', title: 'TempCompass' },
  { name: 'videomme', title: 'VideoMME' },
] as const;

export interface PublishedRow {
  readonly name: string;
  readonly scores: readonly (number | null)[];
}

export interface PublishedModel extends PublishedRow {
  readonly group: 'proprietary' | 'open' | 'concurrent RL' | 'VideoRFT';
}

/** Table 1, and VideoRFT-3B of Table 3. */
export const publishedModels: readonly PublishedModel[] = [
  { name: 'GPT-4o', group: 'proprietary', scores: [34.0, 61.2, 75.4, null, null, 71.9] },
  { name: 'LLaMA-VID', group: 'open', scores: [null, null, null, 41.9, 45.6, null] },
  { name: 'ShareGPT4Video', group: 'open', scores: [null, null, null, 51.2, null, 39.9] },
  { name: 'VideoLLaMA2', group: 'open', scores: [null, null, 44.8, 54.6, null, 47.9] },
  { name: 'LongVA-7B', group: 'open', scores: [29.2, 23.9, null, null, 56.9, 52.6] },
  { name: 'VILA-1.5-8B', group: 'open', scores: [28.9, 20.8, null, null, 58.8, null] },
  { name: 'LLaVA-OneVision-7B', group: 'open', scores: [32.4, 33.8, 49.2, 56.7, null, 58.2] },
  { name: 'mPLUG-Owl3-8B', group: 'open', scores: [null, null, null, 54.5, null, 53.5] },
  { name: 'Qwen2.5-VL-7B', group: 'open', scores: [31.8, 47.4, 61.3, 59.4, 69.2, 52.8] },
  { name: 'Video-R1', group: 'concurrent RL', scores: [35.8, 52.3, 63.8, 63.9, 73.2, 59.3] },
  { name: 'TinyLLaVA-Video-R1', group: 'concurrent RL', scores: [null, null, 46.9, null, 49.5, 46.6] },
  { name: 'VideoChat-R1', group: 'concurrent RL', scores: [null, null, null, 67.9, null, null] },
  { name: 'VideoRFT-3B', group: 'VideoRFT', scores: [32.5, 41.1, 55.1, 59.5, 61.0, 45.4] },
  { name: 'VideoRFT-7B', group: 'VideoRFT', scores: [36.8, 51.1, 68.5, 62.1, 73.7, 59.8] },
];

/** Table 2, by our names of its arms. "rewards: format + accuracy" is no-semantic. */
export const publishedArms: Readonly<Record<string, readonly number[]>> = {
  'no-refinement': [34.5, 48.1, 64.8, 58.3, 72.4, 52.8],
  'sft-only': [31.7, 48.5, 60.5, 57.0, 68.4, 54.1],
  'rl-only': [32.1, 47.4, 63.5, 59.2, 70.8, 51.9],
  'no-semantic': [33.2, 49.1, 66.4, 61.1, 72.4, 58.5],
  ungated: [34.6, 50.2, 65.2, 61.4, 73.9, 56.3],
  full: [36.8, 51.1, 68.5, 62.1, 73.7, 59.8],
};

/** Table 4: four values of w in ascending order, the second the default w = 2. The text that we have lost the other three. */
export const publishedScale: readonly (readonly number[])[] = [
  [34.2, 49.2, 67.9, 62.6, 73.5, 61.1],
  [36.8, 51.1, 68.5, 62.1, 73.7, 59.8],
  [35.6, 50.1, 67.9, 60.8, 72.3, 60.4],
  [35.4, 49.7, 67.6, 62.0, 73.1, 59.1],
];

/** Mean over the six benchmarks; the paper prints none. */
export const publishedMean = (scores: readonly number[]): number => scores.reduce((a, b) => a + b, 0) / scores.length;
