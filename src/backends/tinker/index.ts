// The training port on a Tinker-compatible server (SkyRL, the hosted service): adapters of its base model, trained over HTTP. A batch is
// several requests under way at once; what the next call will need is asked for early. Completions and log-probabilities are at temperature
// 1, which is what such servers compute. Leaves out: models without adapters, streaming of tokens.
import { randomBytes } from 'node:crypto';
import { VideorftError } from '../../base/errors.ts';
import { handledElsewhere, settled } from '../../base/handled.ts';
import { log } from '../../base/log.ts';
import { hash32 } from '../../base/rng.ts';
import type { PromptCoder } from '../../models/prompt-coder.ts';
import { checkLoss } from '../check.ts';
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
import { writeAdapterFiles } from './adapter.ts';
import { PromptEncoder } from './chunks.ts';
import { TinkerClient } from './client.ts';
import { entropyEstimate, lossValue, type Normalization } from './losses.ts';
import { type ModelSettings, RemoteModel } from './model.ts';
import { Passes } from './passes.ts';
import { probeImages, probeNormalization } from './probe.ts';
import { drawSamples } from './sampling.ts';
import { readState, requireSame, requireState, writeState } from './state.ts';
import { capabilitiesSchema, read } from './wire.ts';

export interface TinkerOptions {
  readonly url: string;
  readonly coder: PromptCoder;
  /** As the server names it; absent: the one it has. */
  readonly baseModel?: string;
  readonly rank: number;
  readonly seed?: number;
  readonly apiKey?: string;
  /** What the server divides losses by; 'probe': found by trying, on a model of its own. */
  readonly normalization?: Normalization | 'probe';
  /** Folder of an earlier run's checkpoint to start from; a folder without one is passed over. */
  readonly from?: string;
  /** Sequences of one request, at most. */
  readonly sequencesPerRequest?: number;
  readonly patienceMs?: number;
  readonly timeoutMs?: number;
  readonly pollMs?: number;
  readonly retryMs?: number;
  readonly heartbeatMs?: number;
}

interface Held {
  readonly client: TinkerClient;
  readonly settings: ModelSettings;
  readonly normalization: Normalization;
  /** Of the weights to start from. */
  readonly start: string | undefined;
}

/** The one model of a server, or the one that was named. Throws 'tinker-base-model'. */
async function chooseModel(client: TinkerClient, named: string | undefined): Promise<string> {
  if (named !== undefined) return named;
  const answer = await client.transport.json('/get_server_capabilities', { method: 'GET' });
  const { supported_models } = read(capabilitiesSchema, answer, 'get_server_capabilities');
  const names = supported_models.flatMap(({ model_name }) => model_name ?? []);
  if (names.length === 1) return names[0];
  throw new VideorftError(`the server has ${names.length} models, and none was named`, {
    code: 'tinker-base-model',
    facts: { models: names.join(', ') },
    fix: 'set tinker.baseModel',
  });
}

export class TinkerBackend implements Backend {
  readonly name = 'tinker';
  readonly normalization: Normalization;
  readonly baseModel: string;
  private readonly held: Held;
  private readonly options: TinkerOptions;
  private readonly coder: PromptCoder;
  private readonly encoder: PromptEncoder;
  private readonly passes: Passes;
  /** Distinguishes what this process saves from what others do. */
  private readonly tag = randomBytes(4).toString('hex');
  private saves = 0;
  private policy: Promise<RemoteModel> | undefined;
  private reference: { readonly path: string; model?: Promise<RemoteModel> } | undefined;
  private sampler: Promise<string> | undefined;
  /** Optimizer steps since sampling, and how many there were before the last one: the sampler's weights are asked for at that one. */
  private steps = 0;
  private stepsPerSample = 0;
  private imagesLookedAt: Promise<void> | undefined;
  private warned = false;
  private noArchives = false;

  private constructor(held: Held, options: TinkerOptions) {
    this.held = held;
    this.options = options;
    this.coder = options.coder;
    this.baseModel = held.settings.baseModel;
    this.normalization = held.normalization;
    this.encoder = new PromptEncoder(options.coder);
    this.passes = new Passes(this.encoder, held.normalization, options.sequencesPerRequest ?? 16);
  }

  /** Errors: tinker-…. */
  static async connect(options: TinkerOptions): Promise<TinkerBackend> {
    const { url: baseURL, patienceMs = 600_000, timeoutMs = 120_000, ...rest } = options;
    const client = await TinkerClient.connect({ ...rest, baseURL, patienceMs, timeoutMs });
    try {
      const state = options.from === undefined ? undefined : await readState(options.from);
      const baseModel = options.baseModel ?? state?.baseModel ?? (await chooseModel(client, undefined));
      const settings = { baseModel, rank: options.rank, seed: options.seed ?? 0 };
      if (state) requireSame(options.from as string, state, settings);
      const { normalization: told = 'probe' } = options;
      const normalization = told === 'probe' ? await probeNormalization(client, options.coder, settings) : told;
      return new TinkerBackend({ client, settings, normalization, start: state?.weights }, options);
    } catch (error) {
      client.close();
      throw error;
    }
  }

  tokenize(completion: string): number[] {
    return [...this.coder.tokenizer.encode(completion), this.coder.endOfTurn];
  }

  /** Made when it is first needed: loading would replace it. */
  private current(): Promise<RemoteModel> {
    const { client, settings, start } = this.held;
    this.policy ??= RemoteModel.create(client, settings, start ? { path: start, optimizer: false } : undefined);
    return this.policy;
  }

