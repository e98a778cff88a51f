// Work in threads: a script that answers one task after the other, as many threads of it as have tasks at once. A thread that dies takes one
// task with it and is replaced. Leaves out: how many may run at once, which the caller bounds.
import { isMarkedAsUntransferable, parentPort, Worker } from 'node:worker_threads';
import { type ErrorFacts, VideorftError } from './errors.ts';

type Answer<Result> =
  | { readonly result: Result; readonly error?: undefined }
  | { readonly error: Omit<ErrorFacts, 'cause'> & { readonly message: string } };

export class Threads<Task, Result> {
  private readonly script: string;
  private readonly code: string;
  private readonly idle: Worker[] = [];
  private readonly all = new Set<Worker>();

  /** `script`: a module that calls `answerTasks` (see `moduleBeside`). `code`: of the error when a thread dies. */
  constructor(script: string, code: string) {
    this.script = script;
    this.code = code;
  }

  /** What the script makes of the task. Throws its VideorftErrors, and one of the pool's code when the thread dies. */
  run(task: Task): Promise<Result> {
    const worker = this.idle.pop() ?? this.start();
    return new Promise((resolve, reject) => {
      const died = (cause?: unknown) =>
        reject(
          new VideorftError('the thread that worked on it ended', {
            code: this.code,
            cause: cause instanceof Error ? cause : undefined,
          }),
        );
      worker.once('error', died).once('exit', died);
      worker.once('message', (answer: Answer<Result>) => {
        worker.off('error', died).off('exit', died);
        this.idle.push(worker);
        if (answer.error) reject(new VideorftError(answer.error.message, answer.error));
        else resolve(answer.result);
      });
      worker.postMessage(task);
    });
  }

  private start(): Worker {
    const worker = new Worker(this.script);
    worker.unref();
    this.all.add(worker);
    // Without a listener an error of an idle thread would end the process.
    worker.on('error', () => this.forget(worker)).on('exit', () => this.forget(worker));
    return worker;
  }

  private forget(worker: Worker): void {
    this.all.delete(worker);
    const at = this.idle.indexOf(worker);
    if (at >= 0) this.idle.splice(at, 1);
  }

  async close(): Promise<void> {
    await Promise.all([...this.all].map((worker) => worker.terminate()));
  }
}

/**
 * The other side, called once by the script: answers each task with what `work` makes of it. `moved`: memory of a result that goes over
 * without being copied. An error that is not a VideorftError gets `code`.
 */
export function answerTasks<Task, Result>(
  work: (task: Task) => Promise<Result>,
  code: string,
  moved: (result: Result) => ArrayBuffer[] = () => [],
): void {
  const answer = (message: Answer<Result>, transfer: ArrayBuffer[] = []) => parentPort?.postMessage(message, transfer);
  parentPort?.on('message', (task: Task) => {
    work(task).then(
      // Memory of native libraries belongs to them and is copied.
      (result) =>
        answer(
          { result },
          moved(result).filter((memory) => !isMarkedAsUntransferable(memory)),
        ),
      (error: unknown) => {
        // An error crosses threads as its text only; ours has more to say.
        if (!(error instanceof VideorftError)) return answer({ error: { message: String(error), code } });
        const { message, code: own, facts, fix } = error;
        return answer({ error: { message, code: own, facts, fix } });
      },
    );
  });
}
