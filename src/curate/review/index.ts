// What a review of a data set offers: what can be reviewed, the log of decisions, and their application.
export { type Descriptions, openDescriptions } from './answers.ts';
export { type Applied, type ApplyOptions, applyReview, reapplyReview } from './apply.ts';
export { formatReviewCounts, type ReviewCounts } from './counts.ts';
export { chainHash, checkDecision, type Decision, decisionSchema, isEdit, sampleKey, shortHash } from './decision.ts';
export type { Decided, ReviewEvent, ReviewHistory } from './history.ts';
export { type Row, rowOf } from './rows.ts';
export { type Bin, bins, findReviewSet, type ReviewSet } from './set.ts';
export { ReviewStore, type ReviewStoreOptions, readHistory } from './store.ts';
