// The state of a curation in PostgreSQL, for workers on any number of machines. One statement an operation (statements.ts), each repeated
// until the server has answered (connection.ts). Leaves out: reading (totals.ts), and who works on which samples (shares.ts).
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { VideorftError } from '../../../base/errors.ts';
import type { BatchStore, FailureKind } from '../../../llm/port.ts';
import type { Answer, Claim, CurationState, Lease, StageRecord, Task, TaskId, UnfitReply, Usage } from '../port.ts';
import { batchesIn } from './batches.ts';
import type { Database } from './connection.ts';
import { statementsOf } from './statements.ts';
import { type AnswerRow, createReads, type Reads, recordOf } from './totals.ts';

export interface PostgresStateOptions {
  /** How long a worker may be silent before its tasks go to others. */
  readonly leaseMs: number;
  /** For tests; else the database's clock. */
  readonly now?: () => number;
}

interface Taken {
  readonly id: number;
  readonly token: number;
  readonly round: number;
  readonly unfit: string | null;
  readonly failures: number;
}

interface Found extends AnswerRow {
  readonly alive_until: number | null;
}

/** A worker's state; its tables are there. It is alive from now, and gone when closed. */
export async function joinState(
  database: Database,
  schema: string,
  options: PostgresStateOptions,
): Promise<PostgresState> {
  const state = new PostgresState(database, schema, options);
  await state.heartbeat();
  return state;
}

export class PostgresState implements CurationState {
  readonly worker = randomUUID();
  readonly batches: BatchStore;
  private readonly database: Database;
  private readonly leaseMs: number;
  private readonly clock: (() => number) | undefined;
  private readonly statements: ReturnType<typeof statementsOf>;
  private readonly reads: Reads;
  private beatAt = Number.NEGATIVE_INFINITY;

  constructor(database: Database, schema: string, { leaseMs, now }: PostgresStateOptions) {
    this.database = database;
    this.leaseMs = leaseMs;
    this.clock = now;
    this.statements = statementsOf(schema);
    this.reads = createReads(database.query, schema);
    this.batches = batchesIn(database.query, schema);
  }

  async answer<T>(task: TaskId): Promise<StageRecord<T> | undefined> {
    const row = await this.reads.answer(task);
    return row && recordOf<T>(row);
  }

  async claim<T>({ stage, key, sample }: Task): Promise<Claim<T>> {
    // After a suspended machine woke, before the next regular sign of life.
    if (this.time() - this.beatAt > this.leaseMs / 2) await this.heartbeat();
    const mine = [stage, key, JSON.stringify(sample), this.worker, randomUUID()];
    for (;;) {
      const [taken] = await this.send<Taken>('claim', mine);
      if (taken) {
        const { id: task, token, failures, unfit } = taken;
        return {
          kind: 'mine',
          lease: { task, token },
          failures,
          unfit: unfit === null ? undefined : JSON.parse(unfit),
        };
      }
      const [found] = await this.send<Found>('find', [stage, key]);
      if (found.answer !== null) return { kind: 'answered', record: recordOf<T>(found) };
      // Between the two statements it may have become free.
      if (found.alive_until !== null) return { kind: 'held', until: found.alive_until };
    }
  }

  async begin(lease: Lease): Promise<number> {
    const [{ id }] = await this.held<{ id: number }>('begin', lease, [randomUUID()]);
    return id;
  }

  async resume(lease: Lease): Promise<number | undefined> {
    const [{ id }] = await this.held<{ id: number | null }>('resume', lease, []);
    return id ?? undefined;
  }

  async fail(lease: Lease, attempt: number, kind: FailureKind): Promise<void> {
    await this.held('fail', lease, [attempt, 0, 0, kind]);
  }

  async unfit(lease: Lease, attempt: number, reply: UnfitReply, usage: Usage): Promise<void> {
    await this.held('unfit', lease, [attempt, ...tokens(usage), JSON.stringify(reply)]);
  }

  async complete<T>(lease: Lease, attempt: number, answer: Answer<T>, usage: Usage): Promise<StageRecord<T>> {
    const { model, promptVersion, value } = answer;
    const text = JSON.stringify({ model, promptVersion, value });
    const values = [...this.lease(lease), attempt, ...tokens(usage), text];
    const [stored] = await this.send<AnswerRow>('complete', values);
    if (stored) return recordOf<T>(stored);
    const [first] = await this.database.query<AnswerRow>(this.statements.stored, [lease.task]);
    if (!first) throw this.leaseLost(lease);
    await this.send('paid', [attempt, ...tokens(usage)]);
    return recordOf<T>(first);
  }

  async release(lease: Lease, how: 'failed' | 'interrupted'): Promise<void> {
    await this.held('release', lease, [how === 'failed']);
  }

  async heartbeat(): Promise<void> {
    this.beatAt = this.time();
    await this.send('alive', [this.worker, hostname(), process.pid, this.leaseMs]);
  }

  /** The server has synced what it has told. */
  async synced(): Promise<void> {}

  effort(task: TaskId) {
    return this.reads.effort(task);
  }

  totals() {
    return this.reads.totals();
  }

  /** Gives back all that this worker holds; where the database is gone, its leases end by themselves. */
  async close(): Promise<void> {
    await this.database.query(this.statements.leave, [this.worker]).catch(() => undefined);
    await this.database.close();
  }

  private time(): number {
    return this.clock?.() ?? Date.now();
  }

  private send<Row>(name: keyof ReturnType<typeof statementsOf>, values: readonly unknown[]): Promise<Row[]> {
    return this.database.query<Row>(this.statements[name], [this.clock?.() ?? null, ...values]);
  }

  private lease({ task, token }: Lease): unknown[] {
    return [task, token, this.worker];
  }

  /** Under the lease; throws 'state-lease-lost' where it is no longer ours. */
  private async held<Row>(
    name: 'begin' | 'resume' | 'fail' | 'unfit' | 'release',
    lease: Lease,
    values: readonly unknown[],
  ): Promise<Row[]> {
    const rows = await this.send<Row>(name, [...this.lease(lease), ...values]);
    if (rows.length === 0) throw this.leaseLost(lease);
    return rows;
  }

  private leaseLost({ task }: Lease): VideorftError {
    return new VideorftError('Another worker has taken over this task.', {
      code: 'state-lease-lost',
      facts: { state: this.database.shown, task },
    });
  }
}

const tokens = ({ promptTokens, completionTokens }: Usage): number[] => [promptTokens, completionTokens];
