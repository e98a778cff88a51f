// Watches a curation's state go by: what was answered, what failed and how, tokens and cost so far, rates; and lets new tasks begin as far as
// the purse has room. A state around another state, so that whoever writes there is seen. Leaves out: drawing (base/progress.ts).
import { formatCost } from './bill.ts';
import { type CurateConfig, judgeOf } from './config.ts';
import { createOthers } from './others.ts';
import { openPurse } from './purse.ts';
import {
  type AskingStage,
  askingStages,
  type CurationState,
  type Lease,
  type Outcome,
  type Usage,
} from './state/port.ts';

/** Rates are of the last so many milliseconds. */
const WINDOW_MS = 60_000;

export interface MeterOptions {
  readonly experts: CurateConfig['experts'];
  readonly budget?: number;
  readonly now?: () => number;
}

export interface MeteredState extends CurationState {
  /** Takes in what other workers have done since the last time. */
  catchUp(): Promise<void>;
  /** Rates per stage, tokens, cost, failures by kind: one line. */
  status(): string;
}

/** Answers per second of the last minute, by stage. */
function createRates(now: () => number) {
  const began = now();
  const times = new Map<AskingStage, number[]>(askingStages.map((stage) => [stage, []]));
  const of = (stage: AskingStage) => times.get(stage) as number[];
  return {
    count(stage: AskingStage, answers = 1): void {
      for (let i = 0; i < answers; i++) of(stage).push(now());
    },
    text(stage: AskingStage): string {
      const recent = of(stage);
      while (recent.length > 0 && recent[0] < now() - WINDOW_MS) recent.shift();
      const seconds = Math.max(1, Math.min(WINDOW_MS, now() - began) / 1000);
      return `${stage} ${(recent.length / seconds).toFixed(1)}/s`;
    },
  };
}

/** Throws 'curate-budget-prices' where a budget is set and no expert has a price. */
export async function meter(
  inner: CurationState,
  { experts, budget, now = Date.now }: MeterOptions,
): Promise<MeteredState> {
  const totals = await inner.totals();
  const purse = openPurse(experts, budget, totals);
  const rates = createRates(now);
  const shown = askingStages.filter((stage) => stage !== 'judge' || judgeOf({ experts }));
  const failures: Partial<Record<Outcome, number>> = {};
  const leases = new Map<number, AskingStage>();
  const stageOf = ({ task }: Lease) => leases.get(task) as AskingStage;
  let tokens = askingStages.reduce((sum, stage) => sum + tokensOf(totals[stage].usage), 0);
  const others = createOthers(totals);
  const paid = (lease: Lease, usage: Usage, isAnswer: boolean) => {
    purse.paid(stageOf(lease), usage, isAnswer ? 1 : 0);
    others.paid(stageOf(lease), usage, isAnswer ? 1 : 0);
    tokens += tokensOf(usage);
  };
  const failed = (kind: Outcome, lease: Lease) => {
    others.failed(stageOf(lease), kind);
    failures[kind] = (failures[kind] ?? 0) + 1;
  };
  const catchUp = async () => {
    for (const { stage, usage, answers, outcomes } of others.since(await inner.totals())) {
      purse.paid(stage, usage, answers);
      rates.count(stage, answers);
      tokens += tokensOf(usage);
      for (const [kind, n] of outcomes) failures[kind] = (failures[kind] ?? 0) + n;
    }
  };
  const ended = (lease: Lease) => {
    purse.leave(stageOf(lease));
    leases.delete(lease.task);
  };
  const status = () => {
    const kinds = Object.entries(failures).map(([kind, n]) => `${kind} ${n}`);
    const money = purse.spent > 0 ? [`cost ${formatCost(purse.spent)}`] : [];
    const bad = kinds.length > 0 ? [kinds.join(', ')] : [];
    return [...shown.map(rates.text), `${formatTokens(tokens)} tokens`, ...money, ...bad].join(' · ');
  };
  return {
    answer: (task) => inner.answer(task),
    batches: inner.batches,
    begin: (lease) => inner.begin(lease),
    resume: (lease) => inner.resume(lease),
    synced: () => inner.synced(),
    heartbeat: () => inner.heartbeat(),
    effort: (task) => inner.effort(task),
    totals: () => inner.totals(),
    close: () => inner.close(),
    status,
    catchUp,
    async claim(task) {
      await purse.enter(task.stage);
      let isMine = false;
      try {
        const claim = await inner.claim<never>(task);
        isMine = claim.kind === 'mine';
        if (claim.kind === 'mine') leases.set(claim.lease.task, task.stage);
        return claim;
      } finally {
        if (!isMine) purse.leave(task.stage);
      }
    },
    async fail(lease, attempt, kind) {
      failed(kind, lease);
      await inner.fail(lease, attempt, kind);
    },
    async unfit(lease, attempt, reply, usage) {
      failed('malformed', lease);
      paid(lease, usage, false);
      await inner.unfit(lease, attempt, reply, usage);
    },
    async complete(lease, attempt, answer, usage) {
      paid(lease, usage, true);
      const record = await inner.complete(lease, attempt, answer, usage);
      rates.count(stageOf(lease));
      ended(lease);
      return record;
    },
    async release(lease, how) {
      ended(lease);
      await inner.release(lease, how);
    },
  };
}

const tokensOf = ({ promptTokens, completionTokens }: Usage): number => promptTokens + completionTokens;

function formatTokens(tokens: number): string {
  if (tokens < 10_000) return String(tokens);
  return tokens < 10e6 ? `${Math.round(tokens / 1000)}K` : `${(tokens / 1e6).toFixed(1)}M`;
}
