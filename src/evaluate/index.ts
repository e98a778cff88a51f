// videorft/evaluate: ask, score, store.
export { type JudgedOutput, thoughtOfRow } from './aha.ts';
export { ArchivedMedia } from './archived.ts';
export type { EvaluateOptions } from './asking.ts';
export type { Benchmark } from './benchmarks/benchmark.ts';
export { type BenchmarkCheck, checkBenchmark, formatCheck } from './benchmarks/check.ts';
export { benchmarkNames, benchmarks, findBenchmark } from './benchmarks/index.ts';
export { locate } from './benchmarks/places.ts';
export { type BenchmarkRows, formatRows, readBenchmark, refusePartial } from './benchmarks/read.ts';
export { type Difference, diffRows, type RowDifference, type Stage, stages } from './diff.ts';
export { evaluate, type LoadPrompt } from './evaluate.ts';
export { askJudge, isJudgeable, judgeRequest } from './judging.ts';
export { type MediaAccess, ProtocolLoader, profileOfProtocol, refuseOtherKind, type Sending } from './load.ts';
export { type Paired, pairedComparison, signFlipP } from './paired.ts';
export { type Protocol, protocolLabel, protocolNames, protocolSchema, protocols } from './protocol.ts';
export type { Question } from './question.ts';
export {
  type Answer,
  JPEG_QUALITY,
  ofBackend,
  ofChatModel,
  type Respondent,
  type SingleRespondent,
} from './respondent.ts';
export { type EvaluatedRow, type JudgedAnswer, pixelHash, scoredRow, unscored } from './row.ts';
export {
  type Ladder,
  ladders,
  type Outcome,
  outcomes,
  type Scored,
  type ScoredQuestion,
  type Scoring,
  scoreOutput,
  scoringSchema,
} from './scoring/scoring.ts';
export { notWhole, type SentForm, type SentVideo, sentForms } from './sent-video.ts';
export { questionOf, type Several, severalOf } from './several.ts';
export { parseShard, type Shard, shardOf } from './shard.ts';
export { type AccuracyRow, accuracyRows } from './table.ts';
export { columns, formatAccuracy, formatSeveral, withInterval } from './table-text.ts';
export { seedOf, tasksOf } from './task.ts';
