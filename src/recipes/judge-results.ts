// `videorft eval judge`: free-form answers of a result file, judged by a chat model, as a result file of its own. Verdicts are stored as they come, by
// what was asked of whom, so the same command goes on where it stopped. Leaves out: what is asked (evaluate/judging.ts).
import { reasonOf, VideorftError } from '../base/errors.ts';
import { sha256 } from '../base/hash.ts';
import { appendJsonl, rowsIfPresent } from '../base/jsonl.ts';
import { mapPool } from '../base/pool.ts';
import { createProgress } from '../base/progress.ts';
import {
  askJudge,
  type EvaluatedRow,
  isJudgeable,
  type JudgedAnswer,
  judgeRequest,
  scoredRow,
  unscored,
} from '../evaluate/index.ts';
import { type ChatModel, createChatModel, type Endpoint } from '../llm/index.ts';
import { beside } from './evaluation.ts';
import { type ResultFile, readResult, refuseExisting, rescore, writeRescored } from './result-files.ts';

/** One line of OUT.verdicts.jsonl. */
interface StoredVerdict extends JudgedAnswer {
  /** Hash of who was asked what. */
  readonly key: string;
}

export interface Judged {
  readonly stored: ResultFile;
  readonly rows: readonly EvaluatedRow[];
  /** Rows with a verdict, and of those the ones whose verdict is of an earlier call. */
  readonly judged: number;
  readonly known: number;
}

const keyOf = (row: EvaluatedRow, { baseURL, model }: Endpoint): string =>
  sha256(JSON.stringify([baseURL, model, judgeRequest(row)]));

interface Bench {
  readonly model: ChatModel;
  readonly endpoint: Endpoint;
  readonly verdicts: string;
  readonly known: ReadonlyMap<string, JudgedAnswer>;
  readonly signal?: AbortSignal;
}

async function verdictOn(row: EvaluatedRow, bench: Bench): Promise<JudgedAnswer | VideorftError> {
  const key = keyOf(row, bench.endpoint);
  const before = bench.known.get(key);
  if (before) return before;
  const verdict = await askJudge(row, bench.model, bench.signal);
  if (!(verdict instanceof VideorftError))
    await appendJsonl(bench.verdicts, { key, ...verdict } satisfies StoredVerdict);
  return verdict;
}

/** Asks about every free-form answer of `file` and writes `out`. Errors: result-exists, result-manifest, aborted (start again to continue), llm-…. */
export async function judgeResults(
  file: string,
  { out, endpoint, signal }: { readonly out: string; readonly endpoint: Endpoint; readonly signal?: AbortSignal },
): Promise<Judged> {
  await refuseExisting(out);
  const stored = await readResult(file);
  const { rows, protocol } = rescore(stored);
  const verdicts = beside(out, 'verdicts.jsonl');
  const known = new Map(
    (await rowsIfPresent<StoredVerdict>(verdicts)).map(({ key, ...verdict }) => [key, verdict] as const),
  );
  const asked = rows.filter(isJudgeable);
  const bench: Bench = { model: createChatModel(endpoint), endpoint, verdicts, known, signal };
  const progress = createProgress({ label: 'judge', total: asked.length, unit: 'answers' });
  const made = new Map<string, EvaluatedRow>();
  try {
    const judge = async (row: EvaluatedRow): Promise<void> => {
      const verdict = await verdictOn(row, bench);
      const after =
        verdict instanceof VideorftError
          ? { ...row, ...unscored, error: reasonOf(verdict) }
          : scoredRow({ ...row, judge: verdict }, protocol.scoring);
      made.set(row.id, after);
      progress.advance();
    };
    await mapPool(asked, endpoint.concurrency, judge, { signal });
  } catch (error) {
    if (!signal?.aborted) throw error;
    throw new VideorftError('judging was interrupted', { code: 'aborted', cause: error });
  } finally {
    progress.finish();
  }
  const after = rows.map((row) => made.get(row.id) ?? row);
  const { baseURL, model } = endpoint;
  const prompts = [...new Set(after.flatMap(({ judge }) => judge?.prompt ?? []))];
  await writeRescored(out, stored, { rows: after, protocol }, { judge: { baseURL, model, prompts } });
  const judged = [...made.values()].filter(({ judge }) => judge !== undefined);
  return {
    stored: { ...stored, rows },
    rows: after,
    judged: judged.length,
    known: asked.filter((row) => known.has(keyOf(row, endpoint))).length,
  };
}
