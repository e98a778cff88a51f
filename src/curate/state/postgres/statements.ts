// The statements of a shared curation's tasks and attempts. Each is one transaction and may be sent twice: `$1` is the time where a test says
// what it is, `claim` and `op` are made once per call. Leaves out: who sends them, and what an empty answer means (state.ts).

/** Milliseconds by the database's clock, which all workers share. */
const NOW = 'coalesce($1::float8, extract(epoch FROM clock_timestamp())::float8 * 1000)';

/** Outcomes that use up the attempts that a request has; as in SQLite. */
const COUNTED = `outcome NOT IN ('answered', 'malformed', 'aborted', 'lost', 'rate-limit')`;

export function statementsOf(schema: string) {
  const [workers, tasks, attempts, shares] = ['workers', 'tasks', 'attempts', 'shares'].map(
    (table) => `"${schema}".${table}`,
  );
  const isFree = (row: string) => `(${row}.worker IS NULL OR NOT EXISTS (
    SELECT FROM ${workers} w WHERE w.id = ${row}.worker AND w.alive_until > ${NOW}))`;
  /** The task, if the lease `$2`, `$3` of worker `$4` is still good; nobody takes it meanwhile. */
  const held = `SELECT id, round FROM ${tasks} WHERE id = $2 AND token = $3 AND worker = $4`;
  /** How attempt `$5` of the task in `t` ended, and its tokens. */
  const end = (outcome: string) =>
    `UPDATE ${attempts} a SET outcome = ${outcome}, ended = ${NOW}, prompt_tokens = $6, completion_tokens = $7
      FROM t WHERE a.id = $5 AND a.task = t.id RETURNING a.id`;
  return {
    /** $2 worker, $3 host, $4 pid, $5 lease in ms: the worker is alive from now. */
    alive: `INSERT INTO ${workers} AS w (id, host, pid, alive_until) VALUES ($2, $3, $4, ${NOW} + $5)
      ON CONFLICT (id) DO UPDATE SET alive_until = excluded.alive_until`,
    /** $2 stage, $3 key. */
    find: `SELECT t.id, t.key, t.sample, t.answer, w.alive_until FROM ${tasks} t
      LEFT JOIN ${workers} w ON w.id = t.worker AND w.alive_until > ${NOW} WHERE t.stage = $2 AND t.key = $3`,
    /** $2 stage, $3 key, $4 sample, $5 worker, $6 claim. Empty where it is answered or held. */
    claim: `WITH taken AS (
        INSERT INTO ${tasks} AS t (stage, key, sample, worker, claim) VALUES ($2, $3, $4, $5, $6)
        ON CONFLICT (stage, key) DO UPDATE SET token = t.token + 1, worker = excluded.worker, claim = excluded.claim
          WHERE t.answer IS NULL AND (t.claim = excluded.claim OR ${isFree('t')})
        RETURNING t.id, t.token, t.round, t.unfit
      ), lost AS (
        UPDATE ${attempts} a SET outcome = 'lost' FROM taken WHERE a.task = taken.id AND a.outcome IS NULL
      )
      SELECT *, (SELECT count(*)::integer FROM ${attempts} a WHERE a.task = taken.id AND a.round = taken.round AND ${COUNTED})
        AS failures FROM taken`,
    /** Lease, $5 op. */
    begin: `INSERT INTO ${attempts} AS a (op, task, round, began)
      SELECT $5::uuid, t.id, t.round, ${NOW} FROM (${held} FOR SHARE) t
      ON CONFLICT (op) DO UPDATE SET op = excluded.op RETURNING a.id`,
    /** Lease. A row without an attempt where there is none to resume. */
    resume: `WITH t AS (${held} FOR SHARE), resumed AS (
        UPDATE ${attempts} a SET outcome = NULL, ended = NULL FROM t
        WHERE a.id = (SELECT max(id) FROM ${attempts} WHERE task = t.id AND round = t.round)
          AND (a.outcome IS NULL OR a.outcome IN ('lost', 'aborted')) RETURNING a.id
      ) SELECT (SELECT id FROM resumed) AS id, ${NOW} AS now FROM t`,
    /** Lease, $5 attempt, $6, $7 tokens, $8 outcome. */
    fail: `WITH t AS (${held} FOR SHARE) ${end('$8')}`,
    /** Lease, $5 attempt, $6, $7 tokens, $8 reply. */
    unfit: `WITH t AS (UPDATE ${tasks} SET unfit = $8 WHERE id = $2 AND token = $3 AND worker = $4 RETURNING id)
      ${end(`'malformed'`)}`,
    /** Lease, $5 attempt, $6, $7 tokens, $8 answer. */
    complete: `WITH t AS (
        UPDATE ${tasks} SET answer = $8, unfit = NULL, worker = NULL, claim = NULL
        WHERE id = $2 AND token = $3 AND worker = $4 AND answer IS NULL RETURNING id, key, sample, answer
      ), paid AS (${end(`'answered'`)})
      SELECT key, sample, answer FROM t`,
    /** $1 task: its answer, where another worker or an earlier sending of the same statement has stored one. */
    stored: `SELECT key, sample, answer FROM ${tasks} WHERE id = $1 AND answer IS NOT NULL`,
    /** $2 attempt, $3, $4 tokens: it was answered as well, and paid for. */
    paid: `UPDATE ${attempts} SET outcome = 'answered', ended = ${NOW}, prompt_tokens = $3, completion_tokens = $4 WHERE id = $2`,
    /** Lease, $5 whether the round ends. */
    release: `WITH t AS (
        UPDATE ${tasks} SET worker = NULL, claim = NULL, round = round + $5::boolean::integer,
          unfit = CASE WHEN $5::boolean THEN NULL ELSE unfit END
        WHERE id = $2 AND token = $3 AND worker = $4 RETURNING id
      ), aborted AS (
        UPDATE ${attempts} a SET outcome = 'aborted', ended = ${NOW} FROM t WHERE a.task = t.id AND a.outcome IS NULL
      ) SELECT id FROM t`,
    /** $1 worker: all that it held is free, and it is gone. */
    leave: `WITH t AS (UPDATE ${tasks} SET worker = NULL, claim = NULL WHERE worker = $1),
      s AS (UPDATE ${shares} SET worker = NULL, claim = NULL WHERE worker = $1)
      DELETE FROM ${workers} WHERE id = $1`,
  };
}
