// videorft/serve: a model behind the OpenAI chat protocol, and the rewards for trainers of others.
export { type ServeOptions, type ServeOptionsInput, serveSchema } from './options.ts';
export { type RewardServeInput, type RewardServeOptions, rewardServeSchema } from './rewards/options.ts';
export { startRewardServer } from './rewards/server.ts';
export type { ServedRewards } from './rewards/service.ts';
export { type RunningServer, type ServerTools, startServer } from './server.ts';
export type { ServedModel } from './service.ts';
