// What a curation has cost so far, and room for one more call under a budget: a call waits while those under way may use up what is left, and
// is refused when nothing is. What workers on other machines have under way is not known here. Leaves out: who calls (meter.ts).
import { VideorftError } from '../base/errors.ts';
import { costOf, formatCost, hasPrice, makeBill, priceOf } from './bill.ts';
import type { CurateConfig } from './config.ts';
import { type AskingStage, askingStages, type StageTotals, type Usage } from './state/port.ts';

export interface Purse {
  readonly spent: number;
  /** Takes room for a call that begins. Throws 'curate-budget'. */
  enter(stage: AskingStage): Promise<void>;
  /** `answers`: replies that could be used; what others cost is part of what an answer costs. */
  paid(stage: AskingStage, usage: Usage, answers: number): void;
  leave(stage: AskingStage): void;
}

interface Account {
  answers: number;
  cost: number;
  underWay: number;
}

/** `totals`: what earlier runs have taken. Throws 'curate-budget-prices' where a budget is set and no expert has a price. */
export function openPurse(
  experts: CurateConfig['experts'],
  budget: number | undefined,
  totals: Readonly<Record<AskingStage, StageTotals>>,
): Purse {
  requirePrices(experts, budget);
  const bill = makeBill(totals, experts);
  const accountOf = (stage: AskingStage): [AskingStage, Account] => [
    stage,
    { answers: totals[stage].answers, cost: bill.stages[stage].cost ?? 0, underWay: 0 },
  ];
  const accounts = new Map(askingStages.map(accountOf));
  const of = (stage: AskingStage) => accounts.get(stage) as Account;
  let spent = bill.cost;
  let waiting: (() => void)[] = [];

  const mean = ({ answers, cost }: Account): number => (answers > 0 ? cost / answers : 0);
  /** What an answer of the stage costs, by those before it; before the first, as much as the dearest other. */
  const perAnswer = (stage: AskingStage): number =>
    of(stage).answers > 0 ? mean(of(stage)) : Math.max(...[...accounts.values()].map(mean));
  const isAlone = () => askingStages.every((stage) => of(stage).underWay === 0);
  const hasRoom = (next: AskingStage, most: number): boolean => {
    // What a first call will cost is not known: one is made, and the others wait for it.
    if (of(next).answers === 0 && of(next).underWay > 0) return false;
    const expected = askingStages.reduce((sum, stage) => sum + of(stage).underWay * perAnswer(stage), 0);
    return spent < most && spent + expected + perAnswer(next) <= most;
  };
  return {
    get spent() {
      return spent;
    },
    async enter(stage) {
      while (budget !== undefined && !hasRoom(stage, budget)) {
        if (isAlone() || spent >= budget) throw usedUp(budget, spent);
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
      of(stage).underWay++;
    },
    paid(stage, usage, answers) {
      const cost = costOf(usage, priceOf(stage, experts)) ?? 0;
      of(stage).answers += answers;
      of(stage).cost += cost;
      spent += cost;
    },
    leave(stage) {
      of(stage).underWay--;
      const woken = waiting;
      waiting = [];
      for (const look of woken) look();
    },
  };
}

function requirePrices(experts: CurateConfig['experts'], budget: number | undefined): void {
  if (budget === undefined || askingStages.some((stage) => hasPrice(priceOf(stage, experts)))) return;
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
