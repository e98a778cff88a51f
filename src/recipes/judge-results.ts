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
import { createChatModel, type Endpoint } from '../llm/index.ts';
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
  /** Free-form answers with a verdict, those of them whose verdict is of an earlier call, and those that got none. */
  readonly judged: number;
  readonly known: number;
  readonly failed: number;
}

interface Asked {
  readonly row: EvaluatedRow;
  readonly key: string;
}

const askedOf = (row: EvaluatedRow, { baseURL, model }: Endpoint): Asked => ({
  row,
  key: sha256(JSON.stringify([baseURL, model, judgeRequest(row)])),
});

async function knownVerdicts(file: string): Promise<ReadonlyMap<string, JudgedAnswer>> {
  const stored = await rowsIfPresent<StoredVerdict>(file);
  return new Map(stored.map(({ key, ...verdict }) => [key, verdict] as const));
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
  const known = await knownVerdicts(verdicts);
  const asked = rows.filter(isJudgeable).map((row) => askedOf(row, endpoint));
  const model = createChatModel(endpoint);
  const verdictOn = async ({ row, key }: Asked): Promise<JudgedAnswer | VideorftError> => {
    const before = known.get(key);
    if (before) return before;
    const verdict = await askJudge(row, model, signal);
    if (!(verdict instanceof VideorftError)) await appendJsonl(verdicts, { key, ...verdict } satisfies StoredVerdict);
    return verdict;
  };
  const progress = createProgress({ label: 'judge', total: asked.length, unit: 'answers' });
  const made = new Map<string, EvaluatedRow>();
  try {
    await mapPool(asked, endpoint.concurrency, async (each) => {
      const verdict = await verdictOn(each);
      const { row } = each;
      made.set(
        row.id,
        verdict instanceof VideorftError
          ? { ...row, ...unscored, error: reasonOf(verdict) }
          : scoredRow({ ...row, judge: verdict }, protocol.scoring),
      );
      progress.advance();
    });
  } finally {
    progress.finish();
  }
  const after = rows.map((row) => made.get(row.id) ?? row);
  const prompts = [...new Set(after.flatMap(({ judge }) => judge?.prompt ?? []))];
  const judge = { baseURL: endpoint.baseURL, model: endpoint.model, prompts };
  await writeRescored(out, stored, { rows: after, protocol }, { judge });
  const failed = [...made.values()].filter(({ error }) => error !== null).length;
  return {
    stored: { ...stored, rows },
    rows: after,
    judged: made.size - failed,
    known: asked.filter(({ key }) => known.has(key)).length,
    failed,
  };
}