  private referenceModel(): Promise<RemoteModel> {
    if (!this.reference)
      throw new VideorftError('no reference weights yet', {
        code: 'backend-reference',
        fix: 'call setReference() before step 0',
      });
    const { client, settings } = this.held;
    this.reference.model ??= RemoteModel.create(client, settings, { path: this.reference.path, optimizer: false });
    return this.reference.model;
  }

  /** Before the first pictures are sent. */
  private async lookAtImages(prompts: readonly Prompt[]): Promise<void> {
    const shown = prompts.find((p) => p.clip);
    if (!shown) return;
    this.imagesLookedAt ??= this.current().then((model) => probeImages(model, this.coder, shown));
    await this.imagesLookedAt;
  }

  async sample(prompts: readonly Prompt[], options: SampleOptions): Promise<Completion[][]> {
    if (options.temperature !== 0) requireTemperature(options.temperature);
    await this.lookAtImages(prompts);
    const model = await this.current();
    this.sampler ??= model.saveForSampler();
    this.stepsPerSample = this.steps;
    this.steps = 0;
    const draw = { client: this.held.client, coder: this.coder, encoder: this.encoder };
    return drawSamples(draw, await this.sampler, prompts, options, (s) => hash32(`${options.seed}/${s}`) >>> 2);
  }

  async logprobs(batch: readonly Sequence[], weights: WhichWeights, temperature: number): Promise<Float32Array[]> {
    requireTemperature(temperature);
    const model = await (weights === 'current' ? this.current() : this.referenceModel());
    await this.lookAtImages(batch.map((s) => s.prompt));
    const wanted = await this.passes.forward(model, batch);
    // Whoever asks for the reference's is about to train on the batch, and needs the current ones then.
    if (weights === 'reference') this.passes.prepare(await this.current(), batch);
    return wanted.all();
  }

  async forwardBackward(
    batch: readonly Sequence[],
    loss: LossInput,
    temperature: number,
  ): Promise<ForwardBackwardResult> {
    checkLoss(batch, loss);
    requireTemperature(temperature);
    await this.lookAtImages(batch.map((s) => s.prompt));
    const logprobs = await this.passes.forwardBackward(await this.current(), batch, loss);
    return { loss: lossValue(loss, logprobs), logprobs, entropy: entropyEstimate(loss, logprobs, batch) };
  }

  async optimStep(params: OptimParams): Promise<{ gradNorm: number }> {
    const model = await this.current();
    const step = model.optimStep(params);
    this.passes.stepped();
    this.steps++;
    // By the next `sample`; where none comes, nobody needs it.
    this.sampler = this.steps === this.stepsPerSample ? handledElsewhere(model.saveForSampler()) : undefined;
    const gradNorm = await step;
    if (gradNorm > params.maxGradNorm && !this.warned) {
      this.warned = true;
      log.warn(
        `gradient norm ${gradNorm.toPrecision(3)} is above maxGradNorm; SkyRL does not cut gradients, other servers may`,
      );
    }
    return { gradNorm };
  }

  private async saved(name: string): Promise<string> {
    return (await this.current()).save(`${name}-${this.tag}-${++this.saves}`);
  }

  async setReference(): Promise<void> {
    const before = this.reference;
    this.reference = { path: await this.saved('reference') };
    await unload(before?.model);
  }

  async save(dir: string, { optimizer }: { optimizer: boolean }): Promise<void> {
    await this.coder.saveFiles(dir);
    const { baseModel, rank } = this.held.settings;
    const weights = await this.saved('weights');
    await this.saveAdapter(dir);
    const reference = (optimizer && this.reference?.path) || null;
    await writeState(dir, { server: this.options.url, baseModel, rank, weights, optimizer, reference });
  }

  /** A checkpoint is whole without: a server that gives none out is asked once, one that failed to again at the next. */
  private async saveAdapter(dir: string): Promise<void> {
    if (this.noArchives) return;
    const model = await this.current();
    const archive = model.archive(`adapter-${this.tag}-${this.saves}`);
    await archive
      .then((bytes) => writeAdapterFiles(bytes, dir))
      .catch((error: unknown) => {
        if (!(error instanceof VideorftError)) throw error; // the disk's
        this.noArchives = error.code === 'tinker-refused';
        log.warn(`the adapter stays on the server, the checkpoint holds its address only: ${error.message}`);
      });
  }

  async load(dir: string, { optimizer }: { optimizer: boolean }): Promise<void> {
    const state = await requireState(dir, { optimizer });
    const { client, settings } = this.held;
    requireSame(dir, state, settings);
    const policy = await RemoteModel.create(client, settings, { path: state.weights, optimizer });
    await unload(this.policy);
    this.policy = Promise.resolve(policy);
    this.sampler = undefined;
    this.passes.stepped();
    if (!optimizer) return;
    await unload(this.reference?.model);
    this.reference = state.reference === null ? undefined : { path: state.reference };
  }

  async close(): Promise<void> {
    await unload(this.policy);
    await unload(this.reference?.model);
    this.held.client.close();
  }
}

function requireTemperature(temperature: number): void {
  if (temperature === 1) return;
  throw new VideorftError('a remote backend computes log-probabilities at temperature 1 only', {
    code: 'tinker-temperature',
    facts: { temperature },
    fix: "set temperature to 1 (the paper's), or train on the embedded engine",
  });
}

/** One that could not be made is not there; whoever asked for it was told. */
async function unload(model: Promise<RemoteModel> | undefined): Promise<void> {
  if (model) await settled(model.then((m) => m.unload()));
}
