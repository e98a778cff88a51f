// Our rewards for trainers of others: an embedder's folder behind the reward server. Leaves out: the server itself (serve/rewards/).
import type { SessionOptions } from '../engine/index.ts';
import { loadEmbedder } from '../models/index.ts';
import type { RewardsConfig } from '../rewards/index.ts';
import { rewardOptions } from '../rewards/index.ts';
import { type RewardServeOptions, startRewardServer } from '../serve/index.ts';
import { type ProfileName, profiles } from './clips.ts';
import { microEmbedder } from './shipped.ts';

export interface ServeRewardsRecipe {
  /** A folder; undefined: the shipped micro SigLIP. */
  readonly embedder: string | undefined;
  readonly profile: ProfileName | undefined;
  readonly rewards: RewardsConfig;
  readonly session: SessionOptions;
  readonly options: RewardServeOptions;
}

/** Loads the embedder and listens. Errors: model-…, tokenizer-…, serve-no-key, serve-media-root, listen. */
export async function serveRewards({ embedder, profile, rewards, session, options }: ServeRewardsRecipe) {
  const folder = embedder ?? microEmbedder;
  const semantic = rewards.parts.semantic || embedder !== undefined;
  const loaded = semantic ? await loadEmbedder(folder, session) : undefined;
  const view = profiles[profile ?? (embedder === undefined ? 'micro' : 'paperTrain')].video;
  const served = { embedder: loaded, rewards: rewardOptions(rewards), profile: view };
  try {
    return { name: loaded?.name ?? 'rewards', server: await startRewardServer(served, options) };
  } catch (error) {
    await loaded?.close();
    throw error;
  }
}
