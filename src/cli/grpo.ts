// `videorft grpo`: reinforcement learning with the three rewards, in a run directory that the same command continues.
import { microEmbedder } from '../recipes/shipped.ts';
import { runGrpo } from '../recipes/training.ts';
import { grpoRunConfig, microGrpo } from '../recipes/training-config.ts';
import { formatTrained, prepareJob } from '../recipes/training-job.ts';
import { accuracyReward, rewardOptions } from '../rewards/index.ts';
import { defineCommand } from './command.ts';
import { versions } from './versions.ts';

export const command = defineCommand({
  about: `Samples a group of completions per question, scores each by format, accuracy and semantic consistency, and moves the model
towards those above their group's mean, held near the model it began with. Defaults are the paper's. Metrics, rollouts with
every part of their rewards, and samples set aside with their reasons are in the run directory; the trained model is the
newest folder in RUN/checkpoints. With --rollouts, completions come from a server (vLLM, videorft serve) that is given the adapter
after every step.`,
  examples: [
    {
      args: [
        'grpo --data curated/rl.jsonl --media-root videos --model runs/sft --out runs/grpo',
        `--learning-rate ${microGrpo.learningRate} --beta ${microGrpo.beta} --steps ${microGrpo.steps}`,
        `--questions ${microGrpo.questions} --max-tokens ${microGrpo.maxTokens} --temperature ${microGrpo.temperature}`,
        `--rewards.w ${microGrpo.w}`,
      ].join(' '),
      does: 'after videorft sft, from its newest checkpoint, with the values of the speedrun',
    },
    {
      args: 'grpo --data rl.jsonl --media-root videos --model runs/sft --out runs/no-semantic --no-rewards.parts.semantic',
      does: 'an ablation: format and accuracy only',
    },
    {
      args: 'grpo --data rl.jsonl --media-root videos --model MODEL --lora.rank 16 --backend tinker:http://localhost:8000 --out runs/remote',
      does: 'on a server of the Tinker protocol (SkyRL); MODEL is the folder of its tokenizer',
    },
    {
      args: 'grpo --data rl.jsonl --media-root videos --model MODEL --lora.rank 16 --rollouts http://localhost:8000 --out runs/rollouts',
      does: 'trains here, completions come from vLLM or videorft serve --model MODEL --adapters runs',
    },
    {
      args: 'grpo --data rl.jsonl --media-root videos --out runs/watched --watchdogs.entropy stop --watchdogs.bounds.entropy 0.3',
      does: 'ends, to be continued, when entropy falls below 0.3 of how it began',
    },
  ],
  schema: grpoRunConfig,
  resumable: true,
  run: async ({ config, signal, print }) => {
    const options = rewardOptions(config.rewards);
    const prepared = await prepareJob('grpo', config, (sample) => accuracyReward(sample, undefined, options.accuracy), {
      versions: await versions(),
      signal,
    });
    // Where R_s does not count, it is measured only if an embedder was named.
    const embedder = config.embedder ?? (config.rewards.parts.semantic ? microEmbedder : undefined);
    print(formatTrained(prepared, await runGrpo(prepared.job, config, { embedder, options }, config.watchdogs)));
    return 0;
  },
});
