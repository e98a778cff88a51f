// The scripted server's engine: our own embedded engine computes real numbers for it. The losses are written here once more, by the
// protocol's definitions, as derivatives with respect to log π, which a weighted cross entropy then carries into the weights.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedBackend } from '../../../src/backends/embedded/index.ts';
import type { Completion, Sequence } from '../../../src/backends/port.ts';
import type { Datum, ModelInput, PassInput } from '../../../src/backends/tinker/wire.ts';
import type { VideoLanguageModel } from '../../../src/models/port.ts';
import { type Inputs, type Laid, Refused } from './inputs.ts';

export interface SampleBody {
  readonly num_samples: number;
  readonly prompt: ModelInput;
  readonly sampling_params: Readonly<Record<'max_tokens' | 'seed' | 'temperature' | 'top_p' | 'top_k', number>> & {
    readonly stop: readonly number[];
  };
}
export type AdamBody = Readonly<
  Record<'learning_rate' | 'beta1' | 'beta2' | 'eps' | 'weight_decay' | 'grad_clip_norm', number>
>;

/** What the protocol part asks of whatever computes. */
export interface ServerEngine {
  create(model: string): Promise<void>;
  has(model: string): boolean;
  unload(model: string): Promise<void>;
  /** Log-probabilities of every position of every datum. */
  pass(model: string, input: PassInput, backward: boolean): Promise<number[][]>;
  step(model: string, adam: AdamBody): Promise<number>;
  /** Saves under an address of the server's own. */
  save(model: string): Promise<string>;
  load(model: string, address: string, optimizer: boolean): Promise<void>;
  /** Changes with every step: samples of other weights than these are refused. */
  version(model: string): number;
  sample(model: string, body: SampleBody): Promise<Completion[]>;
}

/** −∂loss/∂log π of one position, by the protocol's definition of each loss (SkyRL skyrl/tinker/loss_fns.py). */
function pull(input: PassInput, datum: Datum, t: number, lp: number): number {
  const { weights, logprobs, advantages } = datum.loss_fn_inputs;
  const weight = weights ? weights.data[t] : 1;
  if (weight === 0) return 0;
  if (input.loss_fn === 'cross_entropy') return weight;
  const ratio = Math.exp(lp - logprobs.data[t]);
  const a = advantages.data[t];
  if (input.loss_fn === 'importance_sampling') return weight * ratio * a;
  const { clip_low_threshold: low = 0.8, clip_high_threshold: high = 1.2 } = input.loss_fn_config ?? {};
  const clipped = Math.min(Math.max(ratio, low), high);
  if (input.loss_fn === 'cispo') return weight * clipped * a;
  return ratio * a <= clipped * a ? weight * ratio * a : 0;
}

interface Model {
  readonly backend: EmbeddedBackend;
  version: number;
  /** Passes since the last step, of a server that takes means: only the step knows by what they are divided. */
  held: { readonly batch: Sequence[]; readonly pulls: Float32Array[] }[];
}

export interface EngineOptions {
  readonly inputs: Inputs;
  readonly makeModel: () => VideoLanguageModel;
  readonly normalization?: 'sum' | 'mean';
}

export class EmbeddedEngine implements ServerEngine {
  private readonly options: EngineOptions;
  private readonly models = new Map<string, Model>();
  private readonly disk = mkdtempSync(join(tmpdir(), 'tinker-server-'));
  private saved = 0;

  constructor(options: EngineOptions) {
    this.options = options;
  }

  private model(id: string): Model {
    const found = this.models.get(id);
    if (!found) throw new Refused(400, `Model ${id} not loaded`);
    return found;
  }

  has(id: string): boolean {
    return this.models.has(id);
  }

  async create(id: string): Promise<void> {
    const { inputs, makeModel } = this.options;
    const backend = new EmbeddedBackend(inputs.model(makeModel()), { threads: 1 });
    this.models.set(id, { backend, version: 0, held: [] });
  }

  async unload(id: string): Promise<void> {
    await this.models.get(id)?.backend.close();
    this.models.delete(id);
  }

  async pass(id: string, input: PassInput, backward: boolean): Promise<number[][]> {
    const model = this.model(id);
    const laid = await Promise.all(input.data.map((datum) => this.options.inputs.lay(datum)));
    const batch = laid.map(({ sequence }) => sequence);
    const rows = await model.backend.logprobs(batch, 'current', 1);
    if (backward) await this.accumulate(model, input, laid, rows);
    return rows.map((row, i) => [...new Array<number>(laid[i].unscored).fill(0), ...row]);
  }

  private async accumulate(model: Model, input: PassInput, laid: readonly Laid[], rows: readonly Float32Array[]) {
    const isMean = this.options.normalization === 'mean';
    const pulls = laid.map(({ unscored }, i) => {
      const mask = (input.data[i].loss_fn_inputs.weights?.data ?? []).reduce((a, b) => a + b, 0);
      const divisor = isMean ? Math.max(mask, 1e-9) : 1;
      return rows[i].map((lp, t) => pull(input, input.data[i], unscored + t, lp) / divisor);
    });
    const batch = laid.map(({ sequence }) => sequence);
    if (isMean) model.held.push({ batch, pulls });
    else await model.backend.forwardBackward(batch, { kind: 'cross_entropy', weights: pulls }, 1);
  }

  async step(id: string, adam: AdamBody): Promise<number> {
    const model = this.model(id);
    const count = model.held.reduce((n, { batch }) => n + batch.length, 0);
    for (const { batch, pulls } of model.held) {
      const weights = pulls.map((row) => row.map((x) => x / count));
      await model.backend.forwardBackward(batch, { kind: 'cross_entropy', weights }, 1);
    }
    model.held = [];
    model.version++;
    const { gradNorm } = await model.backend.optimStep({
      learningRate: adam.learning_rate,
      beta1: adam.beta1,
      beta2: adam.beta2,
      eps: adam.eps,
      weightDecay: adam.weight_decay,
      maxGradNorm: adam.grad_clip_norm || 1e9,
    });
    return gradNorm;
  }

  async save(id: string): Promise<string> {
    const dir = join(this.disk, String(++this.saved));
    await this.model(id).backend.save(dir, { optimizer: true });
    return dir;
  }

  async load(id: string, address: string, optimizer: boolean): Promise<void> {
    await this.model(id).backend.load(address, { optimizer });
  }

  version(id: string): number {
    return this.model(id).version;
  }

  async sample(id: string, body: SampleBody): Promise<Completion[]> {
    const { max_tokens, seed, temperature, top_p, top_k } = body.sampling_params;
    const prompt = await this.options.inputs.prompt(body.prompt);
    const [completions] = await this.model(id).backend.sample([prompt], {
      numSamples: body.num_samples,
      maxTokens: max_tokens,
      temperature,
      seed,
      topP: top_p,
      ...(top_k > 0 ? { topK: top_k } : {}),
    });
    return completions;
  }
}
