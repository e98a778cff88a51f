// A process that curates the test world against a server and may be killed at any moment: `node curate-child.ts ROOT OUT URL`.
import { curate } from '../../src/curate/curate.ts';
import { createOpenAIModel } from '../../src/llm/openai.ts';
import { textReader, worldConfig } from './curate-world.ts';

const [root, out, baseURL] = process.argv.slice(2);
const config = worldConfig(root, out, {}, baseURL);
const { describer, reasoner, refiner } = config.experts;
const models = {
  describer: createOpenAIModel(describer),
  reasoner: createOpenAIModel(reasoner),
  refiner: createOpenAIModel(refiner),
};
await curate(config, { models, media: textReader });
