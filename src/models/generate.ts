// Generation over any VideoLanguageModel: prompts are prefilled once (vision tower included), each prompt's cache row is copied to its
// G completions, and decoding writes the cache in place. Finished sequences leave the batch, so they stop costing.
// Every sequence has its own random stream, so its tokens do not depend on who shares its batch.
import { VideorftError } from '../base/errors.ts';
import { createRng, type Rng } from '../base/rng.ts';
import { type Buffer, type Compiled, compile, f32, i32, ProgramCache, type SessionOptions } from '../engine/index.ts';
import { copyRows, createCache, type KvCache } from './cache.ts';
import type { CacheGraph, Prepared, VideoLanguageModel } from './port.ts';
import { drawToken } from './sampling.ts';

export interface GenerateOptions {
  readonly numSamples: number;
  readonly maxTokens: number;
  readonly temperature: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly seed: number;
  readonly signal?: AbortSignal;
  readonly onToken?: (prompt: number, sample: number, token: number) => void;
  readonly onProgress?: (finished: number, total: number) => void;
  /** Names of the random streams of the prompts; default their indices. Also what onToken reports. */
  readonly streams?: readonly number[];
  /** Rows decoded together at most; default 128. */
  readonly maxRows?: number;
}

export interface Generated {
  readonly tokens: number[];
  readonly logprobs: Float32Array;
  readonly finish: 'stop' | 'length';
}

interface Live {
  /** Row of this sequence's prompt in the prefilled cache. */
  readonly row: number;
  readonly prompt: number;
  readonly sample: number;
  readonly rng: Rng;
  readonly tokens: number[];
  readonly logprobs: number[];
  /** Tokens in the cache. */
  length: number;
  /** Rotary position of the next token. */
  position: number;
  finish: 'stop' | 'length' | undefined;
}

const DECODE_BUCKETS = [1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256];
const bucketOf = (n: number) => DECODE_BUCKETS.find((b) => b >= n) ?? roundUp(n, 64);
const roundUp = (n: number, step: number) => Math.ceil(n / step) * step;
const scale = (temperature: number) => f32(Float32Array.of(temperature > 0 ? temperature : 1), []);

function startSequences(prompt: Prepared, row: number, index: number, o: GenerateOptions): Live[] {
  return Array.from({ length: o.numSamples }, (_, sample) => ({
    row,
    prompt: index,
    sample,
    rng: createRng(o.seed).fork(`${index}/${sample}`),
    tokens: [],
    logprobs: [],
    length: prompt.tokens.length,
    position: prompt.nextPosition,
    finish: undefined,
  }));
}

function assertGoing(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new VideorftError('generation was interrupted', { code: 'aborted' });
}

export class Generator {
  private readonly programs = new ProgramCache();
  private readonly model: VideoLanguageModel;
  private readonly options: SessionOptions;

  constructor(model: VideoLanguageModel, options: SessionOptions = {}) {
    this.model = model;
    this.options = options;
  }

  /** Completions [prompt][sample]. `weights` by published name; read, never written. Errors: aborted. */
  async generate(
    prompts: readonly Prepared[],
    weights: Record<string, Buffer>,
    o: GenerateOptions,
  ): Promise<Generated[][]> {
    const perChunk = Math.max(1, Math.floor((o.maxRows ?? 128) / o.numSamples));
    const out: Generated[][] = [];
    for (let at = 0; at < prompts.length; at += perChunk) {
      assertGoing(o.signal);
      out.push(...(await this.chunk(prompts.slice(at, at + perChunk), at, weights, o)));
      o.onProgress?.(out.length * o.numSamples, prompts.length * o.numSamples);
    }
    return out;
  }

  private async chunk(
    prompts: readonly Prepared[],
    first: number,
    weights: Record<string, Buffer>,
    o: GenerateOptions,
  ) {
    const longest = Math.max(...prompts.map((p) => p.tokens.length));
    const prefilled = await this.prefill(prompts, roundUp(longest + o.maxTokens, 64), weights, o.temperature);
    const live = prompts.flatMap((p, i) => startSequences(p, i, o.streams?.[first + i] ?? first + i, o));
    const draw = this.drawer(o);
    for (const s of live) draw(s, prefilled.logprobs, s.row);
    await this.decode(live, prefilled.cache, weights, draw, o);
    return prompts.map((_, i) =>
      live.slice(i * o.numSamples, (i + 1) * o.numSamples).map(
        (s): Generated => ({
          tokens: s.tokens,
          logprobs: Float32Array.from(s.logprobs),
          finish: s.finish ?? 'length',
        }),
      ),
    );
  }

