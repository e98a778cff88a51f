// videorft/prompt: the templates of every stage, and what a completion says.
export { answerTemplates } from './answer-templates.ts';
export {
  describeImagePrompt,
  type ImageDescription,
  type ImageSource,
  imageDescriptionSchema,
  imageSourceOf,
} from './describe-image.ts';
export { describeVideoPrompt, type VideoDescription, videoDescriptionSchema } from './describe-video.ts';
export { judgePrompt } from './judge.ts';
export { type Message, type MessagePart, wordsOf } from './messages.ts';
export { lenientAnswer, type ParsedCompletion, parseCompletion, solutionText } from './parse.ts';
export { reasonPrompt, subPrompts } from './reason.ts';
export { completionText, type Refinement, refinementSchema, refinePrompt } from './refine.ts';
export { type PromptImage, type PromptMedia, parseJsonReply, type StagePrompt } from './stage-prompt.ts';
export {
  type PromptMode,
  type PromptOptions,
  type PromptProfile,
  promptText,
  targetText,
  trainingMessages,
} from './train.ts';
