// A server of OpenAI's protocol that samples with the adapter of the run (vLLM, videorft serve): adapters are written to a folder that both
// see, loaded by vLLM's routes, and asked for by a name of their own. Every version has its own name, so an answer says which weights it is
// of, and no cache of the server's can hold anything of another. Leaves out: what is asked and answered (body.ts, answer.ts).
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { VideorftError } from '../../base/errors.ts';
import { settled } from '../../base/handled.ts';
import { log } from '../../base/log.ts';
import { createTransport, type Transport, throwIfAborted, type Waiting } from '../transport.ts';
import { type Answer, answerSchema, isWhole } from './answer.ts';
import { isAboutAdapter, isUnknownModel, loadFailure, refusal, refusedAs } from './refusals.ts';

export interface RolloutServerOptions extends Waiting {
  /** With or without /v1 at its end. */
  readonly url: string;
  readonly apiKey?: string;
  /** The base model as the server names it; absent: the one it has. */
  readonly model?: string;
  /** Folder for adapters, as this process sees it and as the server does. */
  readonly folder: string;
  readonly folderThere: string;
  /** What the names of this run's adapters begin with, in every process of the run. */
  readonly prefix: string;
}

interface Published {
  readonly name: string;
  readonly version: number;
}

/** A request's body for the model of this name. */
export type MakeBody = (model: string) => Promise<Uint8Array<ArrayBuffer>>;

const modelsSchema = z.object({ data: z.array(z.object({ id: z.string(), parent: z.string().nullish() })) });

function read<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [{ path, message }] = parsed.error.issues;
  throw new VideorftError(`the server's answer is not one of OpenAI's protocol: ${path.join('.')}: ${message}`, {
    code: 'rollouts-answer',
    facts: { request: what },
    fix: 'check the address: a server of vLLM or videorft serve is expected',
  });
}

/** Time for what only tidies up. */
const TIDY = { patienceMs: 2000, timeoutMs: 5000 };
/** Between two requests to a server that answers with what cannot be used. */
const WAIT = { firstMs: 250, mostMs: 8000 };

export class RolloutServer {
  readonly baseModel: string;
  private readonly transport: Transport;
  private readonly options: RolloutServerOptions;
  /** Two processes of one run never use one name for two adapters. */
  private readonly session = randomBytes(2).toString('hex');
  private serial = 0;
  private published: Published | undefined;
  private loading: Promise<void> | undefined;

  private constructor(transport: Transport, options: RolloutServerOptions, baseModel: string) {
    this.transport = transport;
    this.options = options;
    this.baseModel = baseModel;
  }

  /** Finds the base model and removes what earlier processes of the run left, there and here. Errors: rollouts-down, -refused, -answer, -model. */
  static async connect(options: RolloutServerOptions): Promise<RolloutServer> {
    const root = `${options.url.replace(/\/+$/, '').replace(/\/v1$/, '')}/v1`;
    const headers = options.apiKey ? { authorization: `Bearer ${options.apiKey}` } : undefined;
    const transport = createTransport({ ...options, root, headers, downCode: 'rollouts-down', refusal });
    const { data } = read(modelsSchema, await transport.json('/models', { method: 'GET' }), 'models');
    const ours = data.filter(({ id }) => id.startsWith(options.prefix));
    const bases = data.filter(({ parent }) => !parent).map(({ id }) => id);
    const server = new RolloutServer(transport, options, chooseBase(bases, options));
    for (const { id } of ours) await server.unload(id);
    await clearFolder(options);
    return server;
  }

  /** The version that is asked. */
  get version(): number | undefined {
    return this.published?.version;
  }

  /** Writes the adapter (`write` puts PEFT's files into a folder), has it loaded, and lets go of the one before. Errors: rollouts-…. */
  async publish(version: number, write: (dir: string) => Promise<void>): Promise<void> {
    const { folder, prefix } = this.options;
    const name = `${prefix}${this.session}-${String(this.serial++).padStart(4, '0')}-v${version}`;
    const hidden = join(folder, `.${name}`);
    await write(hidden);
    await rename(hidden, join(folder, name));
    await this.load(name);
    const before = this.published;
    this.published = { name, version };
    if (before) await this.drop(before.name);
  }

  private async load(name: string): Promise<void> {
    const path = join(this.options.folderThere, name);
    const body = { lora_name: name, lora_path: path };
    await this.transport.text('/load_lora_adapter', { body, isFinal: isAboutAdapter }).catch((error: unknown) => {
      const refused = refusedAs(error);
      if (!refused || refused.status === 401 || refused.status === 403) throw error;
      // No other has this name: an attempt whose answer was lost has loaded it.
      if (refused.status === 400 && /already been loaded/i.test(refused.said)) return;
      throw loadFailure(refused, { path }, error);
    });
  }

