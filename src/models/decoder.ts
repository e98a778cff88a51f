// Decodes many sequences together, one token of each per step. Sequences join and leave between steps; those that continue the same prompt
// read its cache together, and each has a cache of its own for what it has said. A sequence's numbers do not depend on who else decodes.
// Leaves out: prompts (prefill.ts), which token is drawn (sampling.ts) and when a sequence ends: its owner says both.
import { type Buffer, f32, i32 } from '../engine/index.ts';
import { type KvCache, releaseCache, roundUp } from './cache.ts';
import { type DecodeLayout, layOutDecoding, placeInLayout, shrunkLayout } from './decode-layout.ts';
import type { Inference } from './generation-programs.ts';
import { HIDDEN } from './mask.ts';
import { type PromptState, temperatureFeed } from './prefill.ts';

export interface DecodingSequence {
  readonly prompt: PromptState;
  /** What it has said; the last token has not been through the model yet. One token when it joins. */
  readonly tokens: readonly number[];
  /** Tokens it may say in all; its own cache grows up to that. */
  readonly maxTokens: number;
}

/** The distribution of a sequence's next token, [V]. */
export interface NextToken<S> {
  readonly sequence: S;
  readonly logprobs: Float32Array;
}

/** Who sits where, over which caches. */
interface Seating<S> {
  readonly layout: DecodeLayout<S>;
  /** Of the prompts, a row per block. */
  readonly prompts: KvCache;
  readonly own: KvCache;
  /** [blocks, promptCapacity], added to scores. */
  readonly promptMask: Buffer;
}

/** A row's own cache starts with room for so many tokens at most, and doubles. */
const FIRST_CAPACITY = 128;

/** Room of own caches that hold `longest` tokens and may have to hold `most`: doubled from a first size, so that there are few. */
export function ownCapacity(longest: number, most: number): number {
  const limit = roundUp(most, 32);
  let capacity = Math.min(FIRST_CAPACITY, limit);
  while (capacity < longest) capacity = Math.min(2 * capacity, limit);
  return capacity;
}

/** Sequences by prompt, in order. */
const groupsOf = <S extends DecodingSequence>(live: readonly S[]): S[][] => [
  ...Map.groupBy(live, (s) => s.prompt).values(),
];

/** Whose prompt block `b` continues; undefined: nobody sits there. */
const headOf = <S>({ rows, perBlock }: DecodeLayout<S>, b: number): S | undefined =>
  rows.slice(b * perBlock, (b + 1) * perBlock).find((s) => s !== undefined);

export class Decoder<S extends DecodingSequence> {
  private readonly inference: Inference;
  private readonly temperature: number;
  /** In the order of joining. */
  private readonly live = new Set<S>();
  private arrived: S[] = [];
  private seating: Seating<S> | undefined;

  /** Distributions are softmax(logits / temperature). */
  constructor(inference: Inference, temperature: number) {
    this.inference = inference;
    this.temperature = temperature;
  }

  get size(): number {
    return this.live.size;
  }

  /** They take part from the next step on. */
  join(sequences: readonly S[]): void {
    for (const s of sequences) this.live.add(s);
    this.arrived.push(...sequences);
  }

  leave(sequence: S): void {
    this.live.delete(sequence);
    this.arrived = this.arrived.filter((s) => s !== sequence);
    const rows = this.seating?.layout.rows;
    const row = rows?.indexOf(sequence) ?? -1;
    if (rows && row >= 0) rows[row] = undefined;
  }

  /** Sends the last token of every sequence through the model. Without sequences: nothing. */
  async step(): Promise<NextToken<S>[]> {
    if (this.live.size === 0) {
      this.follow(undefined);
      return [];
    }
    const seating = await this.seat();
    this.follow(seating);
    const logprobs = await this.run(seating);
    const { vocabSize } = this.inference.model;
    return seating.layout.rows.flatMap((sequence, r) =>
      sequence ? [{ sequence, logprobs: logprobs.subarray(r * vocabSize, (r + 1) * vocabSize) }] : [],
    );
  }

  /** What follows the seating there was; what of that is not part of it gives its memory back. Who left meanwhile, sits nowhere. */
  private follow(next: Seating<S> | undefined): void {
    const { prompts, own } = this.seating ?? {};
    for (const cache of [prompts, own])
      if (cache && cache !== next?.prompts && cache !== next?.own) releaseCache(cache);
    next?.layout.rows.forEach((s, r) => {
      if (s && !this.live.has(s)) next.layout.rows[r] = undefined;
    });
    this.seating = next;
  }

