// LLaMA-Factory: SFT on videos. Its data and their index are a form of the data set (curate/dataset/).
import type { Engine } from '../engine.ts';
import { FRAMES, framesWhy, MAX_PIXELS, MIN_PIXELS, pixelsWhy } from '../pixels.ts';
import { ours, paper } from '../settings.ts';
import { trainerSft } from './shared.ts';

/** ZeRO 3 with what Trainer knows left to it. */
const zero3 = {
  train_batch_size: 'auto',
  train_micro_batch_size_per_gpu: 'auto',
  gradient_accumulation_steps: 'auto',
  gradient_clipping: 'auto',
  zero_allow_untested_optimizer: true,
  bf16: { enabled: 'auto' },
  zero_optimization: {
    stage: 3,
    overlap_comm: true,
    contiguous_gradients: true,
    stage3_gather_16bit_weights_on_model_save: true,
  },
};

export const llamaFactory: Engine = {
  name: 'llama-factory',
  title: 'LLaMA-Factory',
  data: { kind: 'form', name: 'llama-factory' },
  token: false,
  shim: false,
  install: "pip install 'llamafactory>=0.9.5' av deepspeed flash-attn",
  missing: {
    grpo: 'LLaMA-Factory has no GRPO: export the questions for ms-swift or verl, with --model naming what this run has trained',
  },
  notes: [
    'Frames are scaled to whole pixels before the processor sees them, and pictures of fewer pixels are scaled up; a clip of fewer than 16 frames keeps those it has.',
  ],
  extra: { 'ds_zero3.json': `${JSON.stringify(zero3, null, 2)}\n` },
  stages: {
    sft: {
      form: 'yaml',
      settings: (launch, { files }) => [
        ours('stage', 'sft', 'the trainer'),
        ours('do_train', true, 'the trainer'),
        paper('finetuning_type', 'full', 'the entire model is trained'),
        paper('freeze_vision_tower', false, 'the entire model is trained'),
        paper('freeze_multi_modal_projector', false, 'the entire model is trained'),
        ours('template', 'qwen2_vl', "Qwen2.5-VL's, without a system prompt of ours"),
        ours('flash_attn', 'fa2', 'speed'),
        ours('deepspeed', `${launch.at}/ds_zero3.json`, 'memory: 7B in full on 80 GB'),
        ours('dataset_dir', `${launch.at}/data/llama-factory`, 'written beside this file'),
        ours('dataset', files.map(datasetOf).join(','), 'names in dataset_info.json'),
        ours('media_dir', launch.mediaAt, 'media are named below it'),
        ours('cutoff_len', 16384, 'longest sequence; 16 frames take about 1,100 tokens'),
        paper('video_maxlen', FRAMES, framesWhy),
        ours('video_fps', 1000, 'so that video_maxlen alone decides; the model is told the true rate'),
        paper('video_min_pixels', MIN_PIXELS, pixelsWhy),
        paper('video_max_pixels', MAX_PIXELS, pixelsWhy),
        paper('image_min_pixels', MIN_PIXELS, 'a picture has the pixels of a frame'),
        paper('image_max_pixels', MAX_PIXELS, 'a picture has the pixels of a frame'),
        ours('preprocessing_num_workers', 16, 'processor cores'),
        ours('dataloader_num_workers', 4, 'processor cores'),
        ...trainerSft(launch, `${launch.at}/output/sft`),
        ours('ddp_timeout', 180000000, 'preparing the data takes long'),
        ours('report_to', 'none', 'no account needed'),
      ],
      environment: () => [],
      command: () =>
        'FORCE_TORCHRUN=1 NPROC_PER_NODE="$GPUS" llamafactory-cli train "$config" model_name_or_path="$MODEL"',
    },
  },
};

/** data/llama-factory/cot-video.jsonl → videorft_cot_video, its name in dataset_info.json. */
const datasetOf = (file: string): string =>
  `videorft_${file.replace(/^.*\//, '').replace('.jsonl', '').replace('-', '_')}`;
