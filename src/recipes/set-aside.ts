// Samples that a run leaves out: each is printed with its reason and stored in setaside.jsonl, so that in = used + set aside.
// Leaves out: deciding (inputs.ts before the first step, train/ during the run).
import { reasonOf, VideorftError } from '../base/errors.ts';
import { appendJsonl, rowsIfPresent, writeJsonl } from '../base/jsonl.ts';
import { log } from '../base/log.ts';
import type { Sample } from '../data/sample.ts';
import type { RewardScorer } from '../rewards/index.ts';
import type { LoadPrompt, SetAside } from '../train/source.ts';

/** `file` and `line` where the row itself could not be read. */
export interface SetAsideRow extends SetAside {
  readonly file?: string;
  readonly line?: number;
}

/** How many are printed one by one; the file has all. */
const PRINTED = 10;

/** 'media-missing 3, data-invalid-row 1': reasons begin with their code. */
export function countReasons(rows: readonly Pick<SetAside, 'reason'>[]): string {
  const counts = new Map<string, number>();
  for (const { reason } of rows) {
    const code = reason.split(':', 1)[0];
    counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  return [...counts].map(([code, n]) => `${code} ${n}`).join(', ');
}

/** The line that adds up. `total`: rows of the sample files. */
export function formatSetAside(total: number, rows: readonly SetAside[]): string {
  const reasons = rows.length > 0 ? ` (${countReasons(rows)})` : '';
  return `samples: in ${total} = used ${total - rows.length} + set aside ${rows.length}${reasons}`;
}

export class SetAsideLog {
  readonly rows: SetAsideRow[] = [];
  private readonly ids = new Set<string>();
  private readonly file: string;

  private constructor(file: string) {
    this.file = file;
  }

  /** Begins the file with what is known: found before the first step, or in the checkpoint that the run goes on from. */
  static async begin(file: string, known: readonly SetAsideRow[]): Promise<SetAsideLog> {
    const self = new SetAsideLog(file);
    for (const row of known) self.take(row);
    if (self.rows.length > PRINTED) log.warn(`… and ${self.rows.length - PRINTED} more samples set aside: ${file}`);
    await writeJsonl(file, self.rows);
    return self;
  }

  /** Rows of a finished run; none where it stored none. */
  static stored(file: string): Promise<SetAsideRow[]> {
    return rowsIfPresent<SetAsideRow>(file);
  }

  private take(row: SetAsideRow): void {
    this.rows.push(row);
    this.ids.add(row.id);
    if (this.rows.length <= PRINTED) log.warn(`set aside ${row.id} (${row.path}): ${row.reason}`);
  }

  private async add(sample: Sample, error: VideorftError): Promise<void> {
    const id = String(sample.problem_id);
    if (this.ids.has(id)) return;
    const row = { id, path: sample.path, reason: reasonOf(error) };
    this.take(row);
    await appendJsonl(this.file, row);
  }

  /** The same loader; what it refuses is printed and stored on the way. */
  watchLoad(load: LoadPrompt): LoadPrompt {
    return async (sample) => {
      try {
        return await load(sample);
      } catch (error) {
        if (error instanceof VideorftError) await this.add(sample, error);
        throw error;
      }
    };
  }

  /** The same scorer; samples whose reward cannot be computed are printed and stored on the way. */
  watchScorer(scorer: RewardScorer): RewardScorer {
    return {
      scoreBatch: async (groups) => {
        const results = await scorer.scoreBatch(groups);
        for (const [i, result] of results.entries()) if (!result.ok) await this.add(groups[i].sample, result.error);
        return results;
      },
    };
  }
}