  /** The seating that has kept up with who came, left and grew. */
  private async seat(): Promise<Seating<S>> {
    const live = [...this.live];
    const [groups, arrived, now] = [groupsOf(live), this.arrived, this.seating];
    this.arrived = [];
    const longest = Math.max(...live.map((s) => s.tokens.length));
    const own = ownCapacity(longest, Math.max(...live.map((s) => s.maxTokens)));
    const prompt = Math.max(...live.map((s) => s.prompt.cache.capacity));
    if (!now) return this.rebuild(layOutDecoding(groups), prompt, own);
    const layout = (await this.place(now, arrived)) ? shrunkLayout(now.layout, groups) : layOutDecoding(groups);
    const enough = now.own.capacity >= own && now.prompts.capacity >= Math.max(...live.map((s) => s.prompt.length));
    const wasteful = now.own.capacity > 2 * own || now.prompts.capacity > 2 * prompt;
    if (!layout && enough && !wasteful) return now;
    return this.rebuild(layout ?? now.layout, prompt, own, now);
  }

  /** Gives newcomers free rows of the seating; false where they do not all fit. */
  private async place({ layout, prompts, promptMask }: Seating<S>, arrived: readonly S[]): Promise<boolean> {
    if (arrived.some((s) => s.prompt.length > prompts.capacity)) return false;
    const opened = placeInLayout(layout, arrived, (s) => s.prompt);
    for (const b of opened ?? []) await this.fillPrompt(prompts, promptMask, b, headOf(layout, b));
    return opened !== undefined;
  }

  /** Caches and mask of a layout: the prompts' from where they were prefilled, each row's own from where it sat `before`. */
  private async rebuild(
    layout: DecodeLayout<S>,
    promptCapacity: number,
    capacity: number,
    before?: Seating<S>,
  ): Promise<Seating<S>> {
    const { blocks, rows } = layout;
    const { programs } = this.inference;
    const own = await programs.createCache(rows.length, capacity);
    const seats = new Map(before?.layout.rows.map((s, r) => [s, r] as const));
    const moved = rows.flatMap((s, to) => {
      const from = s && seats.get(s);
      return s && from !== undefined ? [{ to, from, length: s.tokens.length - 1 }] : [];
    });
    if (before) await programs.copyRows(before.own, own, moved);
    if (before?.layout === layout && before.prompts.capacity === promptCapacity) return { ...before, own };
    const prompts = await programs.createCache(blocks, promptCapacity);
    const promptMask = f32(new Float32Array(blocks * promptCapacity), [blocks, promptCapacity]);
    for (let b = 0; b < blocks; b++) await this.fillPrompt(prompts, promptMask, b, headOf(layout, b));
    return { layout, prompts, own, promptMask };
  }

  /** Log-probabilities [rows, V]; keys and values of the tokens that went through are appended to the rows' caches. */
  private async run({ layout, prompts, own, promptMask }: Seating<S>): Promise<Float32Array> {
    const { model, programs, weights } = this.inference;
    const { blocks, perBlock, rows } = layout;
    const slots = rows.map((s) => (s ? s.tokens.length - 1 : 0));
    const mask = new Float32Array(rows.length * own.capacity).fill(HIDDEN);
    for (const [r, slot] of slots.entries()) mask.fill(0, r * own.capacity, r * own.capacity + slot);
    const shape = { blocks, perBlock, promptCapacity: prompts.capacity, ownCapacity: own.capacity };
    return programs.decode(shape, own, slots, {
      ...weights,
      ...Object.fromEntries(Object.entries(prompts.feeds).map(([name, b]) => [`p${name}`, b])),
      ...model.decodeFeeds(rows.map((s, r) => (s ? s.prompt.nextPosition + slots[r] : 0))),
      ids: i32(
        rows.map((s) => s?.tokens.at(-1) ?? 0),
        [rows.length, 1],
      ),
      promptMask,
      ownMask: f32(mask, [rows.length, own.capacity]),
      temperature: temperatureFeed(this.temperature),
    });
  }

  /** Copies the prompt that block `b` continues, and shows its tokens and no others. */
  private async fillPrompt(prompts: KvCache, mask: Buffer, b: number, head: S | undefined): Promise<void> {
    const visible = (mask.data as Float32Array).subarray(b * prompts.capacity, (b + 1) * prompts.capacity);
    visible.fill(HIDDEN);
    if (!head) return;
    const { cache, row, length } = head.prompt;
    await this.inference.programs.copyRows(cache, prompts, [{ from: row, to: b, length }]);
    visible.fill(0, 0, length);
  }
}
