// For the tests of an ablation: its miniature in a folder of its own, run to the end or stopped after some models.
import { parseConfig } from '../../src/base/config.ts';
import { ablate, ablateConfig } from '../../src/recipes/ablate/index.ts';
import { reportAblation } from '../../src/recipes/ablate/results.ts';
import { readRun } from '../../src/runs/index.ts';

export interface AblationRun {
  /** What was printed, and what it rejected with. */
  run(stopAfter?: number): Promise<{ readonly lines: readonly string[]; readonly error: unknown }>;
  /** The Markdown as the folder stands now. */
  report(): Promise<string>;
  /** The rewards that a run's record names. */
  rewardsOf(name: string): Promise<unknown>;
}

export const beginnings = (lines: readonly string[]) => lines.filter((line) => / of \d+: /.test(line));

/** Rows of the tables of scores, which have more columns than the others. */
export const scoreRows = (markdown: string): string[] =>
  markdown.split('\n').filter((line) => /^\| [\w-]+/.test(line) && line.split(' | ').length >= 9);

export function ablationIn(out: string, settings: object): AblationRun {
  const config = parseConfig(ablateConfig, {
    out,
    world: { train: 16, heldOut: 3, questions: 2 },
    sft: { batchSize: 16 },
    grpo: { steps: 1, questions: 2, groupSize: 2, maxTokens: 16 },
    evaluate: { limit: 2 },
    ...settings,
  });
  return {
    run: async (stopAfter = Number.POSITIVE_INFINITY) => {
      const [lines, stop]: [string[], AbortController] = [[], new AbortController()];
      const print = (line: string) => {
        lines.push(line);
        if (beginnings(lines).length > stopAfter) stop.abort();
      };
      const context = { versions: { test: '1' }, signal: stop.signal, command: 'test', print };
      const error = await ablate(config, context).catch((reason: unknown) => reason);
      return { lines, error };
    },
    report: () => reportAblation([out], out),
    rewardsOf: async (name) => ((await readRun(`${out}/${name}`)).record.config as { rewards?: unknown }).rewards,
  };
}
