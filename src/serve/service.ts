// A chat call → pieces of its completions: media loaded, the prompt prepared, lengths checked, the scheduler asked. What the HTTP side
// needs to know of models ends here.
import { randomInt } from 'node:crypto';
import { resolve as resolvePath } from 'node:path';
import { createLimiter } from '../base/limit.ts';
import type { SessionOptions } from '../engine/index.ts';
import type { VideoProfile } from '../media/index.ts';
import {
  GenerationPrograms,
  type Inference,
  type Prepared,
  type Tokenizer,
  type VideoLanguageModel,
} from '../models/index.ts';
import { Adapters } from './adapters.ts';
import { ApiError, badRequest } from './errors.ts';
import { Clips, type LoadedMedia } from './media/clips.ts';
import type { Resolve } from './media/guard.ts';
import { takePlace } from './media/slots.ts';
import type { ServeOptions } from './options.ts';
import { CompletionOutput, type Piece } from './output/completion.ts';
import type { ChatCall } from './protocol/request.ts';
import type { Demand } from './schedule/memory.ts';
import { type Job, Scheduler, type Served } from './schedule/scheduler.ts';

export interface ServedModel {
  /** As requests name it. */
  readonly name: string;
  readonly model: VideoLanguageModel;
  readonly tokenizer: Tokenizer;
  /** Frames and pixels that it was trained to see. */
  readonly profile: VideoProfile;
  readonly session: SessionOptions;
}

export interface ServiceOptions {
  readonly options: ServeOptions;
  /** Folder for media that are fetched. */
  readonly scratch: string;
  readonly resolve?: Resolve;
}

/** A call whose prompt is ready. */
export interface ReadyCall {
  readonly call: ChatCall;
  /** Of the adapter that was asked for; undefined: the model as it is. */
  readonly inference: Inference | undefined;
  readonly prompt: Prepared;
  readonly media: readonly string[];
  readonly maxTokens: number;
  /** Lets go of the pixels, and lets the next request decode its media. */
  release(): void;
}

/** Requests that hold frames and pixels at once; the others with media wait before theirs are decoded. */
const MEDIA_AT_ONCE = 8;

/** What a finished call has cost. */
export interface Usage extends Served {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly reasoningTokens: number;
}

/** Whether the generation prompt of the chat template ends inside a think block. */
const opensThink = (tokenizer: Tokenizer) =>
  tokenizer
    .renderChat([{ role: 'user', content: '' }])
    .trimEnd()
    .endsWith('<think>');

export class ChatService {
  private readonly served: ServedModel;
  private readonly options: ServeOptions;
  private readonly clips: Clips;
  private readonly slots = createLimiter(MEDIA_AT_ONCE);
  private readonly programs: GenerationPrograms;
  private readonly scheduler: Scheduler;
  /** Undefined: no folder for them was named. */
  readonly adapters: Adapters | undefined;
  private readonly contextTokens: number;
  private readonly prefilledThink: boolean;

  constructor(served: ServedModel, { options, scratch, resolve }: ServiceOptions) {
    const { model, profile, session, tokenizer } = served;
    this.served = served;
    this.options = options;
    this.clips = new Clips({ options, profile, scratch, resolve });
    this.programs = new GenerationPrograms(model, session);
    this.contextTokens = Math.min(options.maxContext ?? Number.POSITIVE_INFINITY, model.contextTokens);
    this.prefilledThink = opensThink(tokenizer);
    this.scheduler = new Scheduler(
      { model, programs: this.programs, weights: model.weights },
      {
        maxRows: options.maxConcurrent,
        maxTokens: Math.min(options.maxTokens, this.contextTokens),
        maxBytes: options.cacheBytes,
        decodeBytes: options.decodeBytes,
        // Only the kernel of the CPU is known to go on behind a filled cache (models/decoder.test.ts).
        prefixes: (session.device ?? 'cpu') === 'cpu',
      },
    );
    this.adapters = this.openAdapters();
  }

  private openAdapters(): Adapters | undefined {
    const { adapters, maxAdapters: most } = this.options;
    if (adapters === undefined) return undefined;
    const { name: modelName, model, session } = this.served;
    const onGone = (inference: Inference) => this.scheduler.forget(inference);
    return new Adapters({ root: resolvePath(adapters), most, model, session, modelName, onGone });
  }

  get name(): string {
    return this.served.name;
  }

  get load() {
    return this.scheduler.load;
  }

