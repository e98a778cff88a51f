// The decisions of a review as a log of events, and what holds after them. Undo and redo are events too, so that a log read again gives the
// same state with the same things to undo. Pure; leaves out the file (store.ts).
import { z } from 'zod';
import { VideorftError } from '../../base/errors.ts';
import { type Decision, decisionSchema } from './decision.ts';

const common = {
  /** 1, 2, 3, …: a line that is lost or stands twice is noticed. */
  n: z.number().int().positive(),
  at: z.string(),
  by: z.string().optional(),
};
export const eventSchema = z.discriminatedUnion('do', [
  z.strictObject({
    ...common,
    do: z.literal('decide'),
    sample: z.string(),
    problem_id: z.union([z.string(), z.number()]),
    /** The chain that was looked at. */
    chain: z.string(),
    /** null takes a decision back. */
    decision: decisionSchema.nullable(),
  }),
  z.strictObject({ ...common, do: z.literal('undo'), of: z.number().int() }),
  z.strictObject({ ...common, do: z.literal('redo'), of: z.number().int() }),
]);
export type ReviewEvent = z.output<typeof eventSchema>;
export type DecideEvent = Extract<ReviewEvent, { do: 'decide' }>;

/** What holds for a sample. */
export interface Decided {
  readonly chain: string;
  readonly problem_id: string | number;
  readonly decision: Decision;
}

interface Step {
  readonly n: number;
  readonly sample: string;
  readonly before: Decided | undefined;
  readonly after: Decided | undefined;
}

export class ReviewHistory {
  readonly #decided = new Map<string, Decided>();
  readonly #done: Step[] = [];
  readonly #undone: Step[] = [];
  #n = 0;

  get decided(): ReadonlyMap<string, Decided> {
    return this.#decided;
  }

  /** Number of the last event. */
  get length(): number {
    return this.#n;
  }

  /** The decision that undo would take back. */
  get undoable(): Pick<Step, 'n' | 'sample'> | undefined {
    return this.#done.at(-1);
  }

  get redoable(): Pick<Step, 'n' | 'sample'> | undefined {
    return this.#undone.at(-1);
  }

  /** Takes an event in; returns the sample that it is about. Throws 'review-log' for one that cannot follow. */
  add(event: ReviewEvent): string {
    if (event.n !== this.#n + 1) throw broken(event, `event ${this.#n + 1} is expected here`);
    const sample = event.do === 'decide' ? this.#decide(event) : this.#step(event);
    this.#n = event.n;
    return sample;
  }

  #decide({ n, sample, chain, problem_id, decision }: DecideEvent): string {
    const before = this.#decided.get(sample);
    const after = decision === null ? undefined : { chain, problem_id, decision };
    this.#done.push({ n, sample, before, after });
    this.#undone.length = 0;
    this.#set(sample, after);
    return sample;
  }

  #step(event: Exclude<ReviewEvent, DecideEvent>): string {
    const undo = event.do === 'undo';
    const [from, to] = undo ? [this.#done, this.#undone] : [this.#undone, this.#done];
    const step = from.at(-1);
    if (step?.n !== event.of) throw broken(event, `there is no event ${event.of} to ${event.do}`);
    to.push(from.pop() as Step);
    this.#set(step.sample, undo ? step.before : step.after);
    return step.sample;
  }

  #set(sample: string, decided: Decided | undefined): void {
    if (decided) this.#decided.set(sample, decided);
    else this.#decided.delete(sample);
  }
}

const broken = (event: ReviewEvent, reason: string) =>
  new VideorftError('The log of decisions does not fit together.', {
    code: 'review-log',
    facts: { event: event.n, reason },
    fix: 'Restore decisions.jsonl from a copy, or delete its lines from this event on.',
  });
