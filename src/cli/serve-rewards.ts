// `videorft serve rewards`: the rewards over HTTP, until Ctrl-C. A command of its own, since it shares few settings with `serve`.
import { z } from 'zod';
import { profileNames } from '../recipes/clips.ts';
import { serveRewards } from '../recipes/serve-rewards.ts';
import { rewardsSchema } from '../rewards/index.ts';
import { rewardServeSchema } from '../serve/index.ts';
import { defineCommand } from './command.ts';
import { untilInterrupted, warnIfOpen } from './serve.ts';

const schema = z.strictObject({
  ...rewardServeSchema.shape,
  embedder: z
    .string()
    .optional()
    .describe('Folder of the SigLIP or CLIP model of the semantic reward; absent: the shipped micro SigLIP.'),
  profile: z
    .enum(profileNames)
    .optional()
    .describe('Frames and pixels of videos; absent: micro for the shipped SigLIP, paperTrain for others.'),
  rewards: rewardsSchema.prefault({}).describe('The rewards.'),
  device: z.enum(['cpu', 'webgpu']).default('cpu').describe('What runs the embedder.'),
  threads: z.number().int().positive().optional().describe('Threads inside one operation; absent: all cores.'),
});

export const command = defineCommand({
  about: `Scores completions for trainers of others: format, accuracy and semantic consistency, as videorft grpo does. Routes:

  POST /get_reward    OpenRLHF (--reward.remote_url); the label is the sample as JSON text
  POST /rm            slime (--rm-type remote_rm --rm-url); the same label; a number, or with ?parts=1 an object
  POST /v1/rewards    whole groups: {"groups": [{"sample": {…}, "completions": [{"text": …}]}]}; for the files in integrations/
  GET  /metrics       Prometheus text          GET /health    open to all

A sample that cannot be scored is its own error, never a reward of 0. What depends on the group (the length bonus) is offered by /v1/rewards
alone. Videos lie below --media-root and are embedded once. Pages for ms-swift, verl, TRL and EasyR1: integrations/.`,
  examples: [
    {
      args: 'serve rewards --media-root world --rewards.w 1',
      does: 'the shipped micro SigLIP, about clips below world',
    },
    {
      args: 'serve rewards --media-root videos --embedder siglip-so400m-patch14-384 --host 0.0.0.0 --api-key-env REWARD_KEY',
      does: "the paper's rewards, for other machines, which have to send the token that REWARD_KEY holds",
    },
    {
      args: 'serve rewards --no-rewards.parts.semantic',
      does: 'format and accuracy only; no videos are needed',
    },
  ],
  schema,
  run: async ({ config, signal, print }) => {
    const { embedder, profile, rewards, device, threads, ...options } = config;
    warnIfOpen(options);
    const { name, server } = await serveRewards({ embedder, profile, rewards, session: { device, threads }, options });
    print(`${name}: ${server.origin}`);
    await untilInterrupted(signal, server);
    return 0;
  },
});
