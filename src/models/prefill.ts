// Prompts through the model, once: their keys and values, and the distribution of the token after each. A prompt that begins like one
// that has been computed can take over its keys and values and compute the rest only.
// Leaves out: which prompts are kept (serve/), the tokens that follow (decoder.ts).
import { f32 } from '../engine/index.ts';
import type { KvCache } from './cache.ts';
import type { Inference } from './generation-programs.ts';
import type { Batch, Prepared } from './port.ts';

/** A prompt that has been through the model. */
export interface PromptState {
  /** Keys and values of the prompt: row `row`, the first `length` tokens. */
  readonly cache: KvCache;
  readonly row: number;
  readonly length: number;
  /** Rotary position of the first token after the prompt. */
  readonly nextPosition: number;
  /** Log-probabilities of that token, [V]. */
  readonly logprobs: Float32Array;
}

/** What a prompt takes over from another: the first `length` tokens of `state`, which have to be the prompt's own. */
export interface Prefix {
  readonly state: PromptState;
  readonly length: number;
}

/** A temperature as the graphs take it; 0 (greedy) leaves the logits as they are. */
export const temperatureFeed = (temperature: number) => f32(Float32Array.of(temperature > 0 ? temperature : 1), []);

/**
 * Runs prompts together; each state is a row of one cache of `capacity` tokens. The log-probabilities are those of
 * softmax(logits / temperature).
 */
export async function prefill(
  inference: Inference,
  prompts: readonly Prepared[],
  capacity: number,
  temperature: number,
): Promise<PromptState[]> {
  const { model, programs } = inference;
  const batch = model.prefillBatch(prompts);
  const cache = await programs.createCache(batch.feeds.seqlens.shape[0], capacity);
  return run(inference, prompts, batch, cache, temperature);
}

/** Sends the batch through the model into `cache`, where the beginning of its prompts may lie already. */
async function run(
  { model, programs, weights }: Inference,
  prompts: readonly Prepared[],
  batch: Batch,
  cache: KvCache,
  temperature: number,
): Promise<PromptState[]> {
  const program = await programs.prefill(batch, cache.capacity);
  const feeds = { ...weights, ...batch.feeds, ...cache.feeds, temperature: temperatureFeed(temperature) };
  const logprobs = (await program.run(feeds)).logprobs.data as Float32Array;
  return prompts.map(({ tokens, nextPosition }, row) => ({
    cache,
    row,
    length: tokens.length,
    nextPosition,
    logprobs: logprobs.subarray(row * model.vocabSize, (row + 1) * model.vocabSize),
  }));
}

/** The prompt without its first `from` tokens, at its own positions; no video or image may be cut by that. */
export function promptRest(prompt: Prepared, from: number): Prepared {
  const n = prompt.tokens.length;
  const positions = new Int32Array(3 * (n - from));
  for (let axis = 0; axis < 3; axis++)
    positions.set(prompt.positions.subarray(axis * n + from, (axis + 1) * n), axis * (n - from));
  return {
    tokens: prompt.tokens.subarray(from),
    positions,
    nextPosition: prompt.nextPosition,
    vision: prompt.vision.filter((v) => v.start >= from).map((v) => ({ ...v, start: v.start - from })),
  };
}

/**
 * As `prefill` of one prompt, of which a prefix is there already. `room`: the capacity of a cache that has to hold so many tokens, padding
 * of the rest included.
 */
export async function extend(
  inference: Inference,
  prompt: Prepared,
  { state, length }: Prefix,
  room: (tokens: number) => number,
  temperature: number,
): Promise<PromptState> {
  const { model, programs } = inference;
  const batch = model.prefillBatch([promptRest(prompt, length)], length);
  const cache = await programs.createCache(1, room(length + batch.feeds.ids.shape[1]));
  await programs.copyRows(state.cache, cache, [{ from: state.row, to: 0, length }]);
  return (await run(inference, [prompt], batch, cache, temperature))[0];
}
