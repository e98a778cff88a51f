// videorft/curate: describe → reason → refine → filter over three experts.
export { type Bill, formatBill } from './bill.ts';
export {
  type CurateConfig,
  type CurateConfigInput,
  curateConfigSchema,
  type ExpertConfig,
  type FramesConfig,
  judgeOf,
} from './config.ts';
export { assertCounts, type CurationCounts, formatCounts, type Tally } from './counts.ts';
export { type CurateResult, type CurateTools, curate } from './curate.ts';
export { type CurationEstimate, estimateCuration } from './estimate.ts';
export { formatEstimate } from './estimate-text.ts';
export type { FilterConfig } from './filter/config.ts';
export { type RuleName, ruleNames } from './filter/names.ts';
export { tokenOf } from './hub/hub-error.ts';
export { type PushConfig, type Pushed, pushDataset, pushSchema } from './hub/push.ts';
export { createMediaReader, type MediaReader, type ReadMedia } from './media.ts';
export { stageNames } from './outcome.ts';
export { previewCuration } from './preview/index.ts';
export {
  applyReview,
  type Decision,
  findReviewSet,
  formatReviewCounts,
  type ReviewCounts,
  type ReviewSet,
  ReviewStore,
} from './review/index.ts';
