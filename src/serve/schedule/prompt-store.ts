// Prompts that have been through the model, kept for requests that ask the same or begin the same: bounded in bytes, least recently used
// first out. What is being decoded keeps its prompt alive by itself.
import { bytesOf } from '../../engine/index.ts';
import { extend, type Inference, type Prepared, type PromptState, prefill } from '../../models/index.ts';

/** A prompt and what its pictures and videos are known by, in order: their tokens alone do not tell them apart. */
export interface KnownPrompt {
  readonly prompt: Prepared;
  readonly media: readonly string[];
  /** What computes it, where that is not the store's own: the model with an adapter. Its keys and values are of no use to any other. */
  readonly inference?: Inference;
}

export interface Found {
  readonly state: PromptState;
  /** Tokens of the prompt that had not to be computed. */
  readonly cachedTokens: number;
}

export interface StoreOptions {
  readonly maxBytes: number;
  /** Whether a prompt may take over the beginning of another; false: only the whole of an equal one. */
  readonly prefixes: boolean;
}

/** What is kept of a prompt to know it again: not its pixels, which would weigh as much as its keys and values. */
interface Remembered {
  readonly tokens: Int32Array;
  readonly media: readonly string[];
}

interface Entry extends Remembered {
  readonly inference: Inference;
  readonly state: PromptState;
  readonly bytes: number;
}

/** A shorter beginning (every chat template has one) is not worth its copy. */
const LEAST_SHARED = 64;

/** Sizes of caches, two per doubling and each divisible by 64: every size is a program to compile. */
export function cacheCapacity(tokens: number): number {
  let size = 128;
  while (size < tokens) size *= 2;
  const smaller = 0.75 * size;
  return smaller >= tokens && smaller >= 128 ? smaller : size;
}

/** How many tokens a prompt begins with in common with a known one, whole pictures and videos only. */
export function sharedTokens(known: Remembered, { prompt: { tokens, vision }, media }: KnownPrompt): number {
  const most = Math.min(known.tokens.length, tokens.length);
  let n = 0;
  while (n < most && known.tokens[n] === tokens[n]) n++;
  for (const [i, { start }] of vision.entries()) {
    if (start >= n) break;
    let end = start;
    while (end < tokens.length && tokens[end] === tokens[start]) end++;
    if (known.media[i] !== media[i] || end > n) return Math.min(n, start);
  }
  return n;
}

const weightOf = ({ cache, logprobs }: PromptState) =>
  Object.values(cache.feeds).reduce((n, b) => n + bytesOf(b), logprobs.byteLength);

export class PromptStore {
  private readonly inference: Inference;
  private readonly options: StoreOptions;
  /** The most recently used last. */
  private entries: Entry[] = [];

  constructor(inference: Inference, options: StoreOptions) {
    this.inference = inference;
    this.options = options;
  }

  get bytes(): number {
    return this.entries.reduce((n, e) => n + e.bytes, 0);
  }

  private inferenceOf({ inference = this.inference }: KnownPrompt): Inference {
    return inference;
  }

  /** What was computed by what computes this prompt. */
  private of(asked: KnownPrompt): Entry[] {
    return this.entries.filter((e) => e.inference === this.inferenceOf(asked));
  }

  /** Lets go of everything that this computed. */
  forget(inference: Inference): void {
    this.entries = this.entries.filter((e) => e.inference !== inference);
  }

  /** The prompt's state if it is there, at once. */
  known(asked: KnownPrompt): Found | undefined {
    const length = asked.prompt.tokens.length;
    const entry = this.of(asked).find((e) => e.state.length === length && sharedTokens(e, asked) === length);
    if (!entry) return undefined;
    this.entries = [...this.entries.filter((e) => e !== entry), entry];
    return { state: entry.state, cachedTokens: length };
  }

  /** The prompt's state, computed as far as it is not there. */
  async get(asked: KnownPrompt): Promise<Found> {
    const known = this.known(asked);
    if (known) return known;
    const found = await this.compute(asked);
    const { prompt, media } = asked;
    const inference = this.inferenceOf(asked);
    this.keep({ inference, tokens: prompt.tokens, media, state: found.state, bytes: weightOf(found.state) });
    return found;
  }

  private async compute(asked: KnownPrompt): Promise<Found> {
    const { prompt } = asked;
    const inference = this.inferenceOf(asked);
    const length = prompt.tokens.length;
    let [best, shared] = [undefined as Entry | undefined, 0];
    for (const entry of this.options.prefixes ? this.of(asked) : []) {
      // At least one token has to go through the model: its distribution is what is asked for.
      const n = Math.min(sharedTokens(entry, asked), length - 1);
      if (n >= shared && n >= LEAST_SHARED) [best, shared] = [entry, n];
    }
    if (!best) return { state: (await prefill(inference, [prompt], cacheCapacity(length), 1))[0], cachedTokens: 0 };
    const prefix = { state: best.state, length: shared };
    return { state: await extend(inference, prompt, prefix, cacheCapacity, 1), cachedTokens: shared };
  }

  private keep(entry: Entry): void {
    if (entry.bytes > this.options.maxBytes) return;
    this.entries.push(entry);
    let total = this.bytes;
    while (total > this.options.maxBytes) total -= (this.entries.shift() as Entry).bytes;
  }
}
