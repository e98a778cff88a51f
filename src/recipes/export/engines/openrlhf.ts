// OpenRLHF: GRPO on pictures, by its PPO trainer, which asks our reward server by itself. It reads no videos: a video is its frames.
import { VideorftError } from '../../../base/errors.ts';
import { questionRow } from '../../../curate/dataset/messages.ts';
import type { DataForm, Engine, Launch, RowInput } from '../engine.ts';
import { FRAMES, framesWhy } from '../pixels.ts';
import { grpoSettings, ours, paper, released, type Setting } from '../settings.ts';
import { dataAt, framesAt, perGpu, sampleText } from './shared.ts';

function row(input: RowInput): object {
  const [message] = (questionRow(input.sample) as { messages: { content: string }[] }).messages;
  const text = message.content.replace(/^<(video|image)>/, '');
  const images = framesAt(input);
  return {
    prompt: `${'<image>'.repeat(images.length)}${text}`,
    images,
    label: sampleText(input.sample),
    datasource: 'videorft',
  };
}

const data: DataForm = {
  kind: 'rows',
  file: () => 'data/rl.jsonl',
  frames: () => 'data/frames',
  row: (_, input) => row(input),
};

/** How often the samples are gone through for the steps: OpenRLHF counts episodes, and drops what fills no batch. */
function episodesOf({ grpo }: Launch, samples: number): number {
  const steps = Math.floor(samples / grpo.questions);
  if (steps > 0) return Math.ceil(grpo.steps / steps);
  throw new VideorftError('there are fewer samples than questions of a step', {
    code: 'export-few',
    facts: { samples, questions: grpo.questions },
    fix: 'name more samples, or set --grpo.questions',
  });
}

/** A flag that is there or not. */
const flag = (setting: Setting): Setting => ({ ...setting, value: true });
const memory = 'memory: 7B in full on 80 GB';

export const openrlhf: Engine = {
  name: 'openrlhf',
  title: 'OpenRLHF',
  data,
  token: false,
  shim: false,
  install: "pip install 'openrlhf[vllm]>=0.11.2' pillow",
  missing: {
    sft: "OpenRLHF's SFT reads text alone: train the chains with ms-swift or LLaMA-Factory, and name the result with --model",
  },
  notes: [
    "OpenRLHF reads no videos: each is its 16 frames as pictures, which take twice the tokens of a video and tell the model no times. This is not the paper's input; ms-swift and verl have it.",
    'It names Qwen3.5 and Gemma 4 as the vision models that it was made for; whether it trains Qwen2.5-VL has not been tried here.',
    'Its requests carry no token, so the reward server asks for none and listens on this machine only. A sample that cannot be scored is a 422 there: OpenRLHF asks five times and then goes on without that reward.',
    'The standard deviation has no 1e-4 added as in Eq. 3 but 1e-9.',
  ],
  stages: {
    grpo: {
      form: 'args',
      settings: (launch, files) => {
        const { grpo, gpus } = launch;
        const set = grpoSettings(grpo);
        const completions = grpo.questions * grpo.groupSize;
        perGpu(completions, gpus, 'questions × completions of a step');
        const samples = Math.min(grpo.steps * grpo.questions, files.rows);
        return [
          ours('data.prompt_dataset', dataAt(launch, files).join(','), 'written beside this file'),
          ours('data.input_key', 'prompt', 'a column of the data'),
          ours('data.label_key', 'label', 'a column of the data: the sample, for the reward'),
          ours('data.image_key', 'images', 'a column of the data'),
          paper('data.max_images_per_prompt', FRAMES, framesWhy),
          flag(ours('data.apply_chat_template', true, 'prompts are messages')),
          ours('data.max_len', 9216, 'prompt and completion; 16 pictures take about 2,100 tokens'),
          set('data.max_samples', 'steps', samples),
          set('train.num_episodes', 'steps', episodesOf(launch, samples)),
          set('rollout.batch_size', 'questions'),
          set('rollout.n_samples_per_prompt', 'groupSize'),
          set('train.batch_size', 'questions', completions),
          ours('train.micro_batch_size', 1, memory),
          ours('rollout.micro_batch_size', 1, memory),
          released('train.max_epochs', 1, 'one update per batch'),
          set('rollout.max_new_tokens', 'maxTokens'),
          set('rollout.temperature', 'temperature'),
          set('rollout.top_p', 'topP'),
          paper('algo.advantage.estimator', 'group_norm', 'Eq. 3'),
          flag(paper('algo.kl.use_loss', true, 'Eq. 4')),
          paper('algo.kl.estimator', 'k3', 'Eq. 4: exp(x) − x − 1'),
          set('algo.kl.init_coef', 'beta'),
          set('actor.eps_clip_low_high', 'clipLow', [String(grpo.clipLow), String(grpo.clipHigh)]),
          paper('actor.loss_agg_mode', 'seq-mean-token-mean', 'Eq. 4, mean of each completion'),
          set('actor.adam.lr', 'learningRate'),
          set('actor.lr_scheduler', 'schedule'),
          set('actor.lr_warmup_ratio', 'warmupSteps', grpo.warmupSteps / grpo.steps),
          set('actor.adam.weight_decay', 'weightDecay'),
          ours('actor.adam.betas', ['0.9', '0.999'], "torch's, as in the released code"),
          set('actor.max_norm', 'maxGradNorm'),
          set('train.seed', 'seed'),
          flag(ours('actor.gradient_checkpointing_enable', true, memory)),
          ours('ds.zero_stage', 3, memory),
          released('ds.param_dtype', 'bf16'),
          ours('actor.num_nodes', 1, 'one machine'),
          paper('actor.num_gpus_per_node', gpus),
          ours('ref.num_nodes', 1, 'one machine'),
          paper('ref.num_gpus_per_node', gpus),
          ours('vllm.num_engines', gpus, 'one for each GPU'),
          ours('vllm.tensor_parallel_size', 1, '7B fits one GPU'),
          ours('vllm.gpu_memory_utilization', 0.5, 'memory: beside training'),
          flag(ours('train.colocate_all', true, 'the same GPUs train and roll out')),
          flag(ours('vllm.enable_sleep', true, 'memory: vLLM sleeps while training')),
          flag(ours('ds.enable_sleep', true, 'memory: DeepSpeed sleeps while vLLM writes')),
          ours('ckpt.output_dir', `${launch.at}/output/grpo`, 'where the model goes'),
          ours('ckpt.path', `${launch.at}/output/checkpoints`, 'where checkpoints go'),
          ours('ckpt.save_steps', 100, 'disk'),
          ours('ckpt.max_num', 2, 'disk'),
          ours('logger.tensorboard_dir', `${launch.at}/output/tensorboard`, 'no account needed'),
        ];
      },
      environment: () => [],
      command: () =>
        `python3 -m openrlhf.cli.train_ppo_ray "\${args[@]}" --actor.model_name_or_path "$MODEL" --reward.remote_url "$VIDEORFT_REWARDS_URL/get_reward"`,
    },
  },
};
