// One batch from upload to answers: submitted, looked at, read. Each step is in the store before the next, so that a later process goes on behind the
// last. Leaves out: what goes into a batch (fleet.ts).
import { sleep } from '../../base/limit.ts';
import { log } from '../../base/log.ts';
import type { BatchSettings } from '../config.ts';
import type { BatchRecord, BatchStore } from '../port.ts';
import type { BatchClient } from './client.ts';
import { type BatchState, isOver, type ResultLine, readLines } from './lines.ts';

export interface Arrived {
  readonly lines: ReadonlyMap<string, ResultLine>;
  readonly batch: BatchState;
}

export interface Sea {
  readonly client: BatchClient;
  readonly settings: Pick<BatchSettings, 'pollSeconds'>;
  readonly store: BatchStore;
}

/** The vendor knows the batch, or a file of it, no more: nobody will ever answer. */
export type Voyage = Arrived | 'forgotten';

/** From wherever the record says that it is, to the end; its file is uploaded. */
export async function sail(
  record: BatchRecord,
  { client, settings, store }: Sea,
  signal: AbortSignal | undefined,
): Promise<Voyage> {
  let id = record.batch;
  if (id === undefined) {
    id = (await client.submit(record.file as string, signal))?.id;
    if (id === undefined) return 'forgotten';
    await store.save({ ...record, batch: id });
  }
  let batch = await client.look(id, signal);
  while (batch && !isOver(batch)) {
    await sleep(settings.pollSeconds * 1000, signal);
    batch = await client.look(id, signal);
  }
  if (!batch) return 'forgotten';
  const files = [batch.output_file_id, batch.error_file_id].filter((file) => file != null);
  const texts: string[] = [];
  for (const file of files) {
    const text = await client.content(file, signal);
    if (text === undefined) return 'forgotten';
    texts.push(text);
  }
  return { lines: readLines(texts.join('\n')), batch };
}

/** How long a load of the store is believed. */
const RELOAD_MS = 1000;

export interface Earlier {
  /** The answers of the last batch with this question that was uploaded: of one that was not, nothing was submitted. */
  find(id: string, signal: AbortSignal | undefined): Promise<Voyage | undefined>;
}

/** The batches of earlier processes and of dead workers, each waited for once. */
export function earlierBatches(endpoint: string, sea: Sea): Earlier {
  const voyages = new Map<string, Promise<Voyage>>();
  let loadedAt = Number.NEGATIVE_INFINITY;
  let loading = Promise.resolve(new Map<string, BatchRecord>());
  const load = async () => {
    const found = new Map<string, BatchRecord>();
    for (const record of await sea.store.all()) {
      if (record.endpoint !== endpoint || record.file === undefined) continue;
      for (const id of record.requests) found.set(id, record); // the last one counts
    }
    return found;
  };
  const recordOf = async (id: string): Promise<BatchRecord | undefined> => {
    const known = (await loading).get(id);
    if (known) return known;
    if (Date.now() - loadedAt >= RELOAD_MS) {
      // Another worker may have died since.
      loadedAt = Date.now();
      loading = load();
    }
    return (await loading).get(id);
  };
  const goOn = async (record: BatchRecord, signal: AbortSignal | undefined) => {
    // What the process before had sent when it ended may not have arrived yet.
    if (record.batch === undefined) await sleep(sea.settings.pollSeconds * 1000, signal);
    const voyage = await sail(record, sea, signal);
    if (voyage === 'forgotten') {
      const name = record.batch ?? record.file;
      log.warn(`${endpoint} knows batch ${name} no more: its questions (${record.requests.length}) are asked again`);
    }
    return voyage;
  };
  return {
    async find(id, signal) {
      const record = await recordOf(id);
      if (!record) return undefined;
      const voyage = voyages.get(record.id) ?? goOn(record, signal);
      voyages.set(record.id, voyage);
      return voyage;
    },
  };
}
