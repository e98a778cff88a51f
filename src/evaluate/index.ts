// videorft/evaluate: ask, score, store.
export { type EvaluatedRow, type EvaluateOptions, evaluate, type LoadPrompt } from './evaluate.ts';
export { type Protocol, protocolLabel, protocolNames, protocolSchema, protocols } from './protocol.ts';
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
