// What a curation has taken so far, by stage: answers, attempts by how they ended, tokens, and cost at the experts' prices. Pure.
// Attempts of killed and failed runs count: this is what the endpoints will charge.
import type { CurateConfig, ExpertConfig } from './config.ts';
import type { AskingStage, StageTotals, Usage } from './state/port.ts';
import { byStage } from './state/sums.ts';

/** Which expert does which stage. */
export const expertOf = { describe: 'describer', reason: 'reasoner', refine: 'refiner', judge: 'judge' } as const;

export interface StageBill {
  readonly answers: number;
  readonly attempts: number;
  /** Every attempt, by how it ended. */
  readonly outcomes: StageTotals['outcomes'];
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  /** In the currency of the prices; null for an expert without one. */
  readonly cost: number | null;
}

export interface Bill {
  readonly stages: Readonly<Record<AskingStage, StageBill>>;
  /** Of the experts with a price. */
  readonly cost: number;
}

export const hasPrice = ({ input, output }: ExpertConfig['price']): boolean => (input ?? output) !== undefined;

/** What the expert of a stage charges, by the way in which it is asked. */
export function priceOf(stage: AskingStage, experts: CurateConfig['experts']): ExpertConfig['price'] {
  const expert = experts[expertOf[stage]];
  if (!expert?.batch.use) return expert?.price ?? {};
  const reduced = (each: number | undefined) => (each === undefined ? undefined : each * expert.batch.priceFactor);
  return { input: reduced(expert.price.input), output: reduced(expert.price.output) };
}

/** Cost of tokens, or null without a price. */
export function costOf({ promptTokens, completionTokens }: Usage, price: ExpertConfig['price']): number | null {
  if (!hasPrice(price)) return null;
  return (promptTokens * (price.input ?? 0) + completionTokens * (price.output ?? 0)) / 1e6;
}

export function makeBill(totals: Readonly<Record<AskingStage, StageTotals>>, experts: CurateConfig['experts']): Bill {
  const stageBill = (stage: AskingStage): StageBill => {
    const { answers, attempts, outcomes, usage } = totals[stage];
    const { promptTokens, completionTokens } = usage;
    const cost = costOf(usage, priceOf(stage, experts));
    return { answers, attempts, outcomes, prompt_tokens: promptTokens, completion_tokens: completionTokens, cost };
  };
  const stages = byStage(stageBill);
  return { stages, cost: Object.values(stages).reduce((sum, { cost }) => sum + (cost ?? 0), 0) };
}

const failuresOf = ({ outcomes }: StageBill): string[] =>
  Object.entries(outcomes)
    .filter(([outcome]) => outcome !== 'answered')
    .map(([outcome, n]) => `${outcome} ${n}`);

/** Costs of cents need more digits than those of thousands. */
export const formatCost = (cost: number): string => cost.toFixed(cost < 10 ? 4 : 2);

/** The bill as lines for the terminal. */
export function formatBill({ stages, cost }: Bill): string {
  const asked = Object.entries(stages).filter(([stage, { attempts }]) => stage !== 'judge' || attempts > 0);
  const lines = asked.map(([stage, bill]) => {
    const others = failuresOf(bill);
    const money = bill.cost === null ? '' : `, cost ${formatCost(bill.cost)}`;
    const tokens = `${bill.prompt_tokens} + ${bill.completion_tokens} tokens`;
    return `${stage}: ${bill.attempts} attempts${others.length ? ` (${others.join(', ')})` : ''}, ${tokens}${money}`;
  });
  return [...lines, ...(cost > 0 ? [`cost so far ${formatCost(cost)}`] : [])].join('\n');
}
