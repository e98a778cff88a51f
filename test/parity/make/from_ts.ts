// Writes what our own code writes for other programs, so that processing.py opens it with transformers and records what it saw.
// Run after qwen2_5_vl.py and before processing.py: node test/parity/make/from_ts.ts
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseModelConfig, writeModelConfig } from '../../../src/models/qwen2_5_vl/config.ts';
import { writePreprocessorConfig } from '../../../src/models/qwen2_5_vl/preprocessor.ts';
import { parseSiglipConfig, writeSiglipConfig } from '../../../src/models/siglip/config.ts';
import { writeTokenizerFiles } from '../../../src/models/tokenizer/files.ts';
import { trainTokenizer } from '../../../src/models/tokenizer/train-bpe.ts';

const fixtures = join(import.meta.dirname, '..', 'fixtures');
const read = async (...parts: string[]) => JSON.parse(await readFile(join(fixtures, ...parts), 'utf8'));
const write = (value: unknown, ...parts: string[]) =>
  writeFile(join(fixtures, ...parts), `${JSON.stringify(value, null, 2)}\n`);

await mkdir(join(fixtures, 'written'), { recursive: true });
const config = parseModelConfig(await read('qwen2_5_vl', 'config.json'));
await write(writeModelConfig(config), 'written', 'qwen2_5_vl-config.json');
await write(writeSiglipConfig(parseSiglipConfig(await read('siglip', 'config.json'))), 'written', 'siglip-config.json');

await mkdir(join(fixtures, 'tokenizer'), { recursive: true });
await write(writePreprocessorConfig(config.vision, { min: 784, max: 7056 }), 'tokenizer', 'preprocessor_config.json');
const { texts, vocabSize } = await read('corpus.json');
await writeTokenizerFiles(join(fixtures, 'tokenizer'), trainTokenizer(texts, { vocabSize }));
