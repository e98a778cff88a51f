// What is asked: each question, once or several times. A task has its own seed, made of the run's seed, the question and the sample and of nothing
// else, so that batches, order, shards and restarts leave it what it is.
import { VideorftError } from '../base/errors.ts';
import { hash32 } from '../base/rng.ts';
import type { Question } from './question.ts';

export interface Task {
  /** Of the row: the question's, with "#2" and so on for further samples. */
  readonly id: string;
  readonly question: Question;
  /** 1-based. */
  readonly sample: number;
  /** 31 bits: what every server takes. */
  readonly seed: number;
}

export const seedOf = (seed: number, question: string, sample: number): number =>
  hash32(`${seed}/${question}/${sample}`) >>> 1;

/** The samples of a question stand together. Throws 'evaluation-ids' where two rows would have one id. */
export function tasksOf(questions: readonly Question[], seed: number, samples = 1): Task[] {
  const tasks = questions.flatMap((question) => {
    const id = String(question.problem_id);
    return Array.from({ length: samples }, (_, i) => ({
      id: i === 0 ? id : `${id}#${i + 1}`,
      question,
      sample: i + 1,
      seed: seedOf(seed, id, i + 1),
    }));
  });
  const ids = new Set<string>();
  for (const { id } of tasks) {
    if (ids.has(id))
      throw new VideorftError(`two rows would have the id ${id}`, {
        code: 'evaluation-ids',
        facts: { id, samples },
        fix: 'give every sample a problem_id of its own, without "#"',
      });
    ids.add(id);
  }
  return tasks;
}

/** The same tasks, those about one video together, in the order in which the videos first come: so few are in memory at once. */
export function byVideo(tasks: readonly Task[]): Task[] {
  const place = ({ question: { path, window } }: Task) => JSON.stringify([path, window]);
  return [...Map.groupBy(tasks, place).values()].flat();
}
