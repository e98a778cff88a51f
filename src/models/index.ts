// videorft/models: open a model folder by its config.json, whatever its architecture.
export { loadEmbedder } from './embedder.ts';
export { Generator } from './generate.ts';
export { companionFolder, isAdapter, loadVideoLanguageModel, modelSize, type OpenOptions } from './load.ts';
export { type LoraSettings, loraSchema } from './lora/settings.ts';
export type { Prepared, Row, VideoLanguageModel } from './port.ts';
export { type ModelSize, type WeightType, weightBytes, weightTypes } from './size.ts';
export { loadTokenizer, type Tokenizer } from './tokenizer/load.ts';
