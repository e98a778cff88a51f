// Adapters (LoRA, PEFT's files) that are loaded and unloaded while the server runs, each under a name that requests ask for. They lie below
// one folder, share the model's weights, and the compiled programs with adapters of the same layers and rank. A request that runs keeps its
// adapter when that is unloaded or replaced. Leaves out: the routes (app.ts), who decodes with whom (schedule/).
import { createLimiter } from '../base/limit.ts';
import type { SessionOptions } from '../engine/index.ts';
import { GenerationPrograms, type Inference, type VideoLanguageModel } from '../models/index.ts';
import { ApiError, badRequest } from './errors.ts';
import { realBelow } from './media/local.ts';

export interface AdaptersOptions {
  /** Folder that adapters must lie below. */
  readonly root: string;
  /** Adapters at once. */
  readonly most: number;
  /** That they change. */
  readonly model: VideoLanguageModel;
  readonly session: SessionOptions;
  /** The name of the model itself, which no adapter may take. */
  readonly modelName: string;
  /** Called with what will not be asked any more. */
  readonly onGone: (inference: Inference) => void;
}

export interface LoadedAdapter {
  readonly name: string;
  /** As it was named in the request. */
  readonly path: string;
  readonly inference: Inference;
}

export interface LoadAdapter {
  readonly name: string;
  readonly path: string;
  /** Whether it may take the place of one of the same name. */
  readonly inPlace: boolean;
}

const below = {
  outside: () => badRequest('the adapter lies outside the folder of adapters', 'adapter-outside-root', 'lora_path'),
  missing: (place: string) =>
    new ApiError(`there is no adapter ${place} below the folder of adapters`, {
      status: 404,
      code: 'adapter-missing',
      param: 'lora_path',
    }),
};

/** A folder that cannot be used as an adapter of this model is the request's fault. */
const ofAdapter = /^(lora-|model-weights|safetensors|file-unreadable)/;

export class Adapters {
  private readonly options: AdaptersOptions;
  private readonly loaded = new Map<string, LoadedAdapter>();
  private readonly programs = new Map<string, GenerationPrograms>();
  /** One change after the other. */
  private readonly turn = createLimiter(1);

  constructor(options: AdaptersOptions) {
    this.options = options;
  }

  get(name: string): LoadedAdapter | undefined {
    return this.loaded.get(name);
  }

  all(): readonly LoadedAdapter[] {
    return [...this.loaded.values()];
  }

  /** Errors: adapter-exists, adapter-full, adapter-outside-root, adapter-missing, and what is wrong with the files (400). */
  load(adapter: LoadAdapter): Promise<void> {
    return this.turn.run(async () => {
      this.requirePlace(adapter);
      const inference = await this.read(await realBelow(adapter.path, this.options.root, below));
      const before = this.loaded.get(adapter.name);
      this.loaded.set(adapter.name, { name: adapter.name, path: adapter.path, inference });
      if (before) this.options.onGone(before.inference);
    });
  }

  private requirePlace({ name, inPlace }: LoadAdapter): void {
    const { most, modelName } = this.options;
    if (name === modelName)
      throw badRequest(`${name} is the name of the model itself`, 'adapter-exists', 'lora_name', 'choose another name');
    if (this.loaded.has(name)) {
      if (inPlace) return;
      throw badRequest(
        `the adapter ${name} has already been loaded`,
        'adapter-exists',
        'lora_name',
        'set load_inplace to true to replace it',
      );
    }
    if (this.loaded.size < most) return;
    throw badRequest(
      `${most} adapters are loaded, and no more may be`,
      'adapter-full',
      'lora_name',
      'unload one first, or start the server with a larger --max-adapters',
    );
  }

  private async read(dir: string): Promise<Inference> {
    const { model, session } = this.options;
    const { model: adapted, programsKey } = await model.withAdapter(dir).catch((error: { code?: string }) => {
      if (!ofAdapter.test(error.code ?? '')) throw error;
      const { message } = error as unknown as Error;
      throw new ApiError(message, { status: 400, code: error.code as string, param: 'lora_path', cause: error });
    });
    const programs = this.programs.get(programsKey) ?? new GenerationPrograms(adapted, session);
    this.programs.set(programsKey, programs);
    return { model: adapted, programs, weights: adapted.weights };
  }

  /** Throws the 404 where there is none of this name. */
  unload(name: string): Promise<void> {
    return this.turn.run(async () => {
      const adapter = this.loaded.get(name);
      if (!adapter)
        throw new ApiError(`the adapter ${name} cannot be found`, {
          status: 404,
          code: 'adapter-missing',
          param: 'lora_name',
        });
      this.loaded.delete(name);
      this.options.onGone(adapter.inference);
    });
  }

  async close(): Promise<void> {
    for (const programs of this.programs.values()) await programs.dispose();
  }
}
