// What a test expects to go wrong.
import { VideorftError } from '../../src/base/errors.ts';

/** The VideorftError that `work` ends in; anything else fails the test. */
export async function failureOf(work: Promise<unknown>): Promise<VideorftError> {
  const outcome = await work.then(
    () => 'no error',
    (error: unknown) => error,
  );
  if (outcome instanceof VideorftError) return outcome;
  throw new Error(`expected a VideorftError, got ${String(outcome)}`);
}