  /** A server that was started anew has forgotten it; all who find out wait for one loading. */
  private loadAgain(name: string): Promise<void> {
    this.loading ??= this.load(name).finally(() => {
      this.loading = undefined;
    });
    return this.loading;
  }

  private async unload(name: string): Promise<void> {
    const call = { body: { lora_name: name }, ...TIDY, isFinal: () => true };
    await this.transport.text('/unload_lora_adapter', call).catch((error: unknown) => {
      if (refusedAs(error)?.status !== 404)
        log.warn(`the adapter ${name} stays on the server: ${(error as Error).message}`);
    });
  }

  private async drop(name: string): Promise<void> {
    await this.unload(name);
    await rm(join(this.options.folder, name), { recursive: true, force: true });
  }

  /**
   * Asks the published version, until the answer is whole and of no other. A server that has forgotten the adapter is told to load it again;
   * one that answers with another is asked again as long as the patience lasts. Errors: rollouts-stale, rollouts-cut, rollouts-….
   */
  async ask(make: MakeBody, signal?: AbortSignal): Promise<Answer> {
    const { name } = this.requirePublished();
    const body = await make(name);
    const deadline = Date.now() + this.options.patienceMs;
    for (let tries = 1; ; tries++) {
      const answer = await this.attempt(body, name, signal);
      if (answer && answer.model === name && isWhole(answer)) return answer;
      const problem = problemOf(answer, name);
      if (Date.now() >= deadline) throw problem;
      if (tries === 3) log.warn(`${this.options.url}: ${problem.message}; trying again`);
      await this.wait(tries, signal);
    }
  }

  private async wait(tries: number, signal: AbortSignal | undefined): Promise<void> {
    const { retryMs = WAIT.firstMs, stop, signal: own } = this.options;
    const ends = [signal, stop, own].filter((s) => s !== undefined);
    const ms = Math.min(WAIT.mostMs, retryMs * 2 ** Math.min(tries - 1, 10));
    await settled(delay(ms, undefined, { signal: AbortSignal.any(ends) }));
    throwIfAborted(ends);
  }

  /** Undefined: the server does not know the adapter; it was told to load it. */
  private async attempt(
    body: Uint8Array<ArrayBuffer>,
    name: string,
    signal: AbortSignal | undefined,
  ): Promise<Answer | undefined> {
    try {
      return read(answerSchema, await this.transport.json('/chat/completions', { body, signal }), 'chat/completions');
    } catch (error) {
      const refused = refusedAs(error);
      if (!refused || !isUnknownModel(refused)) throw error;
      await this.loadAgain(name);
      return undefined;
    }
  }

  private requirePublished(): Published {
    if (this.published) return this.published;
    throw new VideorftError('no adapter has been given to the server yet', { code: 'rollouts-order' });
  }

  /** Takes the adapter off the server and off the disk. */
  async close(): Promise<void> {
    if (this.published) await this.drop(this.published.name);
    this.published = undefined;
  }
}

/** Makes the folder, without what earlier processes of the run left in it. */
async function clearFolder({ folder, prefix }: RolloutServerOptions): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder))
    if (name.replace(/^\./, '').startsWith(prefix)) await rm(join(folder, name), { recursive: true });
}

function problemOf(answer: Answer | undefined, name: string): VideorftError {
  if (answer?.model === name)
    return new VideorftError('the server cut completions off before they ended', {
      code: 'rollouts-cut',
      facts: { finish: answer.choices.map((c) => c.finish_reason).join(', ') },
      fix: "read the server's log",
    });
  const facts = { asked: name, answered: answer?.model ?? 'nothing' };
  return new VideorftError('the server answers with other weights than the current ones', {
    code: 'rollouts-stale',
    facts,
    fix: 'see that every server behind the address loads adapters, and that nothing between renames models; started again, the run goes on',
  });
}

function chooseBase(bases: readonly string[], { model, url }: RolloutServerOptions): string {
  if (model === undefined ? bases.length === 1 : bases.includes(model)) return model ?? bases[0];
  throw new VideorftError(
    model === undefined ? `the server has ${bases.length} models` : `the server has no model ${model}`,
    { code: 'rollouts-model', facts: { url, models: bases.join(', ') }, fix: 'set rolloutServer.model to one of them' },
  );
}
