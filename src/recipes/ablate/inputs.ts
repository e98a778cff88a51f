// What all arms of an ablation share: training samples, chains of thought before and after refinement, and held-out questions. From a
// micro-world that is made and curated here, or from a folder that `videorft curate` wrote. Leaves out: models.
import { join } from 'node:path';
import { VideorftError } from '../../base/errors.ts';
import { readJsonl } from '../../base/jsonl.ts';
import type { Sample } from '../../data/sample.ts';
import { fingerprint, readInputs, refuseWrongRoot } from '../inputs.ts';
import type { StageClock } from '../speedrun/clock.ts';
import { curateInputs, makeInputs } from '../speedrun/prepare.ts';
import type { Chains } from './arms.ts';
import { type AblateConfig, stageConfig } from './config.ts';

export interface AblationInputs {
  readonly mediaRoot: string;
  /** What GRPO draws from. */
  readonly rl: readonly Sample[];
  readonly chains: Readonly<Record<Chains, readonly Sample[]>>;
  readonly questions: readonly Sample[];
  /** Of the questions: arms and seeds are compared on the same. */
  readonly asked: { readonly count: number; readonly sha256: string };
}

const CHAIN_FILES: Readonly<Record<Chains, string>> = { refined: 'cot.jsonl', unrefined: 'cot-unrefined.jsonl' };

async function curatedIn(dir: string): Promise<Pick<AblationInputs, 'rl' | 'chains'>> {
  const read = async (name: string) => (await readJsonl<Sample>(join(dir, name))).rows;
  return {
    rl: await read('rl.jsonl'),
    chains: { refined: await read(CHAIN_FILES.refined), unrefined: await read(CHAIN_FILES.unrefined) },
  };
}

const asking = (inputs: Omit<AblationInputs, 'asked'>, { evaluate }: AblateConfig): AblationInputs => {
  const questions = inputs.questions.slice(0, evaluate.limit);
  return { ...inputs, questions, asked: fingerprint(questions) };
};

export const countChains = ({ chains }: AblationInputs): Record<Chains, number> => ({
  refined: chains.refined.length,
  unrefined: chains.unrefined.length,
});

/** Undefined where no samples of one's own are named. Errors: ablate-inputs; jsonl-missing where the folder is none of a curation. */
export async function ownInputs(config: AblateConfig): Promise<AblationInputs | undefined> {
  const { curated, heldOut, mediaRoot } = config;
  if (curated === undefined) return undefined;
  if (heldOut.length === 0 || mediaRoot === undefined)
    throw new VideorftError('samples of your own need their questions and videos', {
      code: 'ablate-inputs',
      facts: { curated },
      fix: 'give --held-out FILE and --media-root DIR beside --curated DIR',
    });
  const questions = (await readInputs(heldOut, { mediaRoot })).samples;
  await refuseWrongRoot(questions, mediaRoot);
  return asking({ mediaRoot, questions, ...(await curatedIn(curated)) }, config);
}

/** Makes and curates the micro-world, or finds it done. */
export async function microWorldInputs(
  config: AblateConfig,
  clock: StageClock,
  signal: AbortSignal,
): Promise<AblationInputs> {
  const settings = stageConfig(config, undefined);
  const world = await clock.time('world', () => makeInputs(settings, signal));
  const { dir } = await clock.time('curate', () => curateInputs(settings, world, signal));
  return asking({ mediaRoot: world.dir, questions: world.heldOut, ...(await curatedIn(dir)) }, config);
}
