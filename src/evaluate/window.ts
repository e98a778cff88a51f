// Questions to an endpoint, each for itself in a sliding window: as soon as one is answered the next goes out, and some more stand ready with their
// media decoded, so that the endpoint never waits for a decoder or for the slowest of a batch.
import { mapPool } from '../base/pool.ts';
import { type Asking, assertGoing, isRow, secondsSince } from './asking.ts';
import type { SingleRespondent } from './respondent.ts';
import { semanticOf } from './semantic.ts';
import { byVideo, type Task } from './task.ts';

/** Tasks that are loading or stand ready beyond those that are asked, at most: each may hold a request of a few megabytes. */
const AHEAD = 16;

/** Rows are stored in the order of the answers. The first failure that is no question's fault stops all, after those in flight. */
export async function inWindow(respondent: SingleRespondent, tasks: readonly Task[], asking: Asking): Promise<void> {
  const { maxTokens, temperature, topP, scorer } = asking.options;
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, ...(asking.options.signal ? [asking.options.signal] : [])]);
  const answer = async (task: Task): Promise<void> => {
    assertGoing(signal);
    const made = await asking.load(task);
    if (isRow(made)) return asking.store(made);
    const start = performance.now();
    const said = await respondent.ask(
      { prompt: made.prompt, seed: task.seed },
      { maxTokens, temperature, topP, signal },
    );
    const seconds = secondsSince(start);
    const [semantic] = await semanticOf([made], [said], scorer);
    await asking.store(asking.rowOf(made, said, semantic, seconds));
  };
  const missing = byVideo(tasks.filter((task) => !asking.isStored(task)));
  if (missing.length > 0) assertGoing(signal);
  await mapPool(missing, respondent.atOnce + Math.min(AHEAD, respondent.atOnce), async (task) => {
    try {
      await answer(task);
    } catch (error) {
      stop.abort();
      throw error;
    }
  });
}
