// What several trainers share: the sample as JSON text, paths, batches per GPU, settings of Hugging Face's Trainer. Pure.
import { VideorftError } from '../../../base/errors.ts';
import type { Sample } from '../../../data/sample.ts';
import type { SftKnobs } from '../config.ts';
import type { Launch, RowInput, Stage, StageData } from '../engine.ts';
import { grpoSettings, type KnobSetting, ours, paper, type Setting, sftSettings } from '../settings.ts';

/** Below a root, whatever './' it began with. */
export const relativePath = (path: string): string => path.replace(/^(\.\/)+/, '');

export const mediaAt = (launch: Launch, sample: Sample): string => `${launch.mediaAt}/${relativePath(sample.path)}`;
export const framesAt = ({ launch, frames }: RowInput): string[] => frames.map((frame) => `${launch.at}/${frame}`);

/** The sample as integrations/README.md describes it, for trainers that hand one text on to the reward. */
export const sampleText = ({ problem_id, problem_type, data_type, options, solution, path }: Sample): string =>
  JSON.stringify({
    ...{ problem_id, problem_type, data_type },
    ...(options && options.length > 0 ? { options } : {}),
    ...{ solution, path: relativePath(path) },
  });

/** `total` over the GPUs. Throws 'export-batch' where it cannot be. */
export function perGpu(total: number, gpus: number, what: string): number {
  if (total % gpus === 0) return total / gpus;
  throw new VideorftError(`${what} cannot be shared equally by ${gpus} GPUs`, {
    code: 'export-batch',
    facts: { total, gpus },
    fix: `choose a number that ${gpus} divides, or another --gpus`,
  });
}

/** Throws 'export-schedule' for one that the trainer does not have. */
export function requireSchedule(title: string, schedule: string, offered: readonly string[]): string {
  if (offered.includes(schedule)) return schedule;
  throw new VideorftError(`${title} has no schedule called ${schedule}`, {
    code: 'export-schedule',
    fix: `choose ${offered.join(' or ')}`,
  });
}

const memory = 'memory: 7B in full on 80 GB';

type Optimizer = Pick<SftKnobs, 'learningRate' | 'schedule' | 'warmupSteps' | 'weightDecay' | 'maxGradNorm' | 'seed'>;

const trainerOptimizer = (set: KnobSetting<Optimizer>): Setting[] => [
  set('learning_rate', 'learningRate'),
  set('lr_scheduler_type', 'schedule'),
  set('warmup_steps', 'warmupSteps'),
  set('weight_decay', 'weightDecay'),
  set('max_grad_norm', 'maxGradNorm'),
  set('seed', 'seed'),
];

/** Optimizer and batches of SFT where Hugging Face's Trainer runs it. */
export function trainerSft({ sft, gpus }: Launch, out: string): Setting[] {
  const set = sftSettings(sft);
  return [
    ours('output_dir', out, 'where checkpoints go'),
    set('num_train_epochs', 'epochs'),
    ours('per_device_train_batch_size', 1, memory),
    set('gradient_accumulation_steps', 'batchSize', perGpu(sft.batchSize, gpus, 'the batch of SFT')),
    ...trainerOptimizer(set),
    ...trainerRuns,
  ];
}

/** Optimizer, batches and objective of GRPO where TRL's trainer runs it, or one made from it. */
export function trainerGrpo({ grpo, gpus }: Launch, out: string): Setting[] {
  const set = grpoSettings(grpo);
  const completions = grpo.questions * grpo.groupSize;
  return [
    ours('output_dir', out, 'where checkpoints go'),
    set('max_steps', 'steps'),
    set('num_generations', 'groupSize'),
    ours('per_device_train_batch_size', 1, memory),
    set('gradient_accumulation_steps', 'questions', perGpu(completions, gpus, 'questions × completions of a step')),
    set('max_completion_length', 'maxTokens'),
    set('temperature', 'temperature'),
    set('top_p', 'topP'),
    set('beta', 'beta'),
    set('epsilon', 'clipLow'),
    set('epsilon_high', 'clipHigh'),
    ours('num_iterations', 1, 'one update per batch, as released'),
    { key: 'loss_type', value: 'grpo', origin: 'paper', why: 'Eq. 4, mean of each completion' },
    { key: 'scale_rewards', value: 'group', origin: 'paper', why: 'Eq. 3' },
    ...trainerOptimizer(set),
    ...trainerRuns,
  ];
}

const trainerRuns: readonly Setting[] = [
  { key: 'bf16', value: true, origin: 'released' },
  ours('gradient_checkpointing', true, memory),
  ours('logging_steps', 1, 'to see every step'),
  ours('save_strategy', 'steps', 'to go on after an end'),
  ours('save_steps', 100, 'disk'),
  ours('save_total_limit', 2, 'disk'),
];

/** Machines and names, as verl and EasyR1 spell them. */
export const oneMachine = ({ gpus }: Launch, stage: Stage): Setting[] => [
  ours('trainer.project_name', 'videorft', 'a name'),
  ours('trainer.experiment_name', stage, 'a name'),
  ours('trainer.nnodes', 1, 'one machine'),
  paper('trainer.n_gpus_per_node', gpus),
];

/** A note for the README, of trainers whose k3 is this one. */
export const klCut =
  'The KL term is cut at |x| = 20 and its value at 10, in Eq. 4 here x at 10. On runs that stay near their reference it is the same.';

/** "data/rl-video.jsonl" of each file, where it will lie. */
export const dataAt = (launch: Launch, { files }: StageData): string[] => files.map((file) => `${launch.at}/${file}`);

/** The newest of Trainer's checkpoints, for bash. */
export const lastCheckpoint = (folder: string): string =>
  `$(ls -d "${folder}"/checkpoint-* 2>/dev/null | sort -V | tail -n 1)`;
