// What the package ships, beside src/ and beside the built dist/: the micro models and the baselines' numbers. And how a command's
// `--model DIR` becomes a model folder: a folder in Hugging Face layout, a run directory, or nothing.
import { stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { VideorftError } from '../base/errors.ts';
import { readRun } from '../runs/index.ts';

export const assetsDir = join(import.meta.dirname, '../../assets');
/** The model that everything starts from unless told otherwise. */
export const microBase = join(assetsDir, 'micro-base');
/** The embedder of the semantic reward unless told otherwise. */
export const microEmbedder = join(assetsDir, 'micro-siglip');

const isFile = (path: string) =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  );

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
