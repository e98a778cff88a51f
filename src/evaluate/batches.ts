// Questions to a model in this process, a batch at a time; the next batch's media are decoded while it answers. An answer depends on its company by
// rounding, so batches are the same ones in every run.
import { handledElsewhere } from '../base/handled.ts';
import { type Asking, assertGoing, isRow, type Ready, secondsSince } from './asking.ts';
import type { BatchRespondent } from './respondent.ts';
import type { EvaluatedRow } from './row.ts';
import { semanticOf } from './semantic.ts';
import type { Task } from './task.ts';

const DEFAULT_CHUNK = 64;

/** Batches of which a row is missing, whole: what was stored of one is asked again for company's sake, and not stored again. */
function missingBatches(tasks: readonly Task[], { isStored, options }: Asking): Task[][] {
  const size = options.chunk ?? DEFAULT_CHUNK;
  const batches = Array.from({ length: Math.ceil(tasks.length / size) }, (_, i) =>
    tasks.slice(i * size, (i + 1) * size),
  );
  return batches.filter((batch) => !batch.every(isStored));
}

/** One after another: a batch is decoded while the one before is answered. */
async function loadBatch(batch: readonly Task[], { load }: Asking): Promise<(Ready | EvaluatedRow)[]> {
  const made: (Ready | EvaluatedRow)[] = [];
  for (const task of batch) made.push(await load(task));
  return made;
}

export async function inBatches(respondent: BatchRespondent, tasks: readonly Task[], asking: Asking): Promise<void> {
  const { signal } = asking.options;
  const batches = missingBatches(tasks, asking);
  if (batches.length > 0) assertGoing(signal);
  let loading = batches.length > 0 ? loadBatch(batches[0], asking) : undefined;
  for (const [i, batch] of batches.entries()) {
    assertGoing(signal);
    const made = (await loading) ?? [];
    // Whoever leaves early (an abort, a failing model) does not wait for it; what it throws then is nobody's.
    loading = i + 1 < batches.length ? handledElsewhere(loadBatch(batches[i + 1], asking)) : undefined;
    const missing = new Set(batch.filter((task) => !asking.isStored(task)).map(({ id }) => id));
    const ready = made.flatMap((one) => (isRow(one) ? [] : one));
    const rows = [...made.filter(isRow), ...(await answered(respondent, ready, asking))];
    for (const row of rows) if (missing.has(row.id)) await asking.store(row);
  }
}

async function answered(
  respondent: BatchRespondent,
  ready: readonly Ready[],
  { options, rowOf }: Asking,
): Promise<EvaluatedRow[]> {
  if (ready.length === 0) return [];
  const { maxTokens, temperature, topP, signal, scorer } = options;
  const start = performance.now();
  const answers = await respondent.ask(
    ready.map(({ prompt, task }) => ({ prompt, seed: task.seed })),
    { maxTokens, temperature, topP, signal },
  );
  const share = Math.round((1000 * secondsSince(start)) / ready.length) / 1000;
  const semantic = await semanticOf(ready, answers, scorer);
  return ready.map((one, i) => rowOf(one, answers[i], semantic[i], share));
}
