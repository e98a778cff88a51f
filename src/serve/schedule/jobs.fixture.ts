// What the scheduler's tests share: a tiny model, prompts, and jobs that gather what they get.
import { tinyModel, tinyPrompts } from '../../../test/support/tiny-model.ts';
import { GenerationPrograms, type Inference } from '../../models/index.ts';
import type { Job, SchedulerOptions } from './scheduler.ts';

export const model = tinyModel();
export const inference: Inference = {
  model,
  programs: new GenerationPrograms(model, { threads: 1 }),
  weights: model.weights,
};
export const closeJobs = () => inference.programs.dispose();
export const prompts = tinyPrompts(8).map((p) => model.prepare(p.messages, p.clip));
export const never = new AbortController().signal;
export const options: SchedulerOptions = {
  maxRows: 32,
  maxTokens: 64,
  maxBytes: 64 * 2 ** 20,
  decodeBytes: 2 ** 30,
  prefixes: true,
};

export interface Asked extends Job {
  readonly said: number[][];
}

/** A job that gathers what it gets. */
export function ask(prompt: number, more: Partial<Job> = {}): Asked {
  const n = more.n ?? 1;
  const said: number[][] = Array.from({ length: n }, () => []);
  return {
    prompt: prompts[prompt],
    media: prompts[prompt].vision.map(() => `clip ${prompt}`),
    n,
    temperature: 1,
    topP: 1,
    topK: 0,
    seed: prompt,
    maxTokens: 24,
    onToken: (sample, token) => {
      said[sample].push(token);
      return false;
    },
    ...more,
    said,
  };
}
