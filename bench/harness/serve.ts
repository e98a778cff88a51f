// The other end of child.ts in Node: reads requests from standard input and answers on standard output, one after another.
import { createInterface } from 'node:readline';
import { reasonOf, VideorftError } from '../../src/base/errors.ts';

/** What a process can be asked: verb → answer. Arguments are what child.ts was given. */
export type Verbs = Readonly<Record<string, (args: never) => Promise<unknown>>>;

const describe = (error: unknown) => (error instanceof VideorftError ? error.describe() : reasonOf(error));

/** Answers until standard input ends. */
export async function serve(verbs: Verbs): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const { id, verb, args } = JSON.parse(line) as { id: number; verb: string; args: never };
    const answer = verbs[verb]
      ? verbs[verb](args).then(
          (result) => ({ id, result: result ?? null }),
          (error: unknown) => ({ id, error: describe(error) }),
        )
      : Promise.resolve({ id, error: `there is no verb ${verb}` });
    process.stdout.write(`${JSON.stringify(await answer)}\n`);
  }
}
