// videorft/evaluate: ask, score, store.
export { type EvaluatedRow, type EvaluateOptions, evaluate, type LoadPrompt } from './evaluate.ts';
