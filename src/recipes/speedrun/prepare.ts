// The first two stages: a world of real mp4 files, and its chains of thought by the stand-in experts over HTTP.
import { join } from 'node:path';
import { parseConfig } from '../../base/config.ts';
import { readJsonl, writeJsonl } from '../../base/jsonl.ts';
import { createProgress } from '../../base/progress.ts';
import { type CurationCounts, createMediaReader, curate, curateConfigSchema } from '../../curate/index.ts';
import type { Sample } from '../../data/sample.ts';
import { createOpenAIModel } from '../../llm/openai.ts';
import { loadEmbedder } from '../../models/index.ts';
import { startExpertServer } from '../../world/experts/index.ts';
import { makeWorld, plantBadFiles, type WorldFiles } from '../../world/index.ts';
import { embedderOf, type SpeedrunConfig } from './config.ts';

export interface World extends WorldFiles {
  readonly dir: string;
  /** Training rows with rows of damaged files among them: what curation is given. */
  readonly inputs: string;
}

export async function makeInputs(config: SpeedrunConfig, signal: AbortSignal): Promise<World> {
  const dir = join(config.out, 'world');
  const { train, heldOut, questions } = config.world;
  const progress = createProgress({ label: 'world', total: train + heldOut, unit: 'files' });
  const files = await makeWorld(dir, {
    seed: config.seed,
    train,
    heldOut,
    questionsPerScene: questions,
    signal,
    onProgress: (done) => progress.set(done),
  });
  progress.finish(`${files.train.length} training and ${files.heldOut.length} held-out questions`);
  const inputs = join(dir, 'inputs.jsonl');
  await writeJsonl(inputs, [...files.train, ...(await plantBadFiles(dir, config.seed))]);
  return { ...files, dir, inputs };
}

export interface Curated {
  readonly dir: string;
  readonly counts: CurationCounts;
  /** The whole valid pool: what GRPO draws from. */
  readonly rl: readonly Sample[];
  /** Kept with a chain of thought: what SFT learns from. */
  readonly cot: readonly Sample[];
}

const readRows = async (file: string): Promise<Sample[]> => (await readJsonl<Sample>(file)).rows;

/** Curates with the stand-in experts, each a model of one local server in a process of its own. */
export async function curateInputs(config: SpeedrunConfig, world: World, signal: AbortSignal): Promise<Curated> {
  const dir = join(config.out, 'curation');
  const { minSimilarity, ...rates } = config.experts;
  const server = await startExpertServer({ seed: config.seed, ...rates });
  const embedder = await loadEmbedder(embedderOf(config), { threads: config.threads });
  try {
    const expert = (model: string) => ({ baseURL: server.baseURL, model, concurrency: 4 });
    const settings = parseConfig(curateConfigSchema, {
      data: [world.inputs],
      mediaRoot: world.dir,
      out: dir,
      experts: { describer: expert('describer'), reasoner: expert('reasoner'), refiner: expert('refiner') },
      frames: { describeFps: 2 },
      filter: { minSimilarity },
      embedder: config.embedder,
    });
    const { describer, reasoner, refiner } = settings.experts;
    const models = {
      describer: createOpenAIModel(describer),
      reasoner: createOpenAIModel(reasoner),
      refiner: createOpenAIModel(refiner),
    };
    const { counts } = await curate(settings, { models, media: createMediaReader(), embedder, signal, progress: true });
    const [rl, cot] = [await readRows(join(dir, 'rl.jsonl')), await readRows(join(dir, 'cot.jsonl'))];
    return { dir, counts, rl, cot };
  } finally {
    await embedder.close();
    await server.stop();
  }
}
