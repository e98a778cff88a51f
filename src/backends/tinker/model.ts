// A model on the server: its requests in numbered order, several under way at once. Passes (forward, forward_backward) may overtake each
// other; steps, saves and loads are sent when all before them have been taken, and hold back what comes after until they are.
// Leaves out: what the passes compute (losses.ts).
import { VideorftError } from '../../base/errors.ts';
import { settled } from '../../base/handled.ts';
import { log } from '../../base/log.ts';
import type { OptimParams } from '../port.ts';
import type { TinkerClient } from './client.ts';
import { modelSchema, optimSchema, type PassInput, passSchema, read, samplerSchema, savedSchema } from './wire.ts';

export interface ModelSettings {
  readonly baseModel: string;
  readonly rank: number;
  readonly seed: number;
}

/** How often what cannot be repeated as it was is tried in another way. */
const ATTEMPTS = 8;
const TOO_LATE = /LoadWeights is not permitted/i;

export class RemoteModel {
  readonly id: string;
  private readonly client: TinkerClient;
  private seq = 0;
  /** What later requests wait for: the last barrier is taken or refused. */
  private barrier: Promise<unknown> = Promise.resolve();
  /** The same of the passes since the last barrier. */
  private passes: Promise<unknown>[] = [];

  private constructor(client: TinkerClient, id: string) {
    this.client = client;
    this.id = id;
  }

  /** A new adapter on the base model; with `from`, as it was saved there. Errors: tinker-…. */
  static async create(
    client: TinkerClient,
    settings: ModelSettings,
    from?: { readonly path: string; readonly optimizer: boolean },
    attempts = ATTEMPTS,
  ): Promise<RemoteModel> {
    const { baseModel, rank, seed } = settings;
    const body = {
      type: 'create_model',
      session_id: client.sessionId,
      model_seq_id: client.next(),
      base_model: baseModel,
      lora_config: { rank, seed },
    };
    // SkyRL names the model when it takes the request, the hosted service when it is made.
    const answer = await client.transport.json('/create_model', { body });
    const made = await client.follow('/create_model', answer);
    const id = read(modelSchema, { ...asObject(answer), ...asObject(made) }, 'create_model').model_id;
    const model = new RemoteModel(client, id);
    if (!from) return model;
    const fields = { path: from.path, optimizer: from.optimizer };
    const loaded = model.send('/load_weights', fields, () => model, true);
    return loaded.catch(async (error: unknown) => {
      await model.unload();
      // Only a model's first request may load: one that was taken while its answer was lost cannot be repeated.
      const tooLate = error instanceof VideorftError && TOO_LATE.test(error.message);
      if (!tooLate || attempts < 1) throw absentWeights(error, from.path);
      return RemoteModel.create(client, settings, from, attempts - 1);
    });
  }

  private send<T>(path: string, fields: object, convert: (result: unknown) => T, isBarrier: boolean): Promise<T> {
    const body = { model_id: this.id, ...fields, seq_id: ++this.seq };
    const before = isBarrier ? Promise.all([this.barrier, ...this.passes]) : this.barrier;
    const started = before.then(() => this.client.future(path, body, convert));
    const taken = settled(started.then(({ accepted }) => accepted)); // a refusal is the result's to tell
    if (isBarrier) {
      this.barrier = taken;
      this.passes = [];
    } else this.passes.push(taken);
    return started.then(({ result }) => result);
  }

  /** Log-probabilities of the targets of every datum. */
  forward(input: PassInput): Promise<Float32Array[]> {
    return this.send('/forward', { forward_input: input }, (r) => logprobsOf(r, input, 'forward'), false);
  }

  forwardBackward(input: PassInput): Promise<Float32Array[]> {
    const fields = { forward_backward_input: input };
    return this.send('/forward_backward', fields, (r) => logprobsOf(r, input, 'forward_backward'), false);
  }

