// Test helper: a sink that keeps what it is told, checkpoints in temporary folders, samples and prompts without any media.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Prompt } from '../backends/port.ts';
import { VideorftError } from '../base/errors.ts';
import type { Sample } from '../data/sample.ts';
import type { GrpoConfig } from './grpo.ts';
import type { TrainSink } from './sink.ts';
import type { LoadPrompt } from './source.ts';

/** A small GRPO run. */
export const grpoFixture: GrpoConfig = {
  questions: 3,
  groupSize: 4,
  steps: 4,
  learningRate: 0.1,
  schedule: 'constant',
  warmupSteps: 0,
  weightDecay: 0.01,
  maxGradNorm: 5,
  temperature: 0.9,
  topP: 0.95,
  maxTokens: 200,
  clipLow: 0.2,
  clipHigh: 0.28,
  beta: 0.04,
  updatesPerBatch: 1,
  std: 'unbiased',
  saveEvery: 2,
  rolloutEvery: 3,
  seed: 5,
};

export type Row = Record<string, number | string | null>;

export interface RecordingSink extends TrainSink {
  readonly rows: Row[];
  readonly rolloutSteps: number[];
  readonly rolloutRows: object[];
  /** Folders by number of steps done. */
  readonly checkpoints: Map<number, string>;
}

export function recordingSink(): RecordingSink {
  const root = mkdtempSync(join(tmpdir(), 'loop-'));
  const sink: RecordingSink = {
    rows: [],
    rolloutSteps: [],
    rolloutRows: [],
    checkpoints: new Map(),
    metrics: async (row) => void sink.rows.push(row),
    rollouts: async (step, rows) => {
      sink.rolloutSteps.push(step);
      sink.rolloutRows.push(...rows);
    },
    checkpoint: async (step, write) => {
      const dir = mkdtempSync(join(root, `${step}-`));
      await write(dir);
      sink.checkpoints.set(step, dir);
    },
  };
  return sink;
}

export function textSamples(count: number): Sample[] {
  return Array.from({ length: count }, (_, id) => ({
    problem_id: id,
    problem: `Question ${id}?`,
    data_type: 'video',
    problem_type: 'multiple choice',
    options: ['A. left', 'B. right', 'C. up', 'D. down'],
    process: `<think>It is ${'so '.repeat(id % 4)}clear.</think>`,
    solution: `<answer>${'ABCD'[id % 4]}</answer>`,
    path: `clips/${id}.mp4`,
  }));
}

/** Prompts without clips; the samples in `bad` cannot be loaded. */
export function textLoader(bad: readonly number[] = []): LoadPrompt & { readonly loaded: string[] } {
  const loaded: string[] = [];
  const load = async (sample: Sample): Promise<Prompt> => {
    const id = String(sample.problem_id);
    loaded.push(id);
    if (bad.includes(Number(id)))
      throw new VideorftError('the file cannot be decoded', { code: 'media-decode', facts: { file: sample.path } });
    return { id, messages: [{ role: 'user', content: sample.problem }] };
  };
  return Object.assign(load, { loaded });
}
