// Reflection by checkpoint of a GRPO run: its rollout files, each sampled by the policy after so many steps. Leaves out: rules and statistics.
import { VideorftError } from '../../base/errors.ts';
import { problemTypes } from '../../data/sample.ts';
import { type JudgedOutput, thoughtOfRow } from '../../evaluate/index.ts';
import { type RunReflection, summarizeReflection, type Thought } from '../../report/index.ts';
import { readRun } from '../../runs/index.ts';
import type { RolloutRow } from '../../train/rollout-log.ts';

interface StoredCompletion {
  readonly output: string;
  readonly finish: string;
  /** R_a. */
  readonly accuracy: number;
}

/** Runs of before November 2026 do not name the answer type: options tell multiple choice, and of others no change is told. */
const typeOf = ({ type, options }: RolloutRow): JudgedOutput['type'] =>
  problemTypes.find((known) => known === type) ?? (options.length > 0 ? 'multiple choice' : 'free-form');

function thoughtsOf(row: RolloutRow): Thought[] {
  const { id, path, solution } = row;
  const options = row.options.length > 0 ? row.options : null;
  return (row.completions as readonly StoredCompletion[]).map(({ output, finish, accuracy }) =>
    thoughtOfRow({ id, path, type: typeOf(row), options, solution, output, finish, score: accuracy }),
  );
}

/** Errors: run-missing; result-run where the run has no rollouts. */
export async function runReflection(dir: string): Promise<RunReflection> {
  const { rollouts } = await readRun(dir);
  const steps: { readonly step: number; readonly thoughts: readonly Thought[] }[] = [];
  for (const step of await rollouts.steps())
    steps.push({ step, thoughts: (await rollouts.read<RolloutRow>(step)).flatMap(thoughtsOf) });
  if (steps.length > 0)
    return {
      run: dir,
      steps: steps.map(({ step, thoughts }) => ({ step, summary: summarizeReflection(thoughts) })),
      all: summarizeReflection(steps.flatMap(({ thoughts }) => thoughts)),
    };
  throw new VideorftError('this run has no rollouts', {
    code: 'result-run',
    facts: { run: dir },
    fix: 'name a run of videorft grpo, or a .jsonl file of videorft eval',
  });
}
