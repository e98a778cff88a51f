// What every backend refuses: loss inputs that do not fit the batch would silently train on a neighbour's values.
import { VideorftError } from '../base/errors.ts';
import type { LossInput, Sequence } from './port.ts';

/** Throws 'backend-loss' unless every array of `loss` has one entry per sequence and one value per completion token. */
export function checkLoss(batch: readonly Sequence[], loss: LossInput): void {
  const refuse = (what: string, expected: number, got: number, sequence?: number): never => {
    throw new VideorftError(`the loss does not fit the batch: ${what}`, {
      code: 'backend-loss',
      facts: { sequence, expected, got },
    });
  };
  const ofGrpo = ['weights', 'oldLogprobs', 'refLogprobs', 'importance'] as const;
  const perToken = loss.kind === 'grpo' ? ofGrpo : (['weights'] as const);
  if (loss.kind === 'grpo' && loss.advantages.length !== batch.length)
    refuse('advantages', batch.length, loss.advantages.length);
  for (const name of perToken) {
    const rows = (loss as Partial<Record<typeof name, readonly Float32Array[]>>)[name];
    if (rows === undefined) continue; // importance, which may be absent
    if (rows.length !== batch.length) refuse(name, batch.length, rows.length);
    for (const [i, { tokens }] of batch.entries())
      if (rows[i].length !== tokens.length) refuse(`${name} of a sequence`, tokens.length, rows[i].length, i);
  }
}
