// The batches of one endpoint: questions are gathered until a batch is full or nobody comes any more, uploaded as one file, and answered together; a question
// that an earlier process has sent is answered by that batch. Leaves out: the way of a batch (voyage.ts), and what an answer means (model.ts).
import { randomUUID } from 'node:crypto';
import { VideorftError } from '../../base/errors.ts';
import { untilAborted } from '../../base/limit.ts';
import type { BatchSettings } from '../config.ts';
import type { AttemptJournal, BatchStore } from '../port.ts';
import type { BatchClient } from './client.ts';
import { type BatchState, type ResultLine, requestLine } from './lines.ts';
import { type Arrived, earlierBatches, sail } from './voyage.ts';

export interface Question {
  /** Of task and body. */
  readonly id: string;
  /** Of its body. */
  readonly bytes: number;
  /** JSON. */
  readonly body: () => string;
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

/** Bytes of a line around its body, at most. */
const OVERHEAD = 200;

const replyTo = (id: string, { lines, batch }: Arrived): Reply => ({ line: lines.get(id), batch });

/** Notes that the attempt begins. Those whose task is lost stay behind, and are told. */
async function board({ question, begun, promise }: Waiting): Promise<boolean> {
  try {
    if (!begun) await question.journal.begin();
    return true;
  } catch (error) {
    promise.reject(error);
    return false;
  }
}

/** A function of its own, so that nothing of the text outlives it. */
const upload = (questions: readonly Question[], client: BatchClient): Promise<string> =>
  client.upload(
    questions.map(({ id, body }) => requestLine(id, body())),
    questions[0].signal,
  );

/** A batch of all who wait, from the first note to the answers. */
async function depart(waiting: readonly Waiting[], options: FleetOptions): Promise<void> {
  const isAboard = await Promise.all(waiting.map(board));
  const aboard = waiting.filter((_, i) => isAboard[i]);
  if (aboard.length === 0) return;
  const questions = aboard.map(({ question }) => question);
  const { signal } = questions[0];
  try {
    const file = await upload(questions, options.client);
    const record = { id: randomUUID(), endpoint: options.endpoint, requests: questions.map(({ id }) => id), file };
    await options.store.save(record);
    const arrived = await sail(record, options, signal);
    if (arrived === 'forgotten') throw vanished(options.endpoint, record.file);
    for (const { question, promise } of aboard) promise.resolve(replyTo(question.id, arrived));
  } catch (error) {
    for (const { promise } of aboard) promise.reject(error);
  }
}

const vanished = (endpoint: string, file: string) =>
  new VideorftError('The batch interface does not know the batch that it has just taken.', {
    code: 'llm-batch',
    facts: { endpoint, file },
    fix: 'See to the endpoint, then run again: what it does not know then is asked again.',
  });

/** Gathers questions; `off` gets all of a batch. */
function createHarbour(settings: BatchSettings, off: (waiting: readonly Waiting[]) => void) {
  let gathered: Waiting[] = [];
  let bytes = 0;
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    clearTimeout(timer);
    const all = gathered;
    gathered = [];
    bytes = 0;
    off(all);
  };
  return {
    gather(question: Question, begun: boolean): Promise<Reply> {
      const size = question.bytes + OVERHEAD;
      if (gathered.length > 0 && bytes + size > settings.megabytes * 1e6) flush();
      const promise = Promise.withResolvers<Reply>();
      gathered.push({ question, begun, promise });
      bytes += size;
      clearTimeout(timer);
      if (gathered.length >= settings.requests) flush();
      else timer = setTimeout(flush, settings.gatherSeconds * 1000);
      return promise.promise;
    },
    /** What was not sent yet when a run ended is not sent. */
    disband(signal: AbortSignal): void {
      clearTimeout(timer);
      gathered = gathered.filter(({ question }) => question.signal !== signal);
      if (gathered.length > 0) flush();
    },
  };
}

export function createFleet(options: FleetOptions): Fleet {
  const { client, endpoint, settings, store } = options;
  const earlier = earlierBatches(endpoint, options);
  const harbour = createHarbour(settings, (waiting) => void depart(waiting, options));
  const reply = async (question: Question): Promise<Reply> => {
    const { id, journal, signal } = question;
    const begun = (await journal.batch?.resume()) === true;
    const arrived = begun ? await earlier.find(id, signal) : undefined;
    signal?.throwIfAborted();
    // An attempt that the vendor has forgotten stays lost: another begins.
    if (arrived === 'forgotten') return harbour.gather(question, false);
    return arrived ? replyTo(id, arrived) : harbour.gather(question, begun);
  };
  return {
    async ask(question) {
      const { signal } = question;
      try {
        return await untilAborted(reply(question), signal);
      } catch (error) {
        if (signal?.aborted) harbour.disband(signal);
        throw error;
      }
    },
    async finish() {
      for (const record of await store.all()) {
        if (record.endpoint !== endpoint) continue;
        // What the vendor keeps of it is its own affair where it has no such call.
        if (record.file) await client.remove(record.file).catch(() => undefined);
        await store.remove(record.id);
      }
    },
  };
}
