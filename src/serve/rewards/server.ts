// The reward server: its options checked, its service and its door put together.
import { VideorftError } from '../../base/errors.ts';
import { tokenFrom } from '../auth.ts';
import { openDoor, type Running, requireFolder } from '../door.ts';
import { Gate } from '../gate.ts';
import type { ServerTools } from '../server.ts';
import { createRewardApp } from './app.ts';
import { Metrics } from './metrics.ts';
import { type RewardServeInput, rewardServeSchema } from './options.ts';
import { RewardService, type ServedRewards } from './service.ts';

function requireMedia({ rewards }: ServedRewards, mediaRoot: string | undefined): void {
  if (mediaRoot !== undefined || rewards.parts?.semantic === false) return;
  throw new VideorftError('the semantic reward needs the videos', {
    code: 'serve-media-root',
    fix: 'name the folder that holds them: --media-root DIR; or turn it off: --no-rewards.parts.semantic',
  });
}

/** Errors: serve-no-key, serve-media-root, reward-no-embedder, listen. */
export async function startRewardServer(
  served: ServedRewards,
  input: RewardServeInput = {},
  { env }: Pick<ServerTools, 'env'> = {},
): Promise<Running> {
  const options = rewardServeSchema.parse(input);
  const token = tokenFrom(options.apiKeyEnv, env);
  requireMedia(served, options.mediaRoot);
  await requireFolder(options.mediaRoot);
  const metrics = new Metrics();
  const service = new RewardService(served, options, metrics);
  const gate = new Gate(options);
  const stopping = new AbortController();
  const app = createRewardApp({ service, gate, options, metrics, token, stopping: stopping.signal });
  const [stopWork, clean] = [() => service.stopMedia(), () => service.close()];
  return openDoor({ app, gate, options, stopping, stopWork, clean });
}
