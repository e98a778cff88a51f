// What other workers have added to a shared state, from its totals and from what was done here: totals less ours, and never less than before,
// as what is on its way to the state counts as ours already. Pure.
import { type AskingStage, askingStages, type Outcome, type StageTotals, type Usage } from './state/port.ts';

type Totals = Readonly<Record<AskingStage, StageTotals>>;

interface Tally {
  answers: number;
  promptTokens: number;
  completionTokens: number;
  readonly outcomes: Map<Outcome, number>;
}

export interface Added {
  readonly stage: AskingStage;
  readonly answers: number;
  readonly usage: Usage;
  readonly outcomes: readonly (readonly [Outcome, number])[];
}

/** Neither of these is a failure that progress would name: answers are counted apart, and a lost attempt may be under way. */
const UNNAMED = new Set<Outcome>(['answered', 'lost', 'aborted']);

const empty = (): Tally => ({ answers: 0, promptTokens: 0, completionTokens: 0, outcomes: new Map() });

function addUsage(tally: Tally, { promptTokens, completionTokens }: Usage, answers: number): void {
  tally.answers += answers;
  tally.promptTokens += promptTokens;
  tally.completionTokens += completionTokens;
}

export function createOthers(initial: Totals) {
  const tallies = () => new Map(askingStages.map((stage) => [stage, empty()]));
  const [ours, seen] = [tallies(), tallies()];
  const add = (tally: Tally, kind: Outcome, n: number) =>
    void tally.outcomes.set(kind, (tally.outcomes.get(kind) ?? 0) + n);
  const take = (stage: AskingStage, { answers, usage, outcomes }: StageTotals): Added => {
    const [own, before] = [ours.get(stage) as Tally, seen.get(stage) as Tally];
    const more = (total: number, name: 'answers' | 'promptTokens' | 'completionTokens') =>
      Math.max(0, total - own[name] - before[name]);
    const kinds = Object.entries(outcomes) as [Outcome, number][];
    const failed = kinds
      .map(([kind, n]) => [kind, n - (own.outcomes.get(kind) ?? 0) - (before.outcomes.get(kind) ?? 0)] as const)
      .filter(([kind, n]) => n > 0 && !UNNAMED.has(kind));
    const added = {
      stage,
      answers: more(answers, 'answers'),
      usage: {
        promptTokens: more(usage.promptTokens, 'promptTokens'),
        completionTokens: more(usage.completionTokens, 'completionTokens'),
      },
      outcomes: failed,
    };
    addUsage(before, added.usage, added.answers);
    for (const [kind, n] of failed) add(before, kind, n);
    return added;
  };
  for (const stage of askingStages) take(stage, initial[stage]);
  return {
    /** Done here, so by no other. */
    paid: (stage: AskingStage, usage: Usage, answers: number) => addUsage(ours.get(stage) as Tally, usage, answers),
    failed: (stage: AskingStage, kind: Outcome) => add(ours.get(stage) as Tally, kind, 1),
    /** What has come since the last call. */
    since: (totals: Totals): Added[] => askingStages.map((stage) => take(stage, totals[stage])),
  };
}
