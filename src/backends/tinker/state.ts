// What a checkpoint folder holds of weights that lie on a server: their addresses. Leaves out: the weights themselves.
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '../../base/atomic.ts';
import { VideorftError } from '../../base/errors.ts';
import { readTextIfPresent } from '../../base/if-present.ts';

export const STATE_FILE = 'tinker.json';

const stateSchema = z.object({
  server: z.string(),
  baseModel: z.string(),
  rank: z.number().int().nonnegative(),
  /** Address of weights and optimizer. */
  weights: z.string().startsWith('tinker://'),
  /** Whether they are there to go on with: optimizer and reference count. */
  optimizer: z.boolean(),
  reference: z.string().startsWith('tinker://').nullable(),
});
export type TinkerState = z.output<typeof stateSchema>;

export const writeState = (dir: string, state: TinkerState): Promise<void> =>
  writeFileAtomic(join(dir, STATE_FILE), `${JSON.stringify(state, null, 2)}\n`);

/** Undefined where the folder holds none. Throws 'backend-state' where it cannot be read. */
export async function readState(dir: string): Promise<TinkerState | undefined> {
  const file = join(dir, STATE_FILE);
  const json = await readTextIfPresent(file);
  if (json === undefined) return undefined;
  try {
    return stateSchema.parse(JSON.parse(json));
  } catch (cause) {
    throw new VideorftError('the addresses of the weights on the server cannot be read', {
      code: 'backend-state',
      facts: { file },
      cause,
    });
  }
}

/** What a folder must hold to be loaded. Throws 'backend-state'. */
export async function requireState(dir: string, { optimizer }: { optimizer: boolean }): Promise<TinkerState> {
  const state = await readState(dir);
  if (state && (state.optimizer || !optimizer)) return state;
  throw new VideorftError(
    state ? 'this folder holds no optimizer state' : 'this folder holds no weights of a remote run',
    { code: 'backend-state', facts: { dir, file: STATE_FILE } },
  );
}

/** Throws 'backend-state' where the folder's adapter does not fit the run. */
export function requireSame(
  dir: string,
  has: TinkerState,
  wants: { readonly baseModel: string; readonly rank: number },
): void {
  if (has.baseModel === wants.baseModel && has.rank === wants.rank) return;
  const words = ({ baseModel, rank }: typeof wants) => `${baseModel}, rank ${rank}`;
  throw new VideorftError('the folder holds an adapter of another base model or rank', {
    code: 'backend-state',
    facts: { dir, has: words(has), wants: words(wants) },
    fix: `set lora.rank to ${has.rank} and tinker.baseModel to ${has.baseModel}, or start from another folder`,
  });
}
