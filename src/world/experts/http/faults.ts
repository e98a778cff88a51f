// Faults on order, for tests of the people who call: 429 with Retry-After, 500, no answer at all, broken JSON. By share, or for the
// first requests only. Which request fails is decided by a counter, so a repeated request can succeed.
import { z } from 'zod';
import { createRng, type Rng } from '../../../base/rng.ts';

export const faultKinds = ['rate-limit', 'server-error', 'hang', 'broken-body', 'broken-json'] as const;
export type FaultKind = (typeof faultKinds)[number];

export const faultSchema = z.strictObject({
  kind: z
    .enum(faultKinds)
    .describe(
      'broken-body: the HTTP body is cut off; broken-json: the reply itself is (a reasoner gives no answer tag).',
    ),
  share: z.number().min(0).max(1).default(0).describe('Share of the requests that fail this way.'),
  first: z.number().int().min(0).default(0).describe('The first so many requests fail this way.'),
  model: z.string().optional().describe('Only requests for this model.'),
});
export type Fault = z.output<typeof faultSchema>;

export interface FaultPlan {
  /** The fault of the next request for this model, if any. */
  next(model: string): FaultKind | undefined;
}

interface Line {
  readonly fault: Fault;
  readonly rng: Rng;
  seen: number;
}

function strikes(line: Line): boolean {
  line.seen++;
  const drawn = line.rng.next() < line.fault.share;
  return line.seen <= line.fault.first || drawn;
}

/** The first fault in the list that strikes wins; every fault counts the requests of its model that get to it. */
export function createFaultPlan(faults: readonly Fault[], seed: number): FaultPlan {
  const lines = faults.map((fault, i): Line => ({ fault, rng: createRng(seed).fork(i), seen: 0 }));
  return {
    next: (model) =>
      lines.find((line) => (line.fault.model === undefined || line.fault.model === model) && strikes(line))?.fault.kind,
  };
}
