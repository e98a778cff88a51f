// Generation over any VideoLanguageModel: prompts are prefilled once (vision tower included), the G completions of a prompt read its
// cache together, and each has one of its own. Finished sequences leave the batch, so they stop costing.
// Every sequence has its own random stream, so its tokens do not depend on who shares its batch.
import { VideorftError } from '../base/errors.ts';
import { createRng, type Rng } from '../base/rng.ts';
import type { Buffer, SessionOptions } from '../engine/index.ts';
import { releaseCache, roundUp } from './cache.ts';
import { Decoder, type DecodingSequence } from './decoder.ts';
import { GenerationPrograms, type Inference } from './generation-programs.ts';
import type { Prepared, VideoLanguageModel } from './port.ts';
import { type PromptState, prefill } from './prefill.ts';
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

interface Live extends DecodingSequence {
  /** What onToken reports. */
  readonly index: number;
  readonly sample: number;
  readonly rng: Rng;
  readonly tokens: number[];
  readonly logprobs: number[];
  finish: 'stop' | 'length' | undefined;
}

function startSequences(prompt: PromptState, index: number, o: GenerateOptions): Live[] {
  return Array.from({ length: o.numSamples }, (_, sample) => ({
    prompt,
    index,
    sample,
    rng: createRng(o.seed).fork(`${index}/${sample}`),
    tokens: [],
    logprobs: [],
    maxTokens: o.maxTokens,
    finish: undefined,
  }));
}

function assertGoing(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new VideorftError('generation was interrupted', { code: 'aborted' });
}

export class Generator {
  private readonly programs: GenerationPrograms;
  private readonly model: VideoLanguageModel;

  constructor(model: VideoLanguageModel, options: SessionOptions = {}) {
    this.model = model;
    this.programs = new GenerationPrograms(model, options);
  }

  /** Completions [prompt][sample]. `weights` by published name; read, never written. Errors: aborted. */
  async generate(
    prompts: readonly Prepared[],
    weights: Record<string, Buffer>,
    o: GenerateOptions,
  ): Promise<Generated[][]> {
    const perChunk = Math.max(1, Math.floor((o.maxRows ?? 128) / o.numSamples));
    const inference = { model: this.model, programs: this.programs, weights };
    const out: Generated[][] = [];
    for (let at = 0; at < prompts.length; at += perChunk) {
      assertGoing(o.signal);
      out.push(...(await this.chunk(prompts.slice(at, at + perChunk), at, inference, o)));
      o.onProgress?.(out.length * o.numSamples, prompts.length * o.numSamples);
    }
    return out;
  }

  private async chunk(prompts: readonly Prepared[], first: number, inference: Inference, o: GenerateOptions) {
    const longest = Math.max(...prompts.map((p) => p.tokens.length));
    const states = await prefill(inference, prompts, roundUp(longest, 64), o.temperature);
    const live = states.flatMap((state, i) => startSequences(state, o.streams?.[first + i] ?? first + i, o));
    const draw = this.drawer(o);
    for (const s of live) draw(s, s.prompt.logprobs);
    const decoder = new Decoder<Live>(inference, o.temperature);
    decoder.join(live.filter((s) => !s.finish));
    while (decoder.size > 0) {
      assertGoing(o.signal);
      for (const { sequence, logprobs } of await decoder.step()) {
        draw(sequence, logprobs);
        if (sequence.finish) decoder.leave(sequence);
      }
    }
    await decoder.step(); // without sequences: gives its caches back
    releaseCache(states[0].cache);
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

  /** Draws the next token of a sequence from its distribution, and decides whether it has finished. */
  private drawer(o: GenerateOptions): (s: Live, distribution: Float32Array) => void {
    const forbidden = forbiddenMask(this.model.forbidden, this.model.vocabSize);
    const options = { greedy: o.temperature === 0, topP: o.topP ?? 1, topK: o.topK ?? 0, forbidden };
    return (s, distribution) => {
      const token = drawToken(distribution, options, s.rng);
      s.tokens.push(token);
      s.logprobs.push(distribution[token]);
      o.onToken?.(s.index, s.sample, token);
      if (token === this.model.endOfTurn) s.finish = 'stop';
      else if (s.tokens.length >= o.maxTokens) s.finish = 'length';
    };
  }

  async dispose(): Promise<void> {
    await this.programs.dispose();
  }
}
