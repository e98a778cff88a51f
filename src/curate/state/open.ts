// Which state a run has, by its configuration: a SQLite file beside the output; and the signs of life while it is open.
import { join } from 'node:path';
import { VideorftError } from '../../base/errors.ts';
import type { CurationState } from './port.ts';
import { openSqliteState } from './sqlite.ts';

const LEASE_MS = 60_000;

/** Keeps the leases of a state alive until it is disposed of, which closes it. */
export interface OpenState extends AsyncDisposable {
  readonly state: CurationState;
}

/** Opens what `state` names; the run's lock is held already. Throws 'curate-state' for what is not built. */
export async function openState({ out, state: where }: { out: string; state: string }): Promise<OpenState> {
  if (where !== 'sqlite') throw notBuilt(where);
  const state = await openSqliteState(join(out, 'state.sqlite'), { leaseMs: LEASE_MS, alone: true });
  // After a beat that failed every write rejects with its error (commit.ts): whoever has something to store is told; who has not, lost nothing.
  const beat = setInterval(() => void state.heartbeat().catch(() => undefined), LEASE_MS / 3);
  beat.unref();
  return {
    state,
    async [Symbol.asyncDispose]() {
      clearInterval(beat);
      await state.close();
    },
  };
}

const notBuilt = (where: string): VideorftError => {
  const postgres = /^postgres(ql)?:/.test(where);
  return new VideorftError(
    postgres ? 'Sharing a curation between machines through PostgreSQL is not built yet.' : 'There is no such state.',
    {
      code: 'curate-state',
      facts: { state: where.replace(/\/\/[^@/]*@/, '//…@') },
      fix: 'Leave state out: answers are then kept in state.sqlite in the output folder, for one process at a time.',
    },
  );
};
