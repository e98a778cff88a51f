// ms-swift: both stages on videos, by `swift sft` and `swift rlhf`. Its data are a form of the data set (curate/dataset/).
import type { Engine, Launch } from '../engine.ts';
import { FRAMES, framesWhy, MAX_PIXELS, MIN_PIXELS, pixelsWhy } from '../pixels.ts';
import { ours, paper, type Setting } from '../settings.ts';
import { dataAt, klCut, lastCheckpoint, trainerGrpo, trainerSft } from './shared.ts';

const sftOut = (launch: Launch) => `${launch.at}/output/sft`;

const model: readonly Setting[] = [
  ours('model_type', 'qwen2_5_vl', "the folder's name need not tell"),
  ours('template', 'qwen2_5_vl', "the folder's name need not tell"),
  paper('tuner_type', 'full', 'the entire model is trained'),
  paper('freeze_vit', false, 'the entire model is trained'),
  paper('freeze_aligner', false, 'the entire model is trained'),
  { key: 'torch_dtype', value: 'bfloat16', origin: 'released' },
  ours('attn_impl', 'flash_attn', 'speed'),
  ours('deepspeed', 'zero3', 'memory: 7B in full on 80 GB'),
];

const runs: readonly Setting[] = [
  ours('add_version', false, 'checkpoints lie where GRPO looks for them'),
  ours('split_dataset_ratio', 0, 'nothing is held out'),
  ours('eval_strategy', 'no', 'videorft eval does it'),
  ours('lazy_tokenize', true, 'videos are decoded when their turn comes'),
  ours('dataset_num_proc', 4, 'processor cores'),
  ours('dataloader_num_workers', 4, 'processor cores'),
  ours('report_to', 'tensorboard', 'no account needed'),
];

/** qwen-vl-utils reads these. */
const environment = (): readonly Setting[] => [
  paper('FPS_MIN_FRAMES', FRAMES, framesWhy),
  paper('FPS_MAX_FRAMES', FRAMES, framesWhy),
  paper('VIDEO_MIN_PIXELS', MIN_PIXELS, pixelsWhy),
  // The processor itself makes 1.05 times the minimum of it.
  paper('VIDEO_MAX_PIXELS', MIN_PIXELS, pixelsWhy),
  paper('MIN_PIXELS', MIN_PIXELS, 'a picture has the pixels of a frame'),
  paper('MAX_PIXELS', MAX_PIXELS, 'a picture has the pixels of a frame'),
];

/** Media are named below the media root, from which swift is started. */
const start = (command: string, { mediaAt }: Launch): string =>
  `(cd "${mediaAt}" && exec env NPROC_PER_NODE="$GPUS" swift ${command} "$config" --model "$MODEL")`;

export const msSwift: Engine = {
  name: 'ms-swift',
  title: 'ms-swift',
  data: { kind: 'form', name: 'ms-swift' },
  token: true,
  shim: true,
  install: "pip install 'ms-swift>=4.6' msgspec 'qwen-vl-utils[decord]' deepspeed flash-attn vllm",
  missing: {},
  notes: [klCut],
  stages: {
    sft: {
      form: 'yaml',
      settings: (launch, data) => [
        ...model,
        ours('dataset', dataAt(launch, data), 'written beside this file'),
        ours('max_length', 16384, 'longest sequence; 16 frames take about 1,100 tokens'),
        ...trainerSft(launch, sftOut(launch)),
        ...runs,
      ],
      environment,
      command: (launch) => start('sft', launch),
    },
    grpo: {
      form: 'yaml',
      settings: (launch, data) => [
        ours('rlhf_type', 'grpo', 'the trainer'),
        ...model,
        ours('dataset', dataAt(launch, data), 'written beside this file'),
        ours('max_length', 8192, 'longest prompt; 16 frames take about 1,100 tokens'),
        ours('external_plugins', [`${launch.at}/videorft_rewards.py`], 'our rewards'),
        ours('reward_funcs', ['videorft'], 'our rewards'),
        ...trainerGrpo(launch, `${launch.at}/output/grpo`),
        ours('use_vllm', true, 'speed of rollouts'),
        ours('vllm_mode', 'colocate', 'the same GPUs train and roll out'),
        ours('vllm_gpu_memory_utilization', 0.4, 'memory: beside training'),
        ours('vllm_max_model_len', 9216, 'prompt and completion'),
        ours('sleep_level', 1, 'memory: vLLM sleeps while training'),
        ...runs,
      ],
      environment,
      command: (launch) => start('rlhf', launch),
      afterSft: (launch) => lastCheckpoint(sftOut(launch)),
    },
  },
};
