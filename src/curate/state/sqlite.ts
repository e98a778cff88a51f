// The state of a curation in one SQLite file, for one process at a time (the run's lock sees to that). Reads are answered from the file
// at once, writes in groups (commit.ts). Leaves out: the tables (schema.ts) and the sums over them (totals.ts).
import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { VideorftError } from '../../base/errors.ts';
import type { BatchStore, FailureKind } from '../../llm/port.ts';
import { batchesIn } from './batches.ts';
import { type Commits, createCommits, type LogSync, walSync } from './commit.ts';
import type {
  Answer,
  Claim,
  Claimed,
  CurationState,
  Lease,
  StageRecord,
  Task,
  TaskId,
  UnfitReply,
  Usage,
} from './port.ts';
import { openDatabase } from './schema.ts';
import { createTotals, type Totals } from './totals.ts';

export interface SqliteOptions {
  /** How long a worker may be silent before its tasks go to others. */
  readonly leaseMs?: number;
  readonly now?: () => number;
  /** Nobody else can be at work on this file: tasks of earlier processes come back at once. */
  readonly alone?: boolean;
  readonly open?: (file: string) => DatabaseSync;
  readonly log?: (file: string) => LogSync;
}

interface TaskRow {
  readonly id: number;
  readonly key: string;
  readonly sample: string;
  readonly round: number;
  readonly token: number;
  readonly worker: string | null;
  readonly leased_until: number | null;
  readonly unfit: string | null;
  readonly model: string | null;
  readonly prompt_version: string | null;
  readonly value: string | null;
}

/** Outcomes that say something about the endpoint or the request, and so use up the attempts that a request has. */
const COUNTED = `outcome NOT IN ('answered', 'malformed', 'aborted', 'lost', 'rate-limit')`;

function prepare(database: DatabaseSync) {
  return {
    find: database.prepare('SELECT * FROM tasks WHERE stage = ? AND key = ?'),
    task: database.prepare('SELECT * FROM tasks WHERE id = ?'),
    add: database.prepare('INSERT INTO tasks (stage, key, sample) VALUES (?, ?, ?)'),
    lease: database.prepare('UPDATE tasks SET token = token + 1, worker = ?, leased_until = ? WHERE id = ?'),
    lose: database.prepare(`UPDATE attempts SET outcome = 'lost' WHERE outcome IS NULL AND task = ?`),
    failures: database.prepare(`SELECT count(*) AS n FROM attempts WHERE task = ? AND round = ? AND ${COUNTED}`),
    begin: database.prepare('INSERT INTO attempts (task, round, began) VALUES (?, ?, ?)'),
    end: database.prepare(
      'UPDATE attempts SET outcome = ?, ended = ?, prompt_tokens = ?, completion_tokens = ? WHERE id = ?',
    ),
    resume: database.prepare(
      `UPDATE attempts SET outcome = NULL, ended = NULL WHERE id = (SELECT max(id) FROM attempts WHERE task = ? AND round = ?)
        AND (outcome IS NULL OR outcome IN ('lost', 'aborted')) RETURNING id`,
    ),
    unfit: database.prepare('UPDATE tasks SET unfit = ? WHERE id = ?'),
    answer: database.prepare(
      `UPDATE tasks SET model = ?, prompt_version = ?, value = ?, unfit = NULL, worker = NULL, leased_until = NULL WHERE id = ?`,
    ),
    abort: database.prepare(`UPDATE attempts SET outcome = 'aborted', ended = ? WHERE outcome IS NULL AND task = ?`),
    release: database.prepare('UPDATE tasks SET worker = NULL, leased_until = NULL WHERE id = ?'),
    giveUp: database.prepare('UPDATE tasks SET round = round + 1, unfit = NULL WHERE id = ?'),
    heartbeat: database.prepare('UPDATE tasks SET leased_until = ? WHERE worker = ?'),
    returnAll: database.prepare('UPDATE tasks SET worker = NULL, leased_until = NULL WHERE worker IS NOT NULL'),
    loseAll: database.prepare(`UPDATE attempts SET outcome = 'lost' WHERE outcome IS NULL`),
  };
}

function recordOf<T>(row: TaskRow): StageRecord<T> | undefined {
  if (row.value === null) return undefined;
  const { key, model, prompt_version, sample } = row;
  return {
    key,
    sample: JSON.parse(sample),
    model: model as string,
    promptVersion: prompt_version as string,
    value: JSON.parse(row.value),
  };
}

/** Opens the state. Throws 'state-damaged', 'state-version', and 'state-write' where tasks cannot be taken back. */
export async function openSqliteState(file: string, options: SqliteOptions = {}): Promise<CurationState> {
  const state = new SqliteState(file, options);
  if (options.alone) {
    await state.takeBack().catch(async (error) => {
      await state.close();
      throw error;
    });
  }
  return state;
}

const NOTHING: Usage = { promptTokens: 0, completionTokens: 0 };