  /** Resolves to the gradient's norm; NaN where the server does not tell. */
  optimStep(p: OptimParams): Promise<number> {
    const adam_params = {
      learning_rate: p.learningRate,
      beta1: p.beta1,
      beta2: p.beta2,
      eps: p.eps,
      weight_decay: p.weightDecay,
      grad_clip_norm: p.maxGradNorm,
    };
    return this.send('/optim_step', { adam_params, type: 'optim_step' }, gradNormOf, true);
  }

  /** The current weights for sampling; resolves to the sampling session. */
  saveForSampler(): Promise<string> {
    const convert = (r: unknown) => read(samplerSchema, r, 'save_weights_for_sampler').sampling_session_id;
    const save = () => {
      const fields = { sampling_session_seq_id: this.client.next(), type: 'save_weights_for_sampler' };
      return this.send('/save_weights_for_sampler', fields, convert, true);
    };
    return save().catch(whereMade(save));
  }

  /** Weights, and the optimizer's state, under a name of this model; resolves to their address. */
  save(name: string): Promise<string> {
    return this.saveAs('save_weights', name, (result) => read(savedSchema, result, 'save_weights').path);
  }

  private saveAs<T>(type: string, name: string, convert: (result: unknown, name: string) => T): Promise<T> {
    const save = (path: string) => this.send(`/${type}`, { path, type }, (result) => convert(result, path), true);
    return save(name).catch(whereMade((attempt) => save(`${name}-${attempt}`)));
  }

  /** The adapter's files as the server packs them; the weights are saved under `name` for it. */
  async archive(name: string): Promise<Uint8Array> {
    const saved = await this.saveAs('save_weights_for_sampler', name, (_, as) => as);
    const path = `/training_runs/${this.id}/checkpoints/${saved}/archive`;
    return this.client.transport.bytes(path, { patienceMs: 30_000, timeoutMs: 600_000 });
  }

  /** Frees its place on the server, which would do so itself some minutes later; what was saved stays. Never fails. */
  async unload(): Promise<void> {
    const call = { body: { model_id: this.id, type: 'unload_model' }, patienceMs: 2000, timeoutMs: 10_000 };
    await this.client.transport
      .json('/unload_model', call)
      .catch((error: Error) => log.debug(`unloading a model: ${error.message}`));
  }
}

/** A 404 says that this server does not hold the weights; other errors stay what they are. */
function absentWeights(error: unknown, path: string): unknown {
  if (!(error instanceof VideorftError) || error.code !== 'tinker-refused' || error.facts.status !== 404) return error;
  return new VideorftError('the server does not hold the weights to go on from', {
    code: 'tinker-weights',
    facts: { weights: path, said: error.facts.said },
    fix: 'give the address of the server that saved them: tinker.json in the checkpoint names it',
    cause: error,
  });
}

/** A request that was taken while its answer was lost has made its name already (409): again, under another. */
const whereMade =
  <T>(again: (attempt: number) => Promise<T>, attempt = 1) =>
  (error: unknown): Promise<T> => {
    if (attempt > ATTEMPTS || !(error instanceof VideorftError) || error.facts.status !== 409) throw error;
    return again(attempt).catch(whereMade(again, attempt + 1));
  };

const asObject = (value: unknown): object => (typeof value === 'object' && value !== null ? value : {});

function logprobsOf(result: unknown, input: PassInput, request: string): Float32Array[] {
  const { loss_fn_outputs } = read(passSchema, result, request);
  if (loss_fn_outputs.length !== input.data.length)
    throw new VideorftError(`the server answered ${loss_fn_outputs.length} of ${input.data.length} sequences`, {
      code: 'tinker-answer',
      facts: { request },
    });
  return loss_fn_outputs.map(({ logprobs }) => Float32Array.from(logprobs.data));
}

/** 'skyrl.ai/grad_norm' of SkyRL, 'grad_norm' and 'grad_norm:mean' of others. */
function gradNormOf(result: unknown): number {
  const { metrics } = read(optimSchema, result, 'optim_step');
  const found = Object.entries(metrics ?? {}).find(([name]) => /(^|\/)(unclipped_)?grad_norm(:|$)/.test(name));
  return found?.[1] ?? Number.NaN;
}
