// A backend without a model: it records every call and answers from a script, so that the loops can be tested for what they ask.
// Log-probabilities come from a hash of the tokens before and move with every optimizer step; saving keeps the step counts.
// Leaves out: anything that learns.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { VideorftError } from '../base/errors.ts';
import { hash32 } from '../base/rng.ts';
import { checkLoss } from './check.ts';
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
} from './port.ts';

/** One call as a loop made it; prompts by id. */
export type ScriptedCall =
  | { readonly verb: 'sample'; readonly prompts: readonly string[]; readonly options: SampleOptions }
  | { readonly verb: 'logprobs'; readonly prompts: readonly string[]; readonly weights: WhichWeights }
  | {
      readonly verb: 'forwardBackward';
      readonly prompts: readonly string[];
      readonly tokens: readonly (readonly number[])[];
      readonly loss: LossInput;
      readonly temperature: number;
    }
  | { readonly verb: 'optimStep'; readonly params: OptimParams }
  | { readonly verb: 'setReference' }
  | { readonly verb: 'save' | 'load'; readonly optimizer: boolean }
  | { readonly verb: 'close' };

export interface Script {
  /** Text of a completion; an answer that depends on prompt, sample and seed unless given. */
  readonly completion?: (prompt: Prompt, sample: number, options: SampleOptions) => string;
  /** Log-probability of token `t` of a sequence after `steps` optimizer steps. */
  readonly logprob?: (sequence: Sequence, t: number, steps: number) => number;
  readonly loss?: (steps: number) => number;
}

const END = 0;
const STATE_FILE = 'scripted.json';

function defaultCompletion(prompt: Prompt, sample: number, { seed, temperature }: SampleOptions): string {
  const draw = hash32(temperature > 0 ? `${seed}/${prompt.id}/${sample}` : prompt.id);
  return `<think>${draw % 1000}: it moves ${'on '.repeat(draw % 5)}now. So it does.</think>\n<answer>${'ABCD'[draw % 4]}</answer>`;
}

function defaultLogprob({ prompt, tokens }: Sequence, t: number, steps: number): number {
  return -0.1 - (hash32(`${prompt.id}/${tokens.slice(0, t + 1)}`) % 1000) / 500 - 0.01 * steps;
}

export class ScriptedBackend implements Backend {
  readonly name = 'scripted';
  readonly calls: ScriptedCall[] = [];
  private readonly script: Required<Script>;
  private steps = 0;
  private reference: number | undefined;

  constructor(script: Script = {}) {
    this.script = { completion: defaultCompletion, logprob: defaultLogprob, loss: (n) => 1 / (1 + n), ...script };
  }

  /** The verbs called so far, in order. */
  verbs(): string[] {
    return this.calls.map((c) => c.verb);
  }

  /** One token per character, and the end-of-turn token. */
  tokenize(completion: string): number[] {
    return [...Array.from(completion, (c) => c.codePointAt(0) as number), END];
  }

  private rowOf(sequence: Sequence, steps: number): Float32Array {
    return Float32Array.from(sequence.tokens, (_, t) => this.script.logprob(sequence, t, steps));
  }

  async sample(prompts: readonly Prompt[], options: SampleOptions): Promise<Completion[][]> {
    this.calls.push({ verb: 'sample', prompts: prompts.map((p) => p.id), options });
    if (options.signal?.aborted) throw new VideorftError('generation was interrupted', { code: 'aborted' });
    const total = prompts.length * options.numSamples;
    const out = prompts.map((prompt, p) =>
      Array.from({ length: options.numSamples }, (_, g) => {
        const completion = this.complete(prompt, g, options);
        for (const token of completion.tokens) options.onToken?.(options.streams?.[p] ?? p, g, token);
        return completion;
      }),
    );
    options.onProgress?.(total, total);
    return out;
  }

  private complete(prompt: Prompt, sample: number, options: SampleOptions): Completion {
    const whole = this.tokenize(this.script.completion(prompt, sample, options));
    const tokens = whole.slice(0, options.maxTokens);
    const finish = tokens.length === whole.length ? 'stop' : 'length';
    const text = String.fromCodePoint(...(finish === 'stop' ? tokens.slice(0, -1) : tokens));
    return { text, tokens, finish, logprobs: this.rowOf({ prompt, tokens }, this.steps) };
  }

  async logprobs(batch: readonly Sequence[], weights: WhichWeights): Promise<Float32Array[]> {
    this.calls.push({ verb: 'logprobs', prompts: batch.map((s) => s.prompt.id), weights });
    const steps = weights === 'current' ? this.steps : this.reference;
    if (steps === undefined) throw new VideorftError('no reference weights yet', { code: 'backend-reference' });
    return batch.map((s) => this.rowOf(s, steps));
  }

  async forwardBackward(
    batch: readonly Sequence[],
    loss: LossInput,
    temperature: number,
  ): Promise<ForwardBackwardResult> {
    const [prompts, tokens] = [batch.map((s) => s.prompt.id), batch.map((s) => s.tokens)];
    this.calls.push({ verb: 'forwardBackward', prompts, tokens, loss, temperature });
    checkLoss(batch, loss);
    return {
      loss: this.script.loss(this.steps),
      logprobs: batch.map((s) => this.rowOf(s, this.steps)),
      entropy: 1,
    };
  }

  async optimStep(params: OptimParams): Promise<{ gradNorm: number }> {
    this.calls.push({ verb: 'optimStep', params });
    this.steps++;
    return { gradNorm: 1 };
  }

  async setReference(): Promise<void> {
    this.calls.push({ verb: 'setReference' });
    this.reference = this.steps;
  }

  async save(dir: string, { optimizer }: { optimizer: boolean }): Promise<void> {
    this.calls.push({ verb: 'save', optimizer });
    await mkdir(dir, { recursive: true });
    const { steps, reference } = this;
    await writeFile(join(dir, STATE_FILE), JSON.stringify(optimizer ? { steps, reference, optimizer } : { steps }));
  }

  async load(dir: string, { optimizer }: { optimizer: boolean }): Promise<void> {
    this.calls.push({ verb: 'load', optimizer });
    const state = await readState(join(dir, STATE_FILE));
    if (optimizer && !state.optimizer)
      throw new VideorftError('this folder holds no optimizer state', { code: 'backend-state', facts: { dir } });
    this.steps = state.steps;
    if (optimizer) this.reference = state.reference;
  }

  async close(): Promise<void> {
    this.calls.push({ verb: 'close' });
  }
}

async function readState(file: string): Promise<{ steps: number; reference?: number; optimizer?: boolean }> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new VideorftError('this folder holds no scripted state', { code: 'backend-state', facts: { file }, cause });
  }
}
