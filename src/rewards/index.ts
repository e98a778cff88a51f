// Public table of contents of `videorft/rewards`.

export { scoreFreeForm } from './accuracy/free-form.ts';
export { type MraVariant, meanRelativeAccuracy } from './accuracy/mean-relative-accuracy.ts';
export { optionLetter, scoreMultipleChoice } from './accuracy/multiple-choice.ts';
export { parseNumber } from './accuracy/number.ts';
export { numbersAgree, plainFloat, scoreNumerical } from './accuracy/numerical.ts';
export { scoreOcr, wordErrorRate } from './accuracy/ocr.ts';
export { pythonSpace, pythonStrip } from './accuracy/python.ts';
export { relativeAccuracy, scoreRegression } from './accuracy/regression.ts';
export { type RougeScores, rouge } from './accuracy/rouge.ts';
export { type AccuracyOptions, accuracyReward } from './accuracy/score.ts';
export { truthUnreadable, type Verdict } from './accuracy/verdict.ts';
export { type RewardsConfig, rewardOptions, rewardsSchema } from './config.ts';
export type { Embedder } from './embedder.ts';
export { type FormatVariant, formatReward } from './format.ts';
export { paperRewards, type RewardOptions, releasedRewards } from './options.ts';
export {
  type Completion,
  type CompletionScore,
  createRewardScorer,
  type Group,
  type GroupResult,
  type RewardScorer,
  type ScoreGroupInputs,
  scoreGroup,
} from './score.ts';
export { cosine, directionsOf, meanEmbedding, type Pooling, semanticReward } from './semantic.ts';
export { type Span, type SpanVariant, semanticSpan } from './span.ts';
export { type RewardStatistics, rewardStatistics } from './statistics.ts';
export {
  type LengthBonusOptions,
  lengthBonuses,
  type RewardParts,
  releasedLengthBonus,
  type TotalOptions,
  totalReward,
} from './total.ts';
export { type ClipSource, VideoEmbeddingCache } from './video-cache.ts';
