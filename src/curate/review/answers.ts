// The descriptions that a curation's experts gave, read beside the run that writes them: state.sqlite is opened for reading only. Leaves out:
// all other states, and everything else that is in it.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { reasonOf } from '../../base/errors.ts';
import { isFile } from '../../base/if-present.ts';
import type { Description } from '../replies.ts';
import type { ReviewSet } from './set.ts';

export interface Descriptions extends Disposable {
  /** The description under this key (provenance.jsonl); in words why there is none. */
  find(key: string): { readonly value: Description } | { readonly missing: string };
}

const none = (missing: string): Descriptions => ({ find: () => ({ missing }), [Symbol.dispose]: () => undefined });

/** Never throws, neither now nor when it is asked: a review without descriptions is a review still. */
export async function openDescriptions({ curation, state }: ReviewSet): Promise<Descriptions> {
  if (!curation) return none('a file of samples has none');
  if (state !== 'sqlite') return none('the answers of this curation are in a database server, which is not read here');
  const file = join(curation.out, 'state.sqlite');
  const unread = (error: unknown) => `state.sqlite cannot be read: ${reasonOf(error)}`;
  let database: DatabaseSync | undefined;
  try {
    if (!(await isFile(file))) return none('state.sqlite is not there');
    database = new DatabaseSync(file, { readOnly: true, timeout: 1000 });
    const query = database.prepare("SELECT value FROM tasks WHERE stage = 'describe' AND key = ?");
    return {
      find(key) {
        try {
          const row = query.get(key) as { readonly value: string | null } | undefined;
          if (!row?.value) return { missing: 'state.sqlite does not hold it' };
          return { value: JSON.parse(row.value) as Description };
        } catch (error) {
          return { missing: unread(error) };
        }
      },
      [Symbol.dispose]: () => database?.close(),
    };
  } catch (error) {
    database?.close();
    return none(unread(error));
  }
}
