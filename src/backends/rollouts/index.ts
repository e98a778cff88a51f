// The training port with two engines behind it: one that trains an adapter, and a server that samples with it (`--rollouts URL`). Before it
// samples, the server is given the weights as they are, so that completions are of the current policy; each says of which version.
// Leaves out: what the difference of the two engines does to the loss (train/grpo.ts, importanceCap).
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { VideorftError } from '../../base/errors.ts';
import { hash32 } from '../../base/rng.ts';
import { ADAPTER_FILES } from '../../models/index.ts';
import type { CompletionCoder } from '../completion.ts';
import type {
  Backend,
  Completion,
  ForwardBackwardResult,
  LossInput,
  OptimParams,
  Prompt,
  SampleOptions,
  Sequence,
  WhichWeights,
} from '../port.ts';
import { throwIfAborted } from '../transport.ts';
import { completionsOf } from './answer.ts';
import { chatBody } from './body.ts';
import type { RolloutServer } from './server.ts';

/** What trains: an engine of adapters, in this process. */
export interface RolloutTrainer extends Backend {
  /** Optimizer steps of the weights, over all resumes. */
  readonly version: number;
  readonly coder: CompletionCoder;
  /** What the model reads the prompt as. */
  promptTokens(prompt: Prompt): ArrayLike<number>;
}

export class RolloutBackend implements Backend {
  readonly name = 'rollouts';
  private readonly trainer: RolloutTrainer;
  private readonly server: RolloutServer;
  /** Whether the server's weights are the trainer's. */
  private current = false;

  constructor(trainer: RolloutTrainer, server: RolloutServer) {
    this.trainer = trainer;
    this.server = server;
  }

  tokenize(completion: string): number[] {
    return this.trainer.tokenize(completion);
  }

  /** Errors: aborted, rollouts-…. */
  async sample(prompts: readonly Prompt[], options: SampleOptions): Promise<Completion[][]> {
    requireTemperature(options.temperature);
    throwIfAborted(options.signal ? [options.signal] : []);
    if (!this.current) await this.publish();
    // Where one prompt fails, nobody waits for the others.
    const failed = new AbortController();
    const signal = options.signal ? AbortSignal.any([options.signal, failed.signal]) : failed.signal;
    let finished = 0;
    const draw = async (prompt: Prompt, p: number): Promise<Completion[]> => {
      const stream = options.streams?.[p] ?? p;
      const completions = await this.complete(prompt, { ...options, signal }, stream);
      finished += completions.length;
      options.onProgress?.(finished, prompts.length * options.numSamples);
      completions.forEach(({ tokens }, g) => {
        for (const token of tokens) options.onToken?.(stream, g, token);
      });
      return completions;
    };
    try {
      return await Promise.all(prompts.map(draw));
    } catch (error) {
      failed.abort();
      throw error;
    }
  }

  private async complete(prompt: Prompt, options: SampleOptions, stream: number): Promise<Completion[]> {
    const { trainer, server } = this;
    const seed = hash32(`${options.seed}/${stream}`) >>> 2;
    try {
      const answer = await server.ask((model) => chatBody(prompt, model, options, seed), options.signal);
      const asked = { prompt, tokens: trainer.promptTokens(prompt) };
      const { version } = server;
      return completionsOf(answer, asked, options, trainer.coder).map((c) => ({ ...c, version }));
    } catch (error) {
      throw aboutSample(error, prompt);
    }
  }

  private async publish(): Promise<void> {
    await this.server.publish(this.trainer.version, async (dir) => {
      await rm(dir, { recursive: true, force: true });
      await this.trainer.save(dir, { optimizer: false });
      // The tokenizer's files beside it would be taken for the adapter's own (vLLM).
      for (const name of await readdir(dir)) if (!ADAPTER_FILES.includes(name)) await rm(join(dir, name));
    });
    this.current = true;
  }

  logprobs(batch: readonly Sequence[], weights: WhichWeights, temperature: number): Promise<Float32Array[]> {
    return this.trainer.logprobs(batch, weights, temperature);
  }

  forwardBackward(batch: readonly Sequence[], loss: LossInput, temperature: number): Promise<ForwardBackwardResult> {
    return this.trainer.forwardBackward(batch, loss, temperature);
  }

  optimStep(params: OptimParams): Promise<{ gradNorm: number }> {
    this.current = false;
    return this.trainer.optimStep(params);
  }

  setReference(): Promise<void> {
    return this.trainer.setReference();
  }

  save(dir: string, options: { optimizer: boolean }): Promise<void> {
    return this.trainer.save(dir, options);
  }

  load(dir: string, options: { optimizer: boolean }): Promise<void> {
    this.current = false;
    return this.trainer.load(dir, options);
  }

  async close(): Promise<void> {
    await this.server.close();
    await this.trainer.close();
  }
}

/** Servers tell log-probabilities of the model itself (vLLM's raw_logprobs): of another temperature they would be of another policy. */
function requireTemperature(temperature: number): void {
  if (temperature === 1 || temperature === 0) return;
  throw new VideorftError('a server tells log-probabilities at temperature 1 only', {
    code: 'rollouts-temperature',
    facts: { temperature },
    fix: "set temperature to 1 (the paper's), or sample with the embedded engine",
  });
}

/** The same error with the sample that it is about. */
function aboutSample(error: unknown, { id }: Prompt): unknown {
  if (!(error instanceof VideorftError) || !error.code.startsWith('rollouts-')) return error;
  const { code, facts, fix, cause } = error;
  return new VideorftError(error.message, { code, facts: { sample: id, ...facts }, fix, cause });
}
