// The batches of one endpoint, from the first request that waits for company to the answers of all: gathered, noted, uploaded, submitted, looked at,
// read. Each step is in the store before the next, and a later process goes on behind the last. Leaves out: what an answer means (model.ts).
import { randomUUID } from 'node:crypto';
import type { BatchSettings } from '../config.ts';
import { sleep, untilAborted } from '../limit.ts';
import type { AttemptJournal, BatchRecord, BatchStore } from '../port.ts';
import type { BatchClient } from './client.ts';
import { type BatchState, isOver, type ResultLine, readLines, requestLine } from './lines.ts';

/** Bytes of a line around its body, at most. */
const OVERHEAD = 200;
const RELOAD_MS = 1000;

export interface Question {
  /** Of task and body. */
  readonly id: string;
  /** JSON. */
  readonly body: string;
  readonly journal: AttemptJournal;
  readonly signal?: AbortSignal;
}

export interface Reply {
  readonly line: ResultLine | undefined;
  readonly batch: BatchState;
}

export interface Fleet {
  /** The vendor's line for this question, from a batch of an earlier process or a new one; what came of the attempt is the caller's to note. */
  ask(question: Question): Promise<Reply>;
  /** Forgets batches, here and at the vendor: nothing of them is needed any more. */
  finish(): Promise<void>;
}

export interface FleetOptions {
  readonly client: BatchClient;
  readonly settings: BatchSettings;
  /** Address and model: whose batches in the store are ours. */
  readonly endpoint: string;
  readonly store: BatchStore;
}

interface Waiting {
  readonly question: Question;
  /** Its attempt is noted already, by a process that did not come to send it. */
  readonly begun: boolean;
  readonly promise: PromiseWithResolvers<Reply>;
}

interface Arrived {
  readonly lines: ReadonlyMap<string, ResultLine>;
  readonly batch: BatchState;
}

export function createFleet({ client, settings, endpoint, store }: FleetOptions): Fleet {
  const voyages = new Map<string, Promise<Arrived>>();
  const earlier = createEarlier(store, endpoint);
  let gathered: Waiting[] = [];
  let bytes = 0;
  let timer: NodeJS.Timeout | undefined;

  /** From wherever the record says that it is, to the end. */
  const sail = async (from: BatchRecord, signal: AbortSignal | undefined): Promise<Arrived> => {
    let record = from;
    if (record.batch === undefined) {
      const { id } = await client.submit(record.file as string, signal);
      record = { ...record, batch: id };
      await store.save(record);
    }
    let batch = await client.look(record.batch as string, signal);
    while (!isOver(batch)) {
      await sleep(settings.pollSeconds * 1000, signal);
      batch = await client.look(batch.id, signal);
    }
    const files = [batch.output_file_id, batch.error_file_id].filter((file) => file != null);
    const texts: string[] = [];
    for (const file of files) texts.push(await client.content(file, signal));
    return { lines: readLines(texts.join('\n')), batch };
  };
  /** A batch of an earlier process, waited for once. */
  const embark = (record: BatchRecord, signal: AbortSignal | undefined): Promise<Arrived> => {
    const goOn = async () => {
      // What the process before had sent when it ended may not have arrived yet.
      if (record.batch === undefined) await sleep(settings.pollSeconds * 1000, signal);
      return sail(record, signal);
    };
    const voyage = voyages.get(record.id) ?? goOn();
    voyages.set(record.id, voyage);
    return voyage;
  };
  const begin = async ({ question, begun, promise }: Waiting): Promise<boolean> => {
    try {
      if (!begun) await question.journal.begin();
      return true;
    } catch (error) {
      promise.reject(error);
      return false;
    }
  };
  const depart = async (all: readonly Waiting[]) => {
    const isAboard = await Promise.all(all.map(begin));
    const aboard = all.filter((_, i) => isAboard[i]);
    if (aboard.length === 0) return;
    const { signal } = aboard[0].question;
    try {
      const record: BatchRecord = { id: randomUUID(), endpoint, requests: aboard.map(({ question }) => question.id) };
      const file = await client.upload(
        aboard.map(({ question }) => requestLine(question.id, question.body)),
        signal,
      );
      const uploaded = { ...record, file };
      await store.save(uploaded);
      const { lines, batch } = await sail(uploaded, signal);
      for (const { question, promise } of aboard) promise.resolve({ line: lines.get(question.id), batch });
    } catch (error) {
      for (const { promise } of aboard) promise.reject(error);
    }
  };
  const flush = () => {
    clearTimeout(timer);
    const all = gathered;
    gathered = [];
    bytes = 0;
    void depart(all);
  };
  const gather = (question: Question, begun: boolean): Promise<Reply> => {
    const size = Buffer.byteLength(question.body) + OVERHEAD;
    if (gathered.length > 0 && bytes + size > settings.megabytes * 1e6) flush();
    const promise = Promise.withResolvers<Reply>();
    gathered.push({ question, begun, promise });
    bytes += size;
    clearTimeout(timer);
    if (gathered.length >= settings.requests) flush();
    else timer = setTimeout(flush, settings.gatherSeconds * 1000);
    return promise.promise;
  };
  /** What was not sent yet when the run ended is not sent. */
  const disband = (signal: AbortSignal) => {
    clearTimeout(timer);
    gathered = gathered.filter(({ question }) => question.signal !== signal);
    if (gathered.length > 0) flush();
  };
  return {
    async ask(question) {
      const { id, journal, signal } = question;
      const begun = (await journal.batch?.resume()) === true;
      const record = begun ? await earlier.find(id) : undefined;
      try {
        if (!record) return await untilAborted(gather(question, begun), signal);
        const { lines, batch } = await untilAborted(embark(record, signal), signal);
        return { line: lines.get(id), batch };
      } catch (error) {
        if (signal?.aborted) disband(signal);
        throw error;
      }
    },
    async finish() {
      voyages.clear();
      for (const record of await store.all()) {
        if (record.endpoint !== endpoint) continue;
        // What the vendor keeps of it is its own affair where it has no such call.
        if (record.file) await client.remove(record.file).catch(() => undefined);
        await store.remove(record.id);
      }
    },
  };
}

/** Batches in the store by the questions in them; of those that were not uploaded, nothing was submitted. */
function createEarlier(store: BatchStore, endpoint: string) {
  let loadedAt = Number.NEGATIVE_INFINITY;
  let loading = Promise.resolve(new Map<string, BatchRecord>());
  const load = async () => {
    const found = new Map<string, BatchRecord>();
    for (const record of await store.all()) {
      if (record.endpoint !== endpoint || record.file === undefined) continue;
      for (const id of record.requests) found.set(id, record); // the last one counts
    }
    return found;
  };
  return {
    async find(id: string): Promise<BatchRecord | undefined> {
      const known = (await loading).get(id);
      if (known) return known;
      if (Date.now() - loadedAt >= RELOAD_MS) {
        // Another worker may have died since.
        loadedAt = Date.now();
        loading = load();
      }
      return (await loading).get(id);
    },
  };
}
