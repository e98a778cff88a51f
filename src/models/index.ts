// videorft/models: open a model folder by its config.json, whatever its architecture.
export type { CacheShape } from './cache.ts';
export { Decoder, type DecodingSequence, type NextToken, ownCapacity } from './decoder.ts';
export { loadEmbedder } from './embedder.ts';
export { Generator } from './generate.ts';
export { GenerationPrograms, type Inference } from './generation-programs.ts';
export {
  companionFolder,
  isAdapter,
  loadVideoLanguageModel,
  modelSize,
  type OpenOptions,
  readPreprocessor,
} from './load.ts';
export { ADAPTER_FILES } from './lora/files.ts';
export { type LoraSettings, loraSchema } from './lora/settings.ts';
export type { Prepared, Row, VideoLanguageModel } from './port.ts';
export { extend, type PromptState, prefill } from './prefill.ts';
export { loadPromptCoder, type PromptCoder } from './prompt-coder.ts';
export { publishedSizes } from './qwen2_5_vl/published.ts';
export type { OnRead } from './read-tensors.ts';
export { type DrawOptions, drawToken, type Forbidden, forbiddenMask, largest } from './sampling.ts';
export { type ModelSize, parameterCount, trainedTypes, type WeightType, weightBytes, weightTypes } from './size.ts';
export { loadTokenizer, type Tokenizer } from './tokenizer/load.ts';
