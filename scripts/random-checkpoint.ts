// A checkpoint with the true shapes of a published model and random weights, as the Hub ships it (bf16, shards under an index), with the
// micro model's tokenizer: to try memory and time where the real weights cannot be had. What it says is noise.
// Run: npx node scripts/random-checkpoint.ts DIR Qwen2.5-VL-3B   (8 GB on disk; 7B: 17)
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { f32ToBf16 } from '../src/base/half.ts';
import { createRng } from '../src/base/rng.ts';
import { type SafeTensor, writeSafetensors } from '../src/base/safetensors.ts';
import { parseModelConfig, writeModelConfig } from '../src/models/qwen2_5_vl/config.ts';
import { weightShapes } from '../src/models/qwen2_5_vl/graphs.ts';
import { publishedConfigs } from '../src/models/qwen2_5_vl/published.ts';
import { microBase } from '../src/recipes/shipped.ts';

const SHARD_BYTES = 1.5e9;
/** Normal values, of which every matrix takes pieces: drawing billions would take minutes. */
const POOL = 2 ** 20;

const [dir, name] = process.argv.slice(2);
const published = publishedConfigs[name ?? ''];
if (!dir || !published) {
  console.error(`npx node scripts/random-checkpoint.ts DIR ${Object.keys(publishedConfigs).join('|')}`);
  process.exit(2);
}

const rng = createRng(1);
const normal = Float32Array.from({ length: POOL }, () => rng.normal());

/** Deep residual streams stay finite: outputs of blocks are small. */
function scaleOf(weight: string, shape: readonly number[]): number {
  if (weight.includes('embed_tokens')) return 0.05;
  const fanIn = shape.slice(1).reduce((a, b) => a * b, 1);
  return (/(o_proj|down_proj|attn\.proj)\.weight$/.test(weight) ? 0.15 : 1) / Math.sqrt(fanIn);
}

function randomTensor(weight: string, shape: readonly number[]): SafeTensor {
  const size = shape.reduce((a, b) => a * b, 1);
  if (shape.length === 1)
    return { dtype: 'BF16', shape, data: f32ToBf16(new Float32Array(size).fill(weight.endsWith('bias') ? 0 : 1)) };
  const scale = scaleOf(weight, shape);
  const pool = f32ToBf16(normal.map((x) => x * scale));
  const data = new Uint16Array(size);
  for (let at = 0; at < size; ) {
    const start = rng.int(POOL / 2);
    const count = Math.min(size - at, POOL - start);
    data.set(pool.subarray(start, start + count), at);
    at += count;
  }
  return { dtype: 'BF16', shape, data };
}

/** Control tokens are where the micro model's tokenizer has them. */
async function tokenIds(): Promise<object> {
  const micro = JSON.parse(await readFile(join(microBase, 'config.json'), 'utf8')) as Record<string, unknown>;
  return Object.fromEntries(Object.entries(micro).filter(([key]) => key.endsWith('_token_id')));
}

await mkdir(dir, { recursive: true });
const config = parseModelConfig({ ...published, ...(await tokenIds()) });
await writeFile(join(dir, 'config.json'), `${JSON.stringify(writeModelConfig(config, 'bfloat16'), null, 2)}\n`);
for (const file of ['tokenizer.json', 'tokenizer_config.json', 'chat_template.json'])
  await copyFile(join(microBase, file), join(dir, file));

const weight_map: Record<string, string> = {};
let [shard, bytes, shards]: [Record<string, SafeTensor>, number, number] = [{}, 0, 0];
async function flush(): Promise<void> {
  if (bytes === 0) return;
  const file = `model-${String(++shards).padStart(5, '0')}.safetensors`;
  await writeSafetensors(join(dir, file), shard, { format: 'pt' });
  for (const key of Object.keys(shard)) weight_map[key] = file;
  [shard, bytes] = [{}, 0];
}
for (const [weight, shape] of Object.entries(weightShapes(config))) {
  shard[weight] = randomTensor(weight, shape);
  bytes += shard[weight].data.byteLength;
  if (bytes > SHARD_BYTES) await flush();
}
await flush();
await writeFile(join(dir, 'model.safetensors.index.json'), JSON.stringify({ metadata: {}, weight_map }));
console.log(`${name}: ${shards} shards in ${dir}`);
