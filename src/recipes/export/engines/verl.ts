// verl: both stages on videos, by its SFT trainer, which reads Parquet, and by its PPO trainer, which reads JSON lines.
import { chainRow, questionRow } from '../../../curate/dataset/messages.ts';
import type { ParquetColumn } from '../../../data/write-parquet.ts';
import type { DataForm, Engine, Launch, RowInput, StageData } from '../engine.ts';
import { FRAMES, MAX_PIXELS, MIN_PIXELS } from '../pixels.ts';
import { grpoSettings, ours, paper, released, type Setting, sftSettings } from '../settings.ts';
import { dataAt, klCut, mediaAt, oneMachine, perGpu, requireSchedule, sampleText } from './shared.ts';

function media({ sample, launch }: RowInput): object {
  const limits = { min_pixels: MIN_PIXELS, max_pixels: MAX_PIXELS };
  const file = mediaAt(launch, sample);
  return sample.data_type === 'video'
    ? { videos: [{ video: file, nframes: FRAMES, ...limits }] }
    : { images: [{ image: file, ...limits }] };
}

/** Both media in each row, one of them empty. */
function chain(input: RowInput): object {
  return { messages: chainRow(input.sample).messages, videos: [], images: [], ...media(input) };
}

const pixels = ['min_pixels', 'max_pixels'];
const chainColumns: readonly ParquetColumn[] = [
  { name: 'messages', kind: { records: ['role', 'content'] } },
  { name: 'videos', kind: { records: ['video'], integers: ['nframes', ...pixels] } },
  { name: 'images', kind: { records: ['image'], integers: pixels } },
];

const data: DataForm = {
  kind: 'rows',
  file: (stage, { data_type }) => (stage === 'sft' ? 'data/cot.parquet' : `data/rl-${data_type}.jsonl`),
  columns: (stage) => (stage === 'sft' ? chainColumns : undefined),
  row: (stage, input) => (stage === 'sft' ? chain(input) : question(input)),
};

function question(input: RowInput): object {
  return {
    data_source: 'videorft',
    prompt: (questionRow(input.sample) as { messages: object[] }).messages,
    ...media(input),
    reward_model: { style: 'rule', ground_truth: sampleText(input.sample) },
    extra_info: { index: input.index, problem_id: String(input.sample.problem_id) },
  };
}

const actor = (key: string) => `actor_rollout_ref.actor.${key}`;
const rollout = (key: string) => `actor_rollout_ref.rollout.${key}`;
const sftOut = ({ at }: Launch) => `${at}/output/sft`;
const memory = 'memory: 7B in full on 80 GB';

function sftLines(launch: Launch, files: StageData): Setting[] {
  const { sft, gpus } = launch;
  const set = sftSettings(sft);
  perGpu(sft.batchSize, gpus, 'the batch of SFT');
  return [
    ours('hydra.searchpath', ['pkg://verl.trainer.config'], "verl's own defaults"),
    ours('defaults', ['sft_trainer_engine', '_self_'], "verl's own defaults, then this file"),
    ours('data.train_files', dataAt(launch, files), 'written beside this file'),
    set('data.train_batch_size', 'batchSize'),
    ours('data.micro_batch_size_per_gpu', 1, memory),
    ours('data.use_dynamic_bsz', false, 'a micro batch is one chain'),
    ours('data.max_length', 16384, 'longest sequence; 16 frames take about 1,100 tokens'),
    ours('data.truncation', 'error', 'a cut chain is another chain'),
    ours('model.enable_gradient_checkpointing', true, memory),
    set('optim.lr', 'learningRate'),
    set('optim.lr_scheduler_type', 'schedule', requireSchedule('verl', sft.schedule, ['constant', 'cosine'])),
    set('optim.lr_warmup_steps', 'warmupSteps'),
    set('optim.weight_decay', 'weightDecay'),
    set('optim.clip_grad', 'maxGradNorm'),
    set('trainer.total_epochs', 'epochs'),
    set('trainer.seed', 'seed'),
    ...oneMachine(launch, 'sft'),
    ours('trainer.logger', ['console', 'tensorboard'], 'no account needed'),
    ours('trainer.default_local_dir', sftOut(launch), 'where checkpoints go'),
    ours('trainer.save_freq', 100, 'disk; the last step is saved too'),
    ours('trainer.max_ckpt_to_keep', 2, 'disk'),
    ours('checkpoint.save_contents', ['model', 'optimizer', 'extra', 'hf_model'], 'GRPO goes on from hf_model'),
  ];
}

