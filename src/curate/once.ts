// One answer per key within a process: the questions of a clip share its description, and asking for it at the same time asks once.
// Between processes the state's leases do that (ask.ts).
import { sha256 } from '../base/hash.ts';
import type { CurationState, StageRecord, TaskId } from './state/port.ts';

/** SHA-256 of everything the answer depends on; the order of the parts' keys matters. */
export const contentKey = (parts: Readonly<Record<string, unknown>>): string => sha256(JSON.stringify(parts));

export interface Once {
  /** The stored answer, or the one that `ask` gets and stores. */
  get<T>(task: TaskId, ask: () => Promise<StageRecord<T>>): Promise<StageRecord<T>>;
}

export function createOnce(state: CurationState): Once {
  const underWay = new Map<string, Promise<StageRecord<unknown>>>();
  return {
    get<T>(task: TaskId, ask: () => Promise<StageRecord<T>>) {
      const name = `${task.stage} ${task.key}`;
      const running = underWay.get(name) as Promise<StageRecord<T>> | undefined;
      if (running) return running;
      const started = state
        .answer<T>(task)
        .then((stored) => stored ?? ask())
        .finally(() => underWay.delete(name));
      underWay.set(name, started);
      return started;
    },
  };
}
