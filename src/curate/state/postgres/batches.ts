// Vendors' batches under way, in PostgreSQL: whoever takes over a dead worker's tasks waits for its batches too.
import type { BatchRecord, BatchStore } from '../../../llm/port.ts';
import type { Query } from './connection.ts';

export function batchesIn(query: Query, schema: string): BatchStore {
  const batches = `"${schema}".batches`;
  return {
    async all() {
      const rows = await query<{ record: string }>(`SELECT record FROM ${batches} ORDER BY at`);
      return rows.map(({ record }) => JSON.parse(record) as BatchRecord);
    },
    async save(record) {
      const text = `INSERT INTO ${batches} (id, record) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET record = excluded.record`;
      await query(text, [record.id, JSON.stringify(record)]);
    },
    async remove(id) {
      await query(`DELETE FROM ${batches} WHERE id = $1`, [id]);
    },
  };
}
