// What the package ships, beside src/ and beside the built dist/: the micro models and the baselines' numbers. And how a command's
// `--model DIR` becomes a model folder (Hugging Face layout, a run directory, or nothing) and its profile.
import { join, relative, resolve } from 'node:path';
import type { EmbeddedOptions } from '../backends/embedded/index.ts';
import { VideorftError } from '../base/errors.ts';
import { isFile } from '../base/if-present.ts';
import { createProgress, type Progress } from '../base/progress.ts';
import { micro } from '../media/index.ts';
import {
  companionFolder,
  loadVideoLanguageModel,
  type OnRead,
  type OpenOptions,
  readPreprocessor,
  type VideoLanguageModel,
} from '../models/index.ts';
import { readRun } from '../runs/index.ts';
import type { ProfileName } from './clips.ts';

export const assetsDir = join(import.meta.dirname, '../../assets');
/** The model that everything starts from unless told otherwise. */
export const microBase = join(assetsDir, 'micro-base');
/** The embedder of the semantic reward unless told otherwise. */
export const microEmbedder = join(assetsDir, 'micro-siglip');

/**
 * `dir` itself where it holds a model, the newest complete checkpoint where it is a run directory. Relative stays relative.
 * Throws 'model-run-empty' for a run without a checkpoint; whether the folder can be opened, its loader says.
 */
export async function modelFolder(dir: string): Promise<string> {
  if ((await isFile(join(dir, 'config.json'))) || !(await isFile(join(dir, 'config.yaml')))) return dir;
  const { checkpoint } = await (await readRun(dir)).checkpoints.latestComplete();
  if (checkpoint) return join(dir, relative(resolve(dir), checkpoint.dir));
  throw new VideorftError('this run has no complete checkpoint yet', {
    code: 'model-run-empty',
    facts: { run: dir },
    fix: 'continue the run, or name a folder with config.json and model.safetensors',
  });
}

/** What an adapter that names no base belongs to: the shipped model, whose place differs from machine to machine. */
const shippedBase = { base: microBase };

/** What runs a model, and how its weights are held. */
export type EngineOptions = EmbeddedOptions & Pick<OpenOptions, 'dtype'>;

/** Values from which on reading takes seconds. */
const LARGE = 5e8;

/** A bar while `read` reads a large model; it ends with it, also in an error. */
async function withBar<T>(read: (onRead: OnRead) => Promise<T>): Promise<T> {
  let bar: Progress | undefined;
  try {
    return await read((values, of) => {
      if (of < LARGE) return;
      bar ??= createProgress({ label: 'model', total: Math.round(of / 1e6), unit: 'million weights' });
      bar.set(Math.round(values / 1e6));
    });
  } finally {
    bar?.finish();
  }
}

/** Opens a model's or an adapter's folder. A new adapter names `dir` as its base, unless that is the shipped model. */
export const openModel = (
  dir: string,
  options: Omit<OpenOptions, 'base' | 'baseName' | 'onRead'> = {},
): Promise<VideoLanguageModel> =>
  withBar((onRead) => {
    const baseName = dir === microBase ? undefined : resolve(dir);
    return loadVideoLanguageModel(dir, { ...options, ...shippedBase, baseName, onRead });
  });

/** Where a model's or an adapter's tokenizer and preprocessor lie. */
export const companionsOf = (dir: string): Promise<string> => companionFolder(dir, shippedBase);

/**
 * How a model looks at videos where nobody says it: micro where its preprocessor_config.json holds the micro profile's pixels (the shipped
 * model and what was trained from it), else `paper`.
 */
export async function profileOf(model: string, paper: ProfileName): Promise<ProfileName> {
  const preprocessor = await readPreprocessor(model, shippedBase);
  return preprocessor?.json.max_pixels === micro.max_pixels ? 'micro' : paper;
}
