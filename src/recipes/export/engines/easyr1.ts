// EasyR1: GRPO. It takes frames by rate alone, never a number of them, so a video is given as the list of its frames; and it reads one kind of
// medium in a run.
import { questionRow } from '../../../curate/dataset/messages.ts';
import type { DataForm, Engine, RowInput } from '../engine.ts';
import { MAX_PIXELS, MIN_PIXELS, pixelsWhy } from '../pixels.ts';
import { grpoSettings, ours, paper, released } from '../settings.ts';
import { dataAt, framesAt, klCut, oneMachine, perGpu, requireSchedule, sampleText } from './shared.ts';

const media = (input: RowInput): object =>
  input.sample.data_type === 'video' ? { videos: [framesAt(input)] } : { images: framesAt(input) };

const data: DataForm = {
  kind: 'rows',
  oneMedium: true,
  file: () => 'data/rl.jsonl',
  frames: () => 'data/frames',
  row: (_, input) => ({
    problem: (questionRow(input.sample) as { messages: { content: string }[] }).messages[0].content,
    ...media(input),
    answer: sampleText(input.sample),
  }),
};

const memory = 'memory: 7B in full on 80 GB';
const actor = (key: string) => `worker.actor.${key}`;
const rollout = (key: string) => `worker.rollout.${key}`;

export const easyr1: Engine = {
  name: 'easyr1',
  title: 'EasyR1',
  data,
  token: true,
  shim: true,
  install: 'git clone https://github.com/hiyouga/EasyR1 && pip install -e EasyR1',
  missing: {
    sft: 'EasyR1 has no SFT: train the chains with ms-swift or LLaMA-Factory, and name the result with --model',
  },
  notes: [
    'The standard deviation has 1e-6 added, in Eq. 3 here 1e-4.',
    "A video is given as its 16 frames, for EasyR1 can be told a rate only; it then takes them for 2 frames a second, whatever the video's true rate is.",
    klCut,
    'A run has videos or pictures, not both: samples of the rarer kind are left out (leftout.jsonl).',
  ],
  stages: {
    grpo: {
      form: 'yaml',
      settings: (launch, files) => {
        const { grpo, gpus } = launch;
        const set = grpoSettings(grpo);
        perGpu(grpo.questions * grpo.groupSize, gpus, 'questions × completions of a step');
        const [file] = dataAt(launch, files);
        return [
          ours('data.train_files', file, 'written beside this file'),
          ours('data.val_files', file, 'EasyR1 wants one; it is not evaluated on'),
          ours('data.prompt_key', 'problem', 'a column of the data'),
          ours('data.answer_key', 'answer', 'a column of the data: the sample, for the reward'),
          ours('data.max_prompt_length', 8192, 'longest prompt; 16 frames take about 1,100 tokens'),
          set('data.max_response_length', 'maxTokens'),
          set('data.rollout_batch_size', 'questions'),
          ours('data.filter_overlong_prompts', false, 'it would open every video first'),
          paper('data.min_pixels', MIN_PIXELS, pixelsWhy),
          paper('data.max_pixels', MAX_PIXELS, pixelsWhy),
          set('data.seed', 'seed'),
          paper('algorithm.adv_estimator', 'grpo', 'Eq. 3'),
          paper('algorithm.use_kl_loss', true, 'Eq. 4'),
          paper('algorithm.kl_penalty', 'low_var_kl', 'Eq. 4: exp(x) − x − 1'),
          set('algorithm.kl_coef', 'beta'),
          set(actor('global_batch_size'), 'questions'),
          ours(actor('micro_batch_size_per_device_for_update'), 1, memory),
          ours(actor('micro_batch_size_per_device_for_experience'), 1, memory),
          set(actor('max_grad_norm'), 'maxGradNorm'),
          set(actor('clip_ratio_low'), 'clipLow'),
          set(actor('clip_ratio_high'), 'clipHigh'),
          paper(actor('loss_avg_mode'), 'seq', 'Eq. 4, mean of each completion'),
          released(actor('ppo_epochs'), 1, 'one update per batch'),
          ours(actor('model.enable_gradient_checkpointing'), true, memory),
          paper(actor('model.freeze_vision_tower'), false, 'the entire model is trained'),
          set(actor('optim.lr'), 'learningRate'),
          set(
            actor('optim.lr_scheduler_type'),
            'schedule',
            requireSchedule('EasyR1', grpo.schedule, ['constant', 'cosine']),
          ),
          set(actor('optim.lr_warmup_steps'), 'warmupSteps'),
          ours(actor('optim.min_lr_ratio'), 0, 'the cosine ends at 0'),
          set(actor('optim.weight_decay'), 'weightDecay'),
          ours(actor('offload.offload_params'), true, memory),
          ours(actor('offload.offload_optimizer'), true, memory),
          ours('worker.ref.fsdp.enable_cpu_offload', true, memory),
          set(rollout('n'), 'groupSize'),
          set(rollout('temperature'), 'temperature'),
          set(rollout('top_p'), 'topP'),
          ours(rollout('tensor_parallel_size'), 1, '7B fits one GPU'),
          ours(rollout('gpu_memory_utilization'), 0.5, 'memory: beside training'),
          ours(rollout('max_num_batched_tokens'), 16384, 'a prompt is taken whole'),
          ours('worker.reward.reward_function', `${launch.at}/videorft_rewards.py:compute_score`, 'our rewards'),
          set('trainer.max_steps', 'steps'),
          ours('trainer.logger', ['file', 'tensorboard'], 'no account needed'),
          ...oneMachine(launch, 'grpo'),
          ours('trainer.val_freq', -1, 'videorft eval does it'),
          ours('trainer.val_before_train', false, 'videorft eval does it'),
          ours('trainer.save_freq', 100, 'disk'),
          ours('trainer.save_limit', 2, 'disk'),
          ours('trainer.save_checkpoint_path', `${launch.at}/output/grpo`, 'where checkpoints go'),
        ];
      },
      environment: () => [],
      command: () => 'python3 -m verl.trainer.main config="$config" worker.actor.model.model_path="$MODEL"',
    },
  },
};
