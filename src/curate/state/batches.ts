// Vendors' batches under way, in SQLite. Leaves out: what they mean (llm/batch/).
import type { DatabaseSync } from 'node:sqlite';
import type { BatchRecord, BatchStore } from '../../llm/port.ts';
import type { Commits } from './commit.ts';

export function batchesIn(database: DatabaseSync, commits: Commits): BatchStore {
  const all = database.prepare('SELECT record FROM batches ORDER BY at');
  const save = database.prepare(
    'INSERT INTO batches (id, record) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET record = excluded.record',
  );
  const remove = database.prepare('DELETE FROM batches WHERE id = ?');
  return {
    all: async () => all.all().map(({ record }) => JSON.parse(record as string) as BatchRecord),
    save: (record) => commits.write(() => void save.run(record.id, JSON.stringify(record))),
    remove: (id) => commits.write(() => void remove.run(id)),
  };
}
