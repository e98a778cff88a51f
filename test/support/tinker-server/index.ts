// The scripted server with the tiny model behind it, and backends that talk to it.
import { TinkerBackend, type TinkerOptions } from '../../../src/backends/tinker/index.ts';
import { promptCoder } from '../../../src/models/prompt-coder.ts';
import { type TinyOptions, tinyConfig, tinyModel, tinyTokenizer } from '../tiny-model.ts';
import { EmbeddedEngine } from './engine.ts';
import { Inputs } from './inputs.ts';
import { type ServerOptions, TinkerServer } from './server.ts';

export interface TinyServerOptions extends Omit<ServerOptions, 'makeEngine'> {
  readonly normalization?: 'sum' | 'mean';
  readonly dropImages?: boolean;
  readonly model?: TinyOptions;
}

export function tinyServer({
  normalization,
  dropImages,
  model,
  ...rest
}: TinyServerOptions = {}): Promise<TinkerServer> {
  const inputs = new Inputs(tinyConfig(), { dropImages });
  // What is saved outlives a restart, as files do.
  const makeEngine = () => new EmbeddedEngine({ inputs, makeModel: () => tinyModel(model), normalization });
  return new TinkerServer({ makeEngine, ...rest }).start();
}

export const tinyCoder = () => {
  const config = tinyConfig();
  return promptCoder({ tokenizer: tinyTokenizer(), endOfTurn: config.eos_token_id as number, config });
};

export const tinyTinker = (server: TinkerServer, options: Partial<TinkerOptions> = {}): Promise<TinkerBackend> =>
  TinkerBackend.connect({
    url: server.url,
    coder: tinyCoder(),
    rank: 4,
    normalization: 'sum',
    patienceMs: 5000,
    sequencesPerRequest: 4,
    ...options,
  });
