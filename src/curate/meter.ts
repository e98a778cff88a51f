// Watches a curation's state go by: what was answered, what failed and how, tokens and cost so far, rates; and stops new tasks where the
// budget is used up. A state around another state, so that whoever writes there is seen. Leaves out: drawing (base/progress.ts).
import { VideorftError } from '../base/errors.ts';
import { costOf, expertOf, formatCost, hasPrice, makeBill } from './bill.ts';
import type { CurateConfig } from './config.ts';
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
  /** Rates per stage, tokens, cost, failures by kind: one line. */
  status(): string;
  /** Cost so far, over all runs. */
  readonly spent: number;
}

interface Stage {
  calls: number;
  cost: number;
  underWay: number;
  /** Times of the answers within the window. */
  recent: number[];
}

/** Throws 'curate-budget-prices' where a budget is set and no expert has a price. */
export async function meter(
  inner: CurationState,
  { experts, budget, now = Date.now }: MeterOptions,
): Promise<MeteredState> {
  requirePrices(experts, budget);
  const totals = await inner.totals();
  const { stages: bill, cost } = makeBill(totals, experts);
  const stages = new Map<AskingStage, Stage>();
  const failures: Partial<Record<Outcome, number>> = {};
  const leases = new Map<number, AskingStage>();
  const began = now();
  let tokens = 0;
  let spent = cost;
  for (const stage of askingStages) {
    const replies = totals[stage].replies;
    stages.set(stage, { calls: replies, cost: bill[stage].cost ?? 0, underWay: 0, recent: [] });
    tokens += bill[stage].prompt_tokens + bill[stage].completion_tokens;
  }
  const stageOf = ({ task }: Lease) => leases.get(task) as AskingStage;
  const of = (stage: AskingStage) => stages.get(stage) as Stage;
  const paid = (lease: Lease, usage: Usage) => {
    const stage = stageOf(lease);
    const cost = costOf(usage, experts[expertOf[stage]].price) ?? 0;
    of(stage).calls++;
    of(stage).cost += cost;
    spent += cost;
    tokens += usage.promptTokens + usage.completionTokens;
  };
  const failed = (kind: Outcome) => {
    failures[kind] = (failures[kind] ?? 0) + 1;
  };
  const ended = (lease: Lease) => {
    of(stageOf(lease)).underWay--;
    leases.delete(lease.task);
  };
  /** What a call of the stage costs, by those before; until there is one, as much as its longest answer. */
  const perCall = (stage: AskingStage) => {
    const { calls, cost } = of(stage);
    const { maxTokens, price } = experts[expertOf[stage]];
    return calls > 0 ? cost / calls : (costOf({ promptTokens: 0, completionTokens: maxTokens }, price) ?? 0);
  };
  const refuseBeyondBudget = (next: AskingStage) => {
    if (budget === undefined) return;
    const underWay = askingStages.reduce((sum, stage) => sum + of(stage).underWay * perCall(stage), 0);
    // What a first call will cost is not known: one is made, alone, as long as anything is left.
    const isFirst = underWay === 0 && of(next).calls === 0;
    if (spent < budget && (isFirst || spent + underWay + perCall(next) <= budget)) return;
    throw usedUp(budget, spent);
  };
  const rate = (stage: AskingStage): string => {
    const { recent } = of(stage);
    while (recent.length > 0 && recent[0] < now() - WINDOW_MS) recent.shift();
    const seconds = Math.max(1, Math.min(WINDOW_MS, now() - began) / 1000);
    return `${stage} ${(recent.length / seconds).toFixed(1)}/s`;
  };
  return {
    ...inner,
    async claim(task) {
      refuseBeyondBudget(task.stage);
      of(task.stage).underWay++;
      try {
        const claim = await inner.claim<never>(task);
        if (claim.kind === 'mine') leases.set(claim.lease.task, task.stage);
        else of(task.stage).underWay--;
        return claim;
      } catch (error) {
        of(task.stage).underWay--;
        throw error;
      }
    },
    async fail(lease, attempt, kind) {
      failed(kind);
      await inner.fail(lease, attempt, kind);
    },
    async unfit(lease, attempt, reply, usage) {
      failed('malformed');
      paid(lease, usage);
      await inner.unfit(lease, attempt, reply, usage);
    },
    async complete(lease, attempt, answer, usage) {
      paid(lease, usage);
      const record = await inner.complete(lease, attempt, answer, usage);
      of(stageOf(lease)).recent.push(now());
      ended(lease);
      return record;
    },
    async release(lease, how) {
      ended(lease);
      await inner.release(lease, how);
    },
    status() {
      const kinds = Object.entries(failures).map(([kind, n]) => `${kind} ${n}`);
      const money = spent > 0 ? [`cost ${formatCost(spent)}`] : [];
      const bad = kinds.length > 0 ? [kinds.join(', ')] : [];
      return [...askingStages.map(rate), `${formatTokens(tokens)} tokens`, ...money, ...bad].join(' · ');
    },
    get spent() {
      return spent;
    },
  };
}

function formatTokens(tokens: number): string {
  if (tokens < 10_000) return String(tokens);
  return tokens < 10e6 ? `${Math.round(tokens / 1000)}K` : `${(tokens / 1e6).toFixed(1)}M`;
}

function requirePrices(experts: CurateConfig['experts'], budget: number | undefined): void {
  if (budget === undefined || Object.values(experts).some(({ price }) => hasPrice(price))) return;
  throw new VideorftError('There is a budget, and no expert has a price to be held against it.', {
    code: 'curate-budget-prices',
    facts: { budget },
    fix: 'Give experts.describer.price.input and .output (per million tokens), and so for the other paid experts.',
  });
}

const usedUp = (budget: number, spent: number) =>
  new VideorftError('The budget is used up: the run stops, with all answers that were paid for.', {
    code: 'curate-budget',
    facts: { budget, spent: formatCost(spent) },
    fix: 'Raise budget and run again: it goes on where it stopped.',
  });
