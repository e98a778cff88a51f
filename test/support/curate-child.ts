// A process that curates the test world against a server and may be killed at any moment: `node curate-child.ts ROOT OUT URL`.
import { curate } from '../../src/curate/curate.ts';
import { impatientModels, textReader, worldConfig } from './curate-world.ts';

const [root, out, baseURL] = process.argv.slice(2);
const config = worldConfig(root, out, {}, baseURL);
await curate(config, { models: impatientModels(config, { timeoutSeconds: 2 }), media: textReader });
