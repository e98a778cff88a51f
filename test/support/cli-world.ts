// For the commands' tests: a small micro-world on disk with chains of thought, rows and files that cannot be used, a tiny random model and a
// tiny random embedder as folders, and the program run in this process.
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng } from '../../src/base/rng.ts';
import { main } from '../../src/cli/main.ts';
import type { Sample } from '../../src/data/sample.ts';
import { initWeights } from '../../src/models/init.ts';
import { parseSiglipConfig } from '../../src/models/siglip/config.ts';
import { siglipShapes } from '../../src/models/siglip/graph.ts';
import { saveSiglip } from '../../src/models/siglip/index.ts';
import { makeWorld, plantBadFiles } from '../../src/world/index.ts';
import { tinyModel, tinyTokenizer } from './tiny-model.ts';

export interface CliWorld {
  readonly dir: string;
  /** The world's folder: the media root. */
  readonly world: string;
  readonly model: string;
  readonly embedder: string;
  /** Good rows with chains of thought. */
  readonly cot: string;
  /** The same, and four bad rows: not JSON, media missing, no chain of thought, a file of zero bytes. */
  readonly mixed: string;
  readonly good: number;
}

/** Bad rows in `mixed`; all but the last are found before the first step. */
export const BAD_ROWS = 4;

async function saveEmbedder(dir: string): Promise<void> {
  const tokens = tinyTokenizer();
  const tower = { hidden_size: 16, intermediate_size: 24, num_hidden_layers: 1, num_attention_heads: 2 };
  const config = parseSiglipConfig({
    model_type: 'siglip',
    text_config: { ...tower, vocab_size: tokens.size, max_position_embeddings: 24, pad_token_id: 0 },
    vision_config: { ...tower, image_size: 28, patch_size: 14 },
  });
  await saveSiglip(dir, config, initWeights(siglipShapes(config), createRng(3), 1), tokens);
}

const write = (file: string, rows: readonly (Sample | string)[]) =>
  writeFileSync(file, `${rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))).join('\n')}\n`);

/** `scenes` training files of two questions each. */
export async function makeCliWorld(scenes = 5): Promise<CliWorld> {
  const dir = mkdtempSync(join(tmpdir(), 'videorft-cli-'));
  const [world, model, embedder] = [join(dir, 'world'), join(dir, 'model'), join(dir, 'embedder')];
  const { train } = await makeWorld(world, { seed: 1, train: scenes, heldOut: 0, questionsPerScene: 2 });
  const loaded = tinyModel();
  await loaded.save(model, loaded.weights);
  await saveEmbedder(embedder);
  const cot = train.map((row) => ({
    ...row,
    process: '<think>The question asks something. A red circle moves left.</think>',
  }));
  const [zero] = await plantBadFiles(world, 1);
  const bad = [
    '{"problem_id": 1, "problem"',
    { ...cot[0], problem_id: 'gone', path: 'clips/gone.mp4' },
    { ...cot[0], problem_id: 'no-process', process: '' },
    { ...zero, process: cot[0].process },
  ];
  write(join(dir, 'cot.jsonl'), cot);
  write(join(dir, 'mixed.jsonl'), [...cot, ...bad]);
  mkdirSync(join(dir, 'runs'));
  return {
    dir,
    world,
    model,
    embedder,
    cot: join(dir, 'cot.jsonl'),
    mixed: join(dir, 'mixed.jsonl'),
    good: cot.length,
  };
}

export interface CliResult {
  readonly status: number;
  /** Lines of stdout. */
  readonly out: string;
  /** What was written piece by piece. */
  readonly pieces: readonly string[];
  readonly err: string;
}

/** Runs the program here. */
export async function runCli(...args: readonly (string | number)[]): Promise<CliResult> {
  const [out, err, pieces]: string[][] = [[], [], []];
  const io = {
    out: (text: string) => void out.push(text),
    write: (text: string) => void pieces.push(text),
    err: (text: string) => void err.push(text),
  };
  const status = await main(args.map(String), io);
  return { status, out: out.join('\n'), pieces, err: err.join('\n') };
}

/** Rows of a JSON lines file. */
export function rowsOf<T = Record<string, unknown>>(file: string): T[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as T);
}
