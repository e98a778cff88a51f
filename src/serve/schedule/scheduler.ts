// Continuous batching: one loop owns the model. Requests join between two decoding steps (their prompt goes through the model, then their
// completions take rows) and leave as soon as they end or are given up. Between steps the event loop runs, so that sockets are served.
// Requests for the model with an adapter decode together with those for the same adapter; between two admissions every such batch takes a step.
// Leaves out: text (output/), what a request is (protocol/), how many may wait (gate.ts).
import { setImmediate } from 'node:timers/promises';
import { createRng, type Rng } from '../../base/rng.ts';
import {
  Decoder,
  type DecodingSequence,
  drawToken,
  type Forbidden,
  forbiddenMask,
  type Inference,
  type PromptState,
} from '../../models/index.ts';
import type { Finish } from '../output/completion.ts';
import { type Demand, decodeBytes } from './memory.ts';
import { type KnownPrompt, PromptStore, type StoreOptions } from './prompt-store.ts';

export interface Job extends KnownPrompt {
  readonly n: number;
  readonly temperature: number;
  readonly topP: number;
  readonly topK: number;
  readonly seed: number;
  readonly maxTokens: number;
  /** The prompt has been through the model; its pixels are not needed any more. */
  onPrompt?(): void;
  /**
   * A token of completion `sample`, with the log-probabilities [V] that it was drawn from (valid during the call) and why it is the last
   * one, if it is. True: the completion ends here although the model would go on.
   */
  onToken(sample: number, token: number, row: Float32Array, finish: Finish | undefined): boolean;
}

export interface Served {
  readonly cachedTokens: number;
  /** Milliseconds: waiting for a place, computing the prompt, decoding. */
  readonly queueMs: number;
  readonly promptMs: number;
  readonly decodeMs: number;
}

export interface SchedulerOptions extends StoreOptions {
  /** Completions that decode at once. */
  readonly maxRows: number;
  /** Tokens of any completion at most; caches grow up to it. */
  readonly maxTokens: number;
  /** For keys and values of what decodes. */
  readonly decodeBytes: number;
}

interface Ticket {
  readonly job: Job;
  readonly signal: AbortSignal;
  readonly arrived: number;
  readonly settle: PromiseWithResolvers<Served>;
  cachedTokens: number;
  started: number;
  prefilled: number;
  /** Completions that go on. */
  going: Set<Completion>;
}

interface Completion extends DecodingSequence {
  readonly ticket: Ticket;
  readonly sample: number;
  readonly rng: Rng;
  readonly tokens: number[];
}

const now = () => performance.now();

export class Scheduler {
  private readonly options: SchedulerOptions;
  private readonly store: PromptStore;
  private readonly endOfTurn: number;
  private readonly forbidden: Forbidden;
  private readonly inference: Inference;
  /** One for the model as it is, and for each adapter that is asked. */
  private readonly decoders = new Map<Inference, Decoder<Completion>>();
  private waiting: Ticket[] = [];
  private readonly running = new Set<Ticket>();
  private looping = false;

  constructor(inference: Inference, options: SchedulerOptions) {
    const { model } = inference;
    this.inference = inference;
    this.options = options;
    this.store = new PromptStore(inference, options);
    this.endOfTurn = model.endOfTurn;
    this.forbidden = forbiddenMask(model.forbidden, model.vocabSize);
  }

  private inferenceOf({ job }: Ticket): Inference {
    return job.inference ?? this.inference;
  }

  private decoderOf(ticket: Ticket): Decoder<Completion> {
    const inference = this.inferenceOf(ticket);
    const decoder = this.decoders.get(inference) ?? new Decoder(inference, 1);
    this.decoders.set(inference, decoder);
    return decoder;
  }

  /** Completions that decode. */
  private get rows(): number {
    return [...this.decoders.values()].reduce((n, d) => n + d.size, 0);
  }

  /** Lets go of the prompts of an adapter that nobody will ask for any more. */
  forget(inference: Inference): void {
    this.store.forget(inference);
  }

  /** Completions that decode, requests that wait. */
  get load(): { readonly rows: number; readonly waiting: number } {
    return { rows: this.rows, waiting: this.waiting.length };
  }

