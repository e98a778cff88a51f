// videorft/evaluate: ask, score, store.
export { type EvaluatedRow, type EvaluateOptions, evaluate, type LoadClip } from './evaluate.ts';
