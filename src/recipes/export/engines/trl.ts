// TRL: both stages on pictures, by `trl sft` and `trl grpo`. It reads no videos: a video is its frames. Its data are a folder in the form
// "imagefolder" of the `datasets` library, which opens pictures when they are needed.
import { chainRow, questionRow } from '../../../curate/dataset/messages.ts';
import type { DataForm, Engine, Launch, RowInput, Stage } from '../engine.ts';
import { ours, paper, type Setting } from '../settings.ts';
import { relativePath, trainerGrpo, trainerSft } from './shared.ts';

const folder = (stage: Stage) => `data/${stage}`;
const sftOut = (launch: Launch) => `${launch.at}/output/sft`;

/** TRL puts the places of the pictures in front of the first message itself. */
const untagged = (content: string): string => content.replace(/^<(video|image)>/, '');
const said = (role: 'user' | 'assistant', content: string) => [{ role, content: untagged(content) }];

function row(stage: Stage, { sample, frames }: RowInput): object {
  const below = frames.map((frame) => frame.slice(folder(stage).length + 1));
  const { messages } = stage === 'sft' ? chainRow(sample) : (questionRow(sample) as ReturnType<typeof chainRow>);
  const shared = { images_file_names: below, prompt: said('user', messages[0].content) };
  if (stage === 'sft') return { ...shared, completion: said('assistant', messages[1].content) };
  const { problem_id, problem_type, data_type, solution, path } = sample;
  return { ...shared, problem_id: String(problem_id), problem_type, data_type, solution, path: relativePath(path) };
}

const data: DataForm = {
  kind: 'rows',
  file: (stage) => `${folder(stage)}/metadata.jsonl`,
  frames: (stage) => `${folder(stage)}/frames`,
  row,
};

const model: readonly Setting[] = [
  { key: 'dtype', value: 'bfloat16', origin: 'released' },
  ours('attn_implementation', 'flash_attention_2', 'speed'),
];
const runs: readonly Setting[] = [
  ours('dataset_train_split', 'train', 'the only one'),
  ours('eval_strategy', 'no', 'videorft eval does it'),
  ours('report_to', ['tensorboard'], 'no account needed'),
];
const dataset = (launch: Launch, stage: Stage) =>
  ours('dataset_name', `${launch.at}/${folder(stage)}`, 'written beside this file');

/** From the folder of the reward's file, by whose name it is found. */
const start = (stage: Stage): string =>
  `(cd "$here" && exec trl ${stage} --config "$config" --model_name_or_path "$MODEL" --accelerate_config zero3 --num_processes "$GPUS")`;

export const trl: Engine = {
  name: 'trl',
  title: 'TRL',
  data,
  token: true,
  shim: true,
  install: "pip install 'trl[vllm]>=1.16' deepspeed flash-attn pillow torchvision tensorboard",
  missing: {},
  notes: [
    'The KL term is not cut at |x| = 10 as in Eq. 4 here: k3 of the difference as it is. On runs that stay near their reference it is the same.',
    'TRL weighs tokens by how far the log-probabilities of vLLM are from its own (vllm_importance_sampling_correction, on by default); Eq. 4 does not.',
    "TRL reads no videos: each is its 16 frames as pictures, which take twice the tokens of a video and tell the model no times. This is not the paper's input; ms-swift and verl have it.",
  ],
  stages: {
    sft: {
      form: 'yaml',
      settings: (launch) => [
        ...model,
        dataset(launch, 'sft'),
        ours('max_length', 16384, 'longest sequence; 16 pictures take about 2,100 tokens'),
        paper('completion_only_loss', true, 'the answer is what is learned'),
        ...trainerSft(launch, sftOut(launch)),
        ...runs,
      ],
      environment: () => [],
      command: () => start('sft'),
    },
    grpo: {
      form: 'yaml',
      settings: (launch) => [
        ...model,
        dataset(launch, 'grpo'),
        ours('reward_funcs', ['videorft_rewards.videorft_reward'], 'our rewards'),
        ...trainerGrpo(launch, `${launch.at}/output/grpo`),
        ours('use_vllm', true, 'speed of rollouts'),
        ours('vllm_mode', 'colocate', 'the same GPUs train and roll out'),
        ours('vllm_gpu_memory_utilization', 0.4, 'memory: beside training'),
        ours('vllm_enable_sleep_mode', true, 'memory: vLLM sleeps while training'),
        ours('vllm_max_model_length', 9216, 'prompt and completion'),
        ...runs,
      ],
      environment: () => [],
      command: () => start('grpo'),
      afterSft: sftOut,
    },
  },
};
