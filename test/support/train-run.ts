// A small training run on the embedded engine in a run directory: SFT of 6 steps or GRPO of 4, resumed where it stands. Run it alone,
// to be killed: node test/support/train-run.ts sft|grpo DIRECTORY
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EmbeddedBackend } from '../../src/backends/embedded/index.ts';
import { colourEmbedder } from '../../src/rewards/fake-embedder.ts';
import { createRewardScorer, type RewardScorer } from '../../src/rewards/index.ts';
import { openRun } from '../../src/runs/index.ts';
import { type GrpoConfig, trainGrpo } from '../../src/train/grpo.ts';
import { resumeTraining, runSink } from '../../src/train/run-sink.ts';
import { type SftConfig, trainSft } from '../../src/train/sft.ts';
import type { TrainSink } from '../../src/train/sink.ts';
import { tinyModel, tinyPrompt, tinySample } from './tiny-model.ts';

export type Kind = 'sft' | 'grpo';

const shared = { learningRate: 3e-3, schedule: 'cosine', warmupSteps: 1, weightDecay: 0.01, maxGradNorm: 1 } as const;

const sftConfig: SftConfig = { ...shared, batchSize: 4, epochs: 3, saveEvery: 2, seed: 2 };

export const grpoConfig: GrpoConfig = {
  ...shared,
  questions: 3,
  groupSize: 4,
  steps: 4,
  temperature: 1,
  topP: 0.95,
  maxTokens: 16,
  clipLow: 0.2,
  clipHigh: 0.2,
  beta: 0.04,
  updatesPerBatch: 2,
  std: 'unbiased',
  saveEvery: 2,
  rolloutEvery: 1,
  seed: 2,
};

/** The real scorer on a space of three colours, and a part that a model which knows nothing can earn, so that advantages are not all 0. */
export function scorer(): RewardScorer {
  const real = createRewardScorer(colourEmbedder());
  return {
    async scoreBatch(groups) {
      const results = await real.scoreBatch(groups);
      return results.map((r, i) => {
        if (!r.ok) return r;
        const earned = (g: number) => (groups[i].completions_G[g].text.length % 7) / 7;
        return { ok: true, scores_G: r.scores_G.map((s, g) => ({ ...s, total: s.total + earned(g) })) };
      });
    },
  };
}

/** Starts or resumes the run and takes it to its end. `wrap` may put something between the loop and its sink. */
export async function trainingRun(
  kind: Kind,
  dir: string,
  wrap = (sink: TrainSink) => sink,
  threads = 1,
): Promise<void> {
  const config = kind === 'sft' ? sftConfig : grpoConfig;
  const run = await openRun(dir, { command: kind, config, versions: {} });
  const backend = new EmbeddedBackend(tinyModel(), { threads, maxRows: 8 });
  try {
    const samples = [0, 1, 2, 3, 4, 5, 6, 7].map((id) => tinySample(id));
    const start = await resumeTraining(run, backend);
    const sink = wrap(runSink(run));
    const load = async (sample: (typeof samples)[number]) => tinyPrompt(sample);
    if (kind === 'sft') {
      await trainSft(backend, samples, load, sftConfig, sink, start);
    } else {
      if (start.fresh) await backend.setReference();
      await trainGrpo(backend, samples, load, scorer(), grpoConfig, sink, start);
    }
  } finally {
    await backend.close();
    run.close();
  }
}

/** Names and hashes of all files of a run, the lock apart. */
export function runContent(dir: string): Record<string, string> {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).filter((path) => !path.includes('run.lock'));
  const hash = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
  return Object.fromEntries(paths.sort().map((path) => [path.slice(dir.length), hash(path)]));
}

if (import.meta.main) {
  console.log('ready');
  // A line per step, so that whoever kills it can choose where.
  const telling = (sink: TrainSink): TrainSink => ({
    ...sink,
    metrics: async (row) => {
      await sink.metrics(row);
      console.log('step');
    },
  });
  await trainingRun(process.argv[2] as Kind, process.argv[3], telling, 2);
}