  private async prefill(
    prompts: readonly Prepared[],
    capacity: number,
    weights: Record<string, Buffer>,
    temperature: number,
  ) {
    const batch = this.model.prefillBatch(prompts);
    const cache = createCache(this.model, batch.feeds.seqlens.shape[0], capacity);
    const program = await this.program(`prefill|${batch.key}|${capacity}`, () =>
      this.model.prefillGraph(batch, capacity),
    );
    const results = await program.run({ ...weights, ...batch.feeds, ...cache.feeds, temperature: scale(temperature) });
    return { cache, logprobs: results.logprobs.data as Float32Array };
  }

  /** Draws the next token of a sequence from row `row` of the log-probabilities, and decides whether it has finished. */
  private drawer(o: GenerateOptions): (s: Live, logprobs: Float32Array, row: number) => void {
    const forbidden = new Set(this.model.forbidden);
    const options = { greedy: o.temperature === 0, topP: o.topP ?? 1, topK: o.topK ?? 0, forbidden };
    const { vocabSize, endOfTurn } = this.model;
    return (s, logprobs, row) => {
      const distribution = logprobs.subarray(row * vocabSize, (row + 1) * vocabSize);
      const token = drawToken(distribution, options, s.rng);
      s.tokens.push(token);
      s.logprobs.push(distribution[token]);
      o.onToken?.(s.prompt, s.sample, token);
      if (token === endOfTurn) s.finish = 'stop';
      else if (s.tokens.length >= o.maxTokens) s.finish = 'length';
    };
  }

  private async decode(
    live: readonly Live[],
    prefilled: KvCache,
    weights: Record<string, Buffer>,
    draw: (s: Live, logprobs: Float32Array, row: number) => void,
    o: GenerateOptions,
  ) {
    let slots = live.filter((s) => !s.finish);
    if (slots.length === 0) return;
    let cache = createCache(this.model, bucketOf(slots.length), prefilled.capacity);
    copyRows(
      prefilled,
      cache,
      slots.map((s) => s.row),
      slots.map((s) => s.length),
    );
    while (slots.some((s) => !s.finish)) {
      assertGoing(o.signal);
      const logprobs = await this.step(slots, cache, weights, o.temperature);
      for (const [r, s] of slots.entries()) if (!s.finish) draw(s, logprobs, r);
      const rest = slots.flatMap((s, r) => (s.finish ? [] : [r]));
      if (rest.length === 0 || bucketOf(rest.length) >= cache.rows) continue;
      const smaller = createCache(this.model, bucketOf(rest.length), cache.capacity);
      copyRows(
        cache,
        smaller,
        rest,
        rest.map((r) => slots[r].length),
      );
      cache = smaller;
      slots = rest.map((r) => slots[r]);
    }
  }

  /** One token of every slot through the model; finished slots ride along until the batch shrinks. Log-probabilities [rows, V]. */
  private async step(slots: readonly Live[], cache: KvCache, weights: Record<string, Buffer>, temperature: number) {
    const column = (value: (s: Live) => number, filler: number) =>
      Array.from({ length: cache.rows }, (_, i) => (i < slots.length ? value(slots[i]) : filler));
    const seqlens = column((s) => s.length, 0);
    const key = `decode|${cache.rows}|${cache.capacity}`;
    const program = await this.program(key, () => this.model.decodeGraph(cache.rows, cache.capacity));
    const results = await program.run({
      ...weights,
      ...cache.feeds,
      ...this.model.decodeFeeds(column((s) => s.position, 0)),
      ids: i32(
        column((s) => s.tokens[s.tokens.length - 1], 0),
        [cache.rows, 1],
      ),
      seqlens: i32(seqlens, [cache.rows]),
      total: i32([Math.max(...seqlens) + 1], [1]),
      temperature: scale(temperature),
    });
    for (const s of slots) {
      if (s.finish) continue;
      s.length++;
      s.position++;
    }
    return results.logprobs.data as Float32Array;
  }

  private program(key: string, build: () => CacheGraph): Promise<Compiled> {
    return this.programs.get(key, () => {
      const graph = build();
      return compile({ logprobs: graph.logprobs }, graph.updates, this.options);
    });
  }

  async dispose(): Promise<void> {
    await this.programs.dispose();
  }
}