  /** Resolves when all completions have ended. Rejects with the signal's reason, or with what the model threw. */
  run(job: Job, signal: AbortSignal): Promise<Served> {
    if (signal.aborted) return Promise.reject(signal.reason);
    const settle = Promise.withResolvers<Served>();
    const ticket = {
      job,
      signal,
      arrived: now(),
      settle,
      cachedTokens: 0,
      started: 0,
      prefilled: 0,
      going: new Set<Completion>(),
    };
    const abort = () => this.drop(ticket, signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    this.waiting.push(ticket);
    if (!this.looping) void this.loop();
    return settle.promise.finally(() => signal.removeEventListener('abort', abort));
  }

  /** Bytes that a request needs while it decodes alone. One that needs more than there are must not be run. */
  bytesFor(demand: Demand): number {
    return decodeBytes(this.inference.model, [demand], this.options.maxTokens);
  }

  /** Whether a request can decode beside those that do. */
  private fits({ job }: Ticket): boolean {
    if (this.running.size === 0) return true;
    const jobs = [...[...this.running].map((t) => t.job), job];
    const demands = jobs.map(({ prompt, maxTokens, n }) => ({ promptTokens: prompt.tokens.length, maxTokens, n }));
    const bytes = decodeBytes(this.inference.model, demands, this.options.maxTokens);
    return this.rows + job.n <= this.options.maxRows && bytes <= this.options.decodeBytes;
  }

  /** Takes a request out, wherever it is. */
  private drop(ticket: Ticket, reason: unknown): void {
    this.waiting = this.waiting.filter((t) => t !== ticket);
    for (const completion of ticket.going) this.decoderOf(ticket).leave(completion);
    ticket.going.clear();
    this.running.delete(ticket);
    ticket.settle.reject(reason);
  }

  /** Runs while there is work; never rejects. */
  private async loop(): Promise<void> {
    this.looping = true;
    while (this.waiting.length > 0 || this.running.size > 0) {
      await this.admit();
      for (const [inference, decoder] of this.decoders) await this.step(inference, decoder);
      await setImmediate();
    }
    this.looping = false;
  }

  private async step(inference: Inference, decoder: Decoder<Completion>): Promise<void> {
    try {
      for (const { sequence, logprobs } of await decoder.step()) this.draw(sequence, logprobs);
      if (decoder.size > 0 || inference === this.inference) return;
      await decoder.step(); // without sequences: gives its caches back
    } catch (error) {
      // The model itself failed: everybody who decoded with it is told, and the next ones start afresh.
      for (const ticket of [...this.running]) if (this.inferenceOf(ticket) === inference) this.drop(ticket, error);
    }
    this.decoders.delete(inference);
  }

  /** Lets in who fits, in order of arrival. One prompt is computed per step while others decode, so that they do not stand still. */
  private async admit(): Promise<void> {
    for (;;) {
      const [ticket] = this.waiting;
      if (!ticket || !this.fits(ticket)) return;
      this.waiting.shift();
      this.running.add(ticket);
      const decoding = this.rows > 0;
      const isKnown = await this.start(ticket);
      if (decoding && !isKnown) return;
    }
  }

  /** Computes the prompt and seats the completions. Resolves to whether the prompt was there already. */
  private async start(ticket: Ticket): Promise<boolean> {
    ticket.started = now();
    try {
      const { state, cachedTokens } = await this.store.get(ticket.job);
      if (!this.running.has(ticket)) return false; // given up meanwhile
      ticket.job.onPrompt?.();
      ticket.cachedTokens = cachedTokens;
      ticket.prefilled = now();
      this.seat(ticket, state);
      return cachedTokens === state.length;
    } catch (error) {
      this.drop(ticket, error);
      return false;
    }
  }

  private seat(ticket: Ticket, prompt: PromptState): void {
    const { n, seed } = ticket.job;
    const completions = Array.from({ length: n }, (_, sample): Completion => {
      const rng = createRng(seed).fork(`0/${sample}`);
      return { prompt, maxTokens: this.options.maxTokens, ticket, sample, rng, tokens: [] };
    });
    for (const c of completions) ticket.going.add(c);
    for (const c of completions) this.draw(c, prompt.logprobs);
    this.decoderOf(ticket).join(completions.filter((c) => ticket.going.has(c)));
  }

  /** Draws a completion's next token and tells its owner; who ends leaves at once. */
  private draw(completion: Completion, row: Float32Array): void {
    const { ticket, sample, tokens, rng } = completion;
    if (!ticket.going.has(completion)) return;
    const { job } = ticket;
    const { temperature, topP, topK } = job;
    const greedy = temperature === 0;
    const drawing = { greedy, topP, topK, forbidden: this.forbidden, ...(greedy ? {} : { temperature }) };
    const token = drawToken(row, drawing, rng);
    tokens.push(token);
    const finish = token === this.endOfTurn ? 'stop' : tokens.length >= job.maxTokens ? 'length' : undefined;
    try {
      if (!job.onToken(sample, token, row, finish) && !finish) return;
    } catch (error) {
      this.drop(ticket, error);
      return;
    }
    this.end(completion);
  }

  private end(completion: Completion): void {
    const { ticket } = completion;
    this.decoderOf(ticket).leave(completion);
    ticket.going.delete(completion);
    if (ticket.going.size > 0) return;
    this.running.delete(ticket);
    const { arrived, started, prefilled, cachedTokens } = ticket;
    const decodeMs = now() - prefilled;
    ticket.settle.resolve({ cachedTokens, queueMs: started - arrived, promptMs: prefilled - started, decodeMs });
  }
}
