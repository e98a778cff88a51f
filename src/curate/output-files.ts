// The files that stream while chains are judged: which chain goes into which. Nothing is opened before there is something to write, so a disk
// that fails at the third file leaves no open first one. Leaves out: judging (output.ts), the forms of a data set (dataset/).
import { join } from 'node:path';
import { toRow } from '../data/write.ts';
import { type FormOptions, openForms } from './dataset/forms.ts';
import { allSinks, lineSink } from './dataset/sink.ts';
import { cotRow, type Judged, rejectedRow, unrefinedRow } from './outcome.ts';

export interface OutputFiles {
  write(judged: readonly Judged[]): Promise<void>;
  provenance(rows: readonly object[]): Promise<void>;
  commit(): Promise<void>;
  /** Removes what was written; nothing after `commit`. */
  discard(): Promise<void>;
}

export function openOutputFiles(out: string, forms: FormOptions, embedder: string | undefined): OutputFiles {
  const lines = (name: string) => lineSink(join(out, `${name}.jsonl`), toRow, { always: true });
  const rl = allSinks([lines('rl'), openForms('rl', forms)]);
  const cot = allSinks([lines('cot'), openForms('cot', forms)]);
  const [unrefined, rejected] = [lines('cot-unrefined'), lines('rejected')];
  const provenance = lineSink<object>(join(out, 'provenance.jsonl'), (row) => row, { always: true });
  const all = [rl, cot, unrefined, rejected, provenance];
  return {
    async write(judged) {
      await rl.write(judged.map(({ row }) => row.sample));
      const kept = judged.filter(({ verdict }) => verdict.kept);
      await cot.write(kept.map((chain) => cotRow(chain, embedder)));
      const draftsKept = judged.filter(({ draftVerdict }) => draftVerdict.kept);
      await unrefined.write(draftsKept.map((chain) => unrefinedRow(chain, embedder)));
      const dropped = judged.filter(({ verdict }) => !verdict.kept);
      await rejected.write(dropped.map((chain) => rejectedRow(chain, embedder)));
    },
    provenance: (rows) => provenance.write(rows),
    async commit() {
      for (const sink of all) await sink.commit();
    },
    async discard() {
      for (const sink of all) await sink.discard();
    },
  };
}