export const verl: Engine = {
  name: 'verl',
  title: 'verl',
  data,
  token: true,
  shim: true,
  install: "pip install 'verl[vllm]>=0.9.1' 'qwen-vl-utils[decord]' flash-attn",
  missing: {},
  notes: [
    "verl 0.9.1's SFT does not import under transformers 5.24, under 4.57 it does.",
    'The standard deviation has 1e-6 added, in Eq. 3 here 1e-4.',
    klCut,
    'A further clip (clip_ratio_c, dual-clip PPO) acts where an advantage is negative and the ratio above 3; with one update per batch the ratio is 1.',
  ],
  stages: {
    sft: {
      form: 'yaml',
      settings: sftLines,
      environment: () => [],
      command: () =>
        'torchrun --standalone --nproc_per_node "$GPUS" -m verl.trainer.sft_trainer --config-path "$here" --config-name sft model.path="$MODEL"',
    },
    grpo: {
      form: 'yaml',
      settings: (launch, files) => {
        const { grpo, gpus } = launch;
        const set = grpoSettings(grpo);
        perGpu(grpo.questions * grpo.groupSize, gpus, 'questions × completions of a step');
        return [
          ours('hydra.searchpath', ['pkg://verl.trainer.config'], "verl's own defaults"),
          ours('defaults', ['ppo_trainer', '_self_'], "verl's own defaults, then this file"),
          ours('data.train_files', dataAt(launch, files), 'written beside this file'),
          ours('data.val_files', dataAt(launch, files), 'verl wants one; it is not evaluated on'),
          set('data.train_batch_size', 'questions'),
          ours('data.max_prompt_length', 8192, 'longest prompt; 16 frames take about 1,100 tokens'),
          set('data.max_response_length', 'maxTokens'),
          ours('data.filter_overlong_prompts', false, 'it would decode every video first'),
          ours('data.truncation', 'error', 'a cut prompt is another question'),
          set('data.seed', 'seed'),
          paper('algorithm.adv_estimator', 'grpo', 'Eq. 3'),
          paper('algorithm.norm_adv_by_std_in_grpo', true, 'Eq. 3'),
          paper('algorithm.use_kl_in_reward', false, 'Eq. 4'),
          ours('actor_rollout_ref.model.use_remove_padding', true, 'speed'),
          ours('actor_rollout_ref.model.enable_gradient_checkpointing', true, memory),
          set(actor('optim.lr'), 'learningRate'),
          set(
            actor('optim.lr_scheduler_type'),
            'schedule',
            requireSchedule('verl', grpo.schedule, ['constant', 'cosine']),
          ),
          set(actor('optim.lr_warmup_steps'), 'warmupSteps'),
          set(actor('optim.weight_decay'), 'weightDecay'),
          set(actor('optim.clip_grad'), 'maxGradNorm'),
          set(actor('grad_clip'), 'maxGradNorm'),
          set(actor('ppo_mini_batch_size'), 'questions'),
          ours(actor('ppo_micro_batch_size_per_gpu'), 1, memory),
          released(actor('ppo_epochs'), 1, 'one update per batch'),
          paper(actor('freeze_vision_tower'), false, 'the entire model is trained'),
          set(actor('clip_ratio'), 'clipLow'),
          set(actor('clip_ratio_low'), 'clipLow'),
          set(actor('clip_ratio_high'), 'clipHigh'),
          paper(actor('loss_agg_mode'), 'seq-mean-token-mean', 'Eq. 4, mean of each completion'),
          paper(actor('use_kl_loss'), true, 'Eq. 4'),
          set(actor('kl_loss_coef'), 'beta'),
          paper(actor('kl_loss_type'), 'low_var_kl', 'Eq. 4: exp(x) − x − 1'),
          ours(actor('entropy_coeff'), 0, 'not in Eq. 4'),
          ours('actor_rollout_ref.ref.log_prob_micro_batch_size_per_gpu', 1, memory),
          ours('actor_rollout_ref.ref.fsdp_config.param_offload', true, memory),
          ours(rollout('name'), 'vllm', 'speed of rollouts'),
          set(rollout('n'), 'groupSize'),
          set(rollout('temperature'), 'temperature'),
          set(rollout('top_p'), 'topP'),
          ours(rollout('tensor_model_parallel_size'), 1, '7B fits one GPU'),
          ours(rollout('gpu_memory_utilization'), 0.5, 'memory: beside training'),
          ours(rollout('max_num_batched_tokens'), 16384, 'a prompt is taken whole'),
          ours(rollout('log_prob_micro_batch_size_per_gpu'), 1, memory),
          ours('reward.custom_reward_function.path', `${launch.at}/videorft_rewards.py`, 'our rewards'),
          ours('reward.custom_reward_function.name', 'compute_score', 'our rewards'),
          set('trainer.total_training_steps', 'steps'),
          ours('trainer.total_epochs', 1000, 'the number of steps decides'),
          ...oneMachine(launch, 'grpo'),
          ours('trainer.logger', ['console', 'tensorboard'], 'no account needed'),
          ours('trainer.default_local_dir', `${launch.at}/output/grpo`, 'where checkpoints go'),
          ours('trainer.save_freq', 100, 'disk'),
          ours('trainer.test_freq', -1, 'videorft eval does it'),
          ours('trainer.val_before_train', false, 'videorft eval does it'),
        ];
      },
      environment: () => [],
      afterSft: (launch) => `$(ls -d "${sftOut(launch)}"/global_step_*/huggingface 2>/dev/null | sort -V | tail -n 1)`,
      command: () =>
        'python3 -m verl.trainer.main_ppo --config-path "$here" --config-name grpo actor_rollout_ref.model.path="$MODEL"',
    },
  },
};
