// videorft/evaluate: ask, score, store.
export { type EvaluateOptions, evaluate, type LoadPrompt } from './evaluate.ts';
export { ProtocolLoader, profileOfProtocol, refuseOtherKind } from './load.ts';
export { type Protocol, protocolLabel, protocolNames, protocolSchema, protocols } from './protocol.ts';
export type { Question } from './question.ts';
export { type EvaluatedRow, pixelHash, scoredRow } from './row.ts';
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