class SqliteState implements CurationState {
  private readonly file: string;
  private readonly leaseMs: number;
  private readonly now: () => number;
  private readonly worker = randomUUID();
  private readonly database: DatabaseSync;
  private readonly log: LogSync;
  private readonly commits: Commits;
  private readonly statements: ReturnType<typeof prepare>;
  private readonly sums: Totals;
  readonly batches: BatchStore;

  constructor(file: string, { leaseMs = 60_000, now = Date.now, open = openDatabase, log = walSync }: SqliteOptions) {
    this.file = file;
    this.leaseMs = leaseMs;
    this.now = now;
    this.database = open(file);
    this.log = log(file);
    this.commits = createCommits(this.database, file, this.log);
    this.statements = prepare(this.database);
    this.sums = createTotals(this.database);
    this.batches = batchesIn(this.database, this.commits);
  }

  takeBack(): Promise<void> {
    return this.commits.write(() => {
      this.statements.loseAll.run();
      this.statements.returnAll.run();
    });
  }

  async answer<T>(task: TaskId): Promise<StageRecord<T> | undefined> {
    const row = this.find(task);
    return row && recordOf<T>(row);
  }

  claim<T>(task: Task): Promise<Claim<T>> {
    return this.commits.write(() => {
      const row = this.find(task);
      if (!row) {
        const { lastInsertRowid } = this.statements.add.run(task.stage, task.key, JSON.stringify(task.sample));
        return this.take(this.task(Number(lastInsertRowid)));
      }
      const record = recordOf<T>(row);
      if (record) return { kind: 'answered', record };
      const until = row.leased_until ?? 0;
      return row.worker !== null && until > this.now() ? { kind: 'held', until } : this.take(row);
    });
  }

  begin(lease: Lease): Promise<number> {
    return this.commits.write(() => {
      const { round } = this.held(lease);
      return Number(this.statements.begin.run(lease.task, round, this.now()).lastInsertRowid);
    });
  }

  resume(lease: Lease): Promise<number | undefined> {
    return this.commits.write(() => {
      const { id, round } = this.held(lease);
      return (this.statements.resume.get(id, round) as { id: number } | undefined)?.id;
    });
  }

  fail(lease: Lease, attempt: number, kind: FailureKind): Promise<void> {
    return this.commits.write(() => {
      this.held(lease);
      this.end(attempt, kind);
    });
  }

  unfit(lease: Lease, attempt: number, reply: UnfitReply, usage: Usage): Promise<void> {
    return this.commits.write(() => {
      this.statements.unfit.run(JSON.stringify(reply), this.held(lease).id);
      this.end(attempt, 'malformed', usage);
    });
  }

  complete<T>(lease: Lease, attempt: number, answer: Answer<T>, usage: Usage): Promise<StageRecord<T>> {
    const store = () => {
      const first = recordOf<T>(this.task(lease.task));
      if (!first) {
        const { id } = this.held(lease);
        this.statements.answer.run(answer.model, answer.promptVersion, JSON.stringify(answer.value), id);
      }
      this.end(attempt, 'answered', usage);
      return first ?? (recordOf<T>(this.task(lease.task)) as StageRecord<T>);
    };
    return this.commits.write(store);
  }

  release(lease: Lease, how: 'failed' | 'interrupted'): Promise<void> {
    return this.commits.write(() => {
      const { id } = this.held(lease);
      this.statements.abort.run(this.now(), id);
      this.statements.release.run(id);
      if (how === 'failed') this.statements.giveUp.run(id);
    });
  }

  heartbeat(): Promise<void> {
    return this.commits.write(() => void this.statements.heartbeat.run(this.now() + this.leaseMs, this.worker));
  }

  synced(): Promise<void> {
    return this.commits.synced();
  }

  async effort(task: TaskId) {
    return this.sums.effort(task);
  }

  async totals() {
    return this.sums.totals();
  }

  async close(): Promise<void> {
    await this.commits.settled();
    await this.log.close();
    if (this.database.isOpen) this.database.close();
  }

  private find({ stage, key }: TaskId): TaskRow | undefined {
    return this.statements.find.get(stage, key) as unknown as TaskRow | undefined;
  }

  private task(id: number): TaskRow {
    return this.statements.task.get(id) as unknown as TaskRow;
  }

  /** The task, if the lease on it is still ours. */
  private held({ task, token }: Lease): TaskRow {
    const row = this.task(task);
    if (row.token === token && row.worker === this.worker) return row;
    throw new VideorftError('Another worker has taken over this task.', {
      code: 'state-lease-lost',
      facts: { file: this.file, task },
    });
  }

  private take(row: TaskRow): Claimed {
    this.statements.lose.run(row.id);
    this.statements.lease.run(this.worker, this.now() + this.leaseMs, row.id);
    const { n } = this.statements.failures.get(row.id, row.round) as { n: number };
    const unfit = row.unfit === null ? undefined : JSON.parse(row.unfit);
    return { kind: 'mine', lease: { task: row.id, token: row.token + 1 }, failures: n, unfit };
  }

  private end(attempt: number, outcome: string, usage = NOTHING): void {
    this.statements.end.run(outcome, this.now(), usage.promptTokens, usage.completionTokens, attempt);
  }
}