  /** Loads the media and prepares the prompt. Errors: the 400s of media and lengths, the 404 of the model; the signal's reason. */
  async prepare(call: ChatCall, signal: AbortSignal): Promise<ReadyCall> {
    const inference = this.requireModel(call.model);
    if (call.n > this.options.maxConcurrent)
      throw badRequest(`n: ${call.n} is more than ${this.options.maxConcurrent}`, 'invalid-value', 'n');
    let leave = () => {};
    const enter = async () => {
      if (call.media.length > 0) leave = await takePlace(this.slots, signal);
    };
    try {
      const loaded = await this.clips.load(call.media, call.view, enter, signal);
      return this.ready(call, inference, loaded, () => leave());
    } catch (error) {
      leave();
      throw error;
    }
  }

  private ready(
    call: ChatCall,
    inference: Inference | undefined,
    loaded: readonly LoadedMedia[],
    leave: () => void,
  ): ReadyCall {
    const prepared = this.served.model.prepare(call.messages, ...loaded.map(({ clip }) => clip));
    const vision = [...prepared.vision];
    const maxTokens = this.lengthOf(call, prepared.tokens.length);
    this.requireMemory({ promptTokens: prepared.tokens.length, maxTokens, n: call.n });
    return {
      call,
      inference,
      prompt: { ...prepared, vision },
      media: loaded.map(({ identity }) => identity),
      maxTokens,
      release: () => {
        vision.length = 0;
        leave();
      },
    };
  }

  /** What computes the adapter of this name; undefined: the model itself is meant. Throws the 404 for any other. */
  requireModel(model: string): Inference | undefined {
    if (model === this.name) return undefined;
    const adapter = this.adapters?.get(model);
    if (adapter) return adapter.inference;
    const code = 'model_not_found';
    throw new ApiError(`there is no model ${model}`, {
      status: 404,
      code,
      param: 'model',
      fix: `ask for ${this.name}`,
    });
  }

  private requireMemory(demand: Demand): void {
    const [bytes, most] = [this.scheduler.bytesFor(demand), this.options.decodeBytes];
    if (bytes <= most) return;
    const { promptTokens, maxTokens, n } = demand;
    throw badRequest(
      `${promptTokens} tokens of prompt and ${n} × ${maxTokens} to be written may need ${bytes} bytes, there are ${most}`,
      'too-much-memory',
      'max_tokens',
      'ask for fewer tokens, or frames',
    );
  }

  /** How long the completions may become. Throws the 400s. */
  private lengthOf({ maxTokens }: ChatCall, promptTokens: number): number {
    const [most, context] = [this.options.maxTokens, this.contextTokens];
    if (maxTokens !== undefined && maxTokens > most)
      throw badRequest(`max_tokens: ${maxTokens} is more than ${most}`, 'invalid-value', 'max_tokens');
    if (promptTokens + (maxTokens ?? 1) > context)
      throw badRequest(
        `the messages have ${promptTokens} tokens, pictures and videos included; with ${maxTokens ?? 1} to be written they are more than ${context}`,
        'context_length_exceeded',
        'messages',
      );
    return maxTokens ?? Math.min(most, context - promptTokens);
  }

  /** Writes the completions; `onPiece` gets what each has to show. Errors: the signal's reason, what the model throws. */
  async run(ready: ReadyCall, onPiece: (sample: number, piece: Piece) => void, signal: AbortSignal): Promise<Usage> {
    const { call, inference, prompt, media, maxTokens } = ready;
    const { stop, topLogprobs, tokenIds, tokensAsIds, n, sampling } = call;
    const { tokenizer } = this.served;
    const options = { stop, topLogprobs, everyToken: tokenIds, tokensAsIds, prefilledThink: this.prefilledThink };
    const outputs = Array.from({ length: n }, () => new CompletionOutput(tokenizer, options));
    const job: Job = {
      ...sampling,
      seed: sampling.seed ?? randomInt(2 ** 31),
      prompt,
      inference,
      media,
      n,
      maxTokens,
      onPrompt: ready.release,
      onToken: (sample, token, row, finish) => {
        const piece = outputs[sample].push(token, row, finish);
        onPiece(sample, piece);
        return piece.finish !== undefined;
      },
    };
    const served = await this.scheduler.run(job, signal).finally(ready.release);
    return {
      ...served,
      promptTokens: prompt.tokens.length,
      completionTokens: outputs.reduce((total, o) => total + o.tokens, 0),
      reasoningTokens: outputs.reduce((total, o) => total + o.reasoningTokens, 0),
    };
  }

  /** Ends the decoding threads; what waits for them fails. */
  stopMedia(): Promise<void> {
    return this.clips.close();
  }

  /** To be called when nothing runs any more. */
  async close(): Promise<void> {
    await this.clips.close();
    await this.adapters?.close();
    await this.programs.dispose();
  }
}
