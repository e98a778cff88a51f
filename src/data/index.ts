// videorft/data: what a sample is, reading, writing, locating and choosing samples.
export { mediaFile, mediaPath, missingMedia } from './media-root.ts';
export { type ParquetRow, parquetFacts, readParquet, type TableRow } from './parquet.ts';
export { type LocatedSample, loadSamples, type ReadResult, type RejectedRow, readSamples } from './read.ts';
export { type ProblemType, problemTypes, type Sample, type Skill, sampleSchema, skills } from './sample.ts';
export { isHeldOut, type MixturePart, mixture, splitByMedia, subsample } from './split.ts';
export { toRow, writeSamples } from './write.ts';
