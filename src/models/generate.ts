// Generation over any VideoLanguageModel: prompts are prefilled once (vision tower included), the G completions of a prompt read its
// cache together, and each has one of its own. Finished sequences leave the batch, so they stop costing.
// Every sequence has its own random stream, so its tokens do not depend on who shares its batch.
import { VideorftError } from '../base/errors.ts';
import { createRng, type Rng } from '../base/rng.ts';
import { type Buffer, compile, f32, i32, ProgramCache, type SessionOptions } from '../engine/index.ts';
import { appendTokens, copyRows, createCache, type KvCache } from './cache.ts';
import { type DecodeLayout, layOutDecoding, shrunkLayout } from './decode-layout.ts';
import { HIDDEN } from './mask.ts';
import type { Prepared, VideoLanguageModel } from './port.ts';
import { drawToken, forbiddenMask } from './sampling.ts';

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
  /** Row of this sequence's prompt in the prefilled cache, and the prompt's tokens. */
  readonly row: number;
  readonly promptLength: number;
  /** Rotary position of the first token after the prompt. */
  readonly start: number;
  readonly prompt: number;
  readonly sample: number;
  readonly rng: Rng;
  readonly tokens: number[];
  readonly logprobs: number[];
  finish: 'stop' | 'length' | undefined;
}

/** Who decodes where, over which caches. */
interface Decoding {
  readonly layout: DecodeLayout<Live>;
  /** Of the prompts, a row per block. */
  readonly prompts: KvCache;
  readonly own: KvCache;
  readonly promptMask: Buffer;
}

/** A row's own cache starts with room for so many tokens at most, and doubles. */
const FIRST_CAPACITY = 128;
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
    promptLength: prompt.tokens.length,
    start: prompt.nextPosition,
    finish: undefined,
  }));
}

/** Sequences by prompt, in order. */
const groupsOf = (live: readonly Live[]): Live[][] => [...Map.groupBy(live, (s) => s.row).values()];

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
    const prefilled = await this.prefill(prompts, roundUp(longest, 64), weights, o.temperature);
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
    const program = await this.programs.get(`prefill|${batch.key}|${capacity}`, () => {
      const { logprobs, updates } = this.model.prefillGraph(batch, capacity);
      return compile({ logprobs }, updates, this.options);
    });
    const results = await program.run({ ...weights, ...batch.feeds, ...cache.feeds, temperature: scale(temperature) });
    return { cache, logprobs: results.logprobs.data as Float32Array };
  }

  /** Draws the next token of a sequence from row `row` of the log-probabilities, and decides whether it has finished. */
  private drawer(o: GenerateOptions): (s: Live, logprobs: Float32Array, row: number) => void {
    const forbidden = forbiddenMask(this.model.forbidden, this.model.vocabSize);
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
    const going = () => groupsOf(live.filter((s) => !s.finish));
    if (going().length === 0) return;
    let now = this.seat(layOutDecoding(going()), prefilled, Math.min(FIRST_CAPACITY, roundUp(o.maxTokens, 32)));
    for (;;) {
      assertGoing(o.signal);
      const logprobs = await this.step(now, weights, o.temperature);
      for (const [r, s] of now.layout.rows.entries()) if (s && !s.finish) draw(s, logprobs, r);
      const rest = going();
      if (rest.length === 0) return;
      const layout = shrunkLayout(now.layout, rest) ?? now.layout;
      const full = Math.max(...rest.flat().map((s) => s.tokens.length)) > now.own.capacity;
      const capacity = full ? Math.min(2 * now.own.capacity, roundUp(o.maxTokens, 32)) : now.own.capacity;
      if (layout !== now.layout || full) now = this.seat(layout, prefilled, capacity, now);
    }
  }

  /** Caches and mask of a layout: the prompts' from the prefilled ones, each row's own from where it sat `before`. */
  private seat(layout: DecodeLayout<Live>, prefilled: KvCache, capacity: number, before?: Decoding): Decoding {
    const { blocks, perBlock, rows } = layout;
    const heads = Array.from({ length: blocks }, (_, b) =>
      rows.slice(b * perBlock, (b + 1) * perBlock).find((s) => s !== undefined),
    );
    const own = createCache(this.model, rows.length, capacity);
    if (before) {
      const seats = new Map(before.layout.rows.map((s, r) => [s, r] as const));
      const moved = rows.flatMap((s, to) =>
        s ? [{ to, from: seats.get(s) as number, length: s.tokens.length - 1 }] : [],
      );
      copyRows(before.own, own, moved);
    }
    if (before?.layout === layout) return { ...before, own };
    const prompts = createCache(this.model, blocks, prefilled.capacity);
    const filled = heads.flatMap((s, to) => (s ? [{ to, from: s.row, length: s.promptLength }] : []));
    copyRows(prefilled, prompts, filled);
    const mask = new Float32Array(blocks * prefilled.capacity).fill(HIDDEN);
    for (const { to, length } of filled) mask.fill(0, to * prefilled.capacity, to * prefilled.capacity + length);
    return { layout, prompts, own, promptMask: f32(mask, [blocks, prefilled.capacity]) };
  }

  /** One token of every row through the model; finished rows ride along until the layout changes. Log-probabilities [rows, V]. */
  private async step(
    { layout, prompts, own, promptMask }: Decoding,
    weights: Record<string, Buffer>,
    temperature: number,
  ) {
    const { blocks, perBlock, rows } = layout;
    const slots = rows.map((s) => (s ? s.tokens.length - 1 : 0));
    const mask = new Float32Array(rows.length * own.capacity).fill(HIDDEN);
    for (const [r, slot] of slots.entries()) mask.fill(0, r * own.capacity, r * own.capacity + slot);
    const shape = { blocks, perBlock, promptCapacity: prompts.capacity, ownCapacity: own.capacity };
    const program = await this.programs.get(`decode|${Object.values(shape).join()}`, () => {
      const { logprobs, tokens } = this.model.decodeGraph(shape);
      return compile({ logprobs, ...tokens }, [], this.options);
    });
    const { logprobs, ...tokens } = await program.run({
      ...weights,
      ...own.feeds,
      ...Object.fromEntries(Object.entries(prompts.feeds).map(([name, b]) => [`p${name}`, b])),
      ...this.model.decodeFeeds(rows.map((s, r) => (s ? s.start + slots[r] : 0))),
      ids: i32(
        rows.map((s) => s?.tokens.at(-1) ?? 0),
        [rows.length, 1],
      ),
      promptMask,
      ownMask: f32(mask, [rows.length, own.capacity]),
      temperature: scale(temperature),
    });
    appendTokens(own, tokens, slots);
    return logprobs.data as Float32Array;
  }

  async dispose(): Promise<void> {
    await this.programs.dispose();
  }
}
