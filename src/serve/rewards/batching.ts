// One embedder for many requests at once: rows (frames, texts) that wait go through the towers together, as many as one pass takes, in the
// order of their coming; one pass runs at any time. Leaves out: what an embedding is (rewards/embedder.ts).
import { VideorftError } from '../../base/errors.ts';
import type { Frame } from '../../media/index.ts';
import type { Embedder } from '../../rewards/index.ts';

/** Rows of one pass: the largest that the towers run together (models/dual_encoder/). */
const ROWS = 32;

export interface Passes {
  passes: number;
  rows: number;
  /** Passes that served more than one request. */
  shared: number;
}

interface Job<T> {
  readonly rows: readonly T[];
  readonly done: Float32Array[];
  /** Rows that have been given to a pass. */
  taken: number;
  resolve(embeddings: Float32Array[]): void;
  reject(error: unknown): void;
}

interface Share<T> {
  readonly job: Job<T>;
  readonly rows: readonly T[];
}

/** Jobs of one kind: frames, or texts of one length. */
class Lane<T> {
  readonly count: Passes;
  private readonly run: (rows: readonly T[]) => Promise<Float32Array[]>;
  private jobs: Job<T>[] = [];

  constructor(run: (rows: readonly T[]) => Promise<Float32Array[]>, count: Passes) {
    this.run = run;
    this.count = count;
  }

  get waiting(): boolean {
    return this.jobs.length > 0;
  }

  add(rows: readonly T[]): Promise<Float32Array[]> {
    if (rows.length === 0) return Promise.resolve([]);
    return new Promise((resolve, reject) => void this.jobs.push({ rows, done: [], taken: 0, resolve, reject }));
  }

  private next(): Share<T>[] {
    const shares: Share<T>[] = [];
    for (let room = ROWS; room > 0 && this.jobs.length > 0; ) {
      const [job] = this.jobs;
      const rows = job.rows.slice(job.taken, job.taken + room);
      job.taken += rows.length;
      room -= rows.length;
      shares.push({ job, rows });
      if (job.taken === job.rows.length) this.jobs.shift();
    }
    return shares;
  }

  async pass(): Promise<void> {
    const shares = this.next();
    if (shares.length > 1 && (await this.together(shares))) return;
    // One request's rows; or somebody's cannot be embedded: each request alone, so that only that one fails.
    for (const share of shares) if (!(await this.together([share]))) this.drop(share.job);
  }

  /** False where the pass failed and was shared; alone, the job hears why. */
  private async together(shares: readonly Share<T>[]): Promise<boolean> {
    const rows = shares.flatMap((share) => share.rows);
    try {
      const embeddings = await this.run(rows);
      if (embeddings.length !== rows.length) throw broken(rows.length, embeddings.length);
      this.count.passes++;
      this.count.rows += rows.length;
      if (shares.length > 1) this.count.shared++;
      let at = 0;
      for (const { job, rows } of shares) {
        job.done.push(...embeddings.slice(at, at + rows.length));
        at += rows.length;
        if (job.done.length === job.rows.length) job.resolve(job.done);
      }
      return true;
    } catch (error) {
      if (shares.length === 1) shares[0].job.reject(error);
      return false;
    }
  }

  private drop(job: Job<T>): void {
    this.jobs = this.jobs.filter((other) => other !== job);
  }
}

const broken = (expected: number, got: number) =>
  new VideorftError('The embedder returned another number of embeddings than it got rows.', {
    code: 'embedding-broken',
    facts: { expected, got },
  });

export class BatchingEmbedder implements Embedder {
  readonly name: string;
  readonly frames: Passes = { passes: 0, rows: 0, shared: 0 };
  readonly texts: Passes = { passes: 0, rows: 0, shared: 0 };
  private readonly inner: Embedder;
  private readonly frameLane: Lane<Frame>;
  private readonly textLanes = new Map<number, Lane<string>>();
  private running = false;

  constructor(inner: Embedder) {
    this.name = inner.name;
    this.inner = inner;
    this.frameLane = new Lane((frames) => inner.embedFrames(frames), this.frames);
  }

  embedFrames(frames: readonly Frame[]): Promise<Float32Array[]> {
    return this.queued(this.frameLane, frames);
  }

  embedTexts(texts: readonly string[], maxTokens: number): Promise<Float32Array[]> {
    let lane = this.textLanes.get(maxTokens);
    if (!lane) {
      lane = new Lane((rows) => this.inner.embedTexts(rows, maxTokens), this.texts);
      this.textLanes.set(maxTokens, lane);
    }
    return this.queued(lane, texts);
  }

  private queued<T>(lane: Lane<T>, rows: readonly T[]): Promise<Float32Array[]> {
    const done = lane.add(rows);
    void this.work();
    return done;
  }

  /** Lanes in turn until nothing waits. */
  private async work(): Promise<void> {
    if (this.running) return;
    this.running = true;
    // What comes in the same turn of the event loop joins the first pass.
    await new Promise((resolve) => setImmediate(resolve));
    const lanes = () => [this.frameLane, ...this.textLanes.values()].filter((lane) => lane.waiting);
    for (let waiting = lanes(); waiting.length > 0; waiting = lanes()) for (const lane of waiting) await lane.pass();
    this.running = false;
  }
}
