// The state of a curation in one SQLite file, for one process at a time (the run's lock sees to that). Reads are answered from the file
// at once, writes in groups (commit.ts). Leaves out: the tables (schema.ts) and the sums over them (totals.ts).
import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { VideorftError } from '../../base/errors.ts';
import { createCommits, type LogSync, walSync } from './commit.ts';
import type { Answer, Claim, CurationState, Lease, StageRecord, Task, TaskId, Usage } from './port.ts';
import { openDatabase } from './schema.ts';
import { createTotals } from './totals.ts';

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
  const { leaseMs = 60_000, now = Date.now, alone = false, open = openDatabase } = options;
  const log = (options.log ?? walSync)(file);
  const database = open(file);
  const commits = createCommits(database, file, log);
  const statements = prepare(database);
  const sums = createTotals(database);
  const worker = randomUUID();
  const taskOf = (id: number) => statements.task.get(id) as unknown as TaskRow;
  const find = ({ stage, key }: TaskId) => statements.find.get(stage, key) as unknown as TaskRow | undefined;
  const end = (attempt: number, outcome: string, usage: Usage = { promptTokens: 0, completionTokens: 0 }) =>
    statements.end.run(outcome, now(), usage.promptTokens, usage.completionTokens, attempt);

  const held = ({ task, token }: Lease): TaskRow => {
    const row = taskOf(task);
    if (row.token === token && row.worker === worker) return row;
    throw new VideorftError('Another worker has taken over this task.', {
      code: 'state-lease-lost',
      facts: { file, task },
    });
  };

  const take = (row: TaskRow) => {
    statements.lose.run(row.id);
    statements.lease.run(worker, now() + leaseMs, row.id);
    const { n } = statements.failures.get(row.id, row.round) as { n: number };
    const unfit = row.unfit === null ? undefined : JSON.parse(row.unfit);
    return { kind: 'mine', lease: { task: row.id, token: row.token + 1 }, failures: n, unfit } as const;
  };

  const claim = <T>(task: Task): Claim<T> => {
    const row = find(task);
    if (!row) {
      const { lastInsertRowid } = statements.add.run(task.stage, task.key, JSON.stringify(task.sample));
      return take(taskOf(Number(lastInsertRowid)));
    }
    const record = recordOf<T>(row);
    if (record) return { kind: 'answered', record };
    const until = row.leased_until ?? 0;
    return row.worker !== null && until > now() ? { kind: 'held', until } : take(row);
  };

  const complete = <T>(lease: Lease, attempt: number, answer: Answer<T>, usage: Usage) => {
    const row = taskOf(lease.task);
    const first = recordOf<T>(row);
    if (!first) {
      held(lease);
      statements.answer.run(answer.model, answer.promptVersion, JSON.stringify(answer.value), lease.task);
    }
    end(attempt, 'answered', usage);
    return first ?? (recordOf<T>(taskOf(lease.task)) as StageRecord<T>);
  };

  const takeBack = () => {
    statements.loseAll.run();
    statements.returnAll.run();
  };
  const close = async () => {
    await commits.settled();
    await log.close();
    if (database.isOpen) database.close();
  };
  if (alone) {
    await commits.write(takeBack).catch(async (error) => {
      await close();
      throw error;
    });
  }
  return {
    answer: async <T>(task: TaskId) => {
      const row = find(task);
      return row && recordOf<T>(row);
    },
    claim: (task) => commits.write(() => claim(task)),
    begin: (lease) =>
      commits.write(() => Number(statements.begin.run(lease.task, held(lease).round, now()).lastInsertRowid)),
    fail: (lease, attempt, kind) =>
      commits.write(() => {
        held(lease);
        end(attempt, kind);
      }),
    unfit: (lease, attempt, reply, usage) =>
      commits.write(() => {
        statements.unfit.run(JSON.stringify(reply), held(lease).id);
        end(attempt, 'malformed', usage);
      }),
    complete: (lease, attempt, answer, usage) =>
      commits.write(() => complete(lease, attempt, answer, usage), { synced: true }),
    release: (lease, how) =>
      commits.write(() => {
        const { id } = held(lease);
        statements.abort.run(now(), id);
        statements.release.run(id);
        if (how === 'failed') statements.giveUp.run(id);
      }),
    heartbeat: () => commits.write(() => void statements.heartbeat.run(now() + leaseMs, worker)),
    effort: async (task) => sums.effort(task),
    totals: async () => sums.totals(),
    close,
  };
}
