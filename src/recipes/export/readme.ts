// The README of a launch folder: what to do on the cluster, in order, what the files are, and where the trainer departs from the paper. Pure.
import type { ExportConfig } from './config.ts';
import type { Engine, Launch, Stage } from './engine.ts';
import { originsHelp } from './settings.ts';

export interface StageCounts {
  readonly total: number;
  readonly written: number;
  readonly leftOut: number;
  readonly reasons: string;
}

export interface ReadmeInput {
  readonly engine: Engine;
  readonly launch: Launch;
  readonly config: Pick<ExportConfig, 'embedder' | 'mediaRoot'>;
  readonly counts: { readonly [S in Stage]?: StageCounts };
}

export const countsLine = (stage: Stage, { total, written, leftOut, reasons }: StageCounts): string =>
  `${stage.toUpperCase()}: in ${total} = written ${written} + left out ${leftOut}${reasons ? ` (${reasons})` : ''}`;

const embedderStep = (embedder: string): string =>
  `Put SigLIP, as transformers saves it, where \`embedder\` in rewards.yaml says: \`${embedder}\`, seen from this folder.`;

const steps = ({ engine, launch, config, counts }: ReadmeInput): string[] => {
  const grpo = counts.grpo !== undefined;
  const sft = counts.sft !== undefined;
  const video = engine.data.kind === 'form' || engine.data.frames === undefined;
  return [
    `Copy this folder to \`${launch.at}\`: its files name that place (another one: export again with \`--at\`).`,
    ...(video || grpo
      ? [`Copy the media (here \`${config.mediaRoot}\`) to \`${launch.mediaAt}\` (another place: \`--media-at\`).`]
      : []),
    ...(launch.model.startsWith('/') ? [`Copy the model to \`${launch.model}\`, or name its place: \`MODEL=…\`.`] : []),
    `Install the trainer in an environment of its own: \`${engine.install}\``,
    ...(grpo
      ? [
          `Install Node 24, and in this folder videorft, for the rewards: \`npm i videorft\` (a command of another place: \`VIDEORFT=…\`).`,
          ...(config.embedder === 'micro' ? [] : [embedderStep(config.embedder)]),
        ]
      : []),
    `\`python check.py\` in the trainer's environment: its own parser reads the configuration, its own loader the data.`,
    ...(sft ? [`\`bash sft.sh\`: SFT from ${launch.model} (another model: \`MODEL=… bash sft.sh\`).`] : []),
    ...(grpo
      ? [
          `\`bash grpo.sh\`: starts the reward server, tries it, then GRPO${sft && engine.stages.grpo?.afterSft ? ' from the newest model after SFT' : ` from ${launch.model}`} (another model: \`MODEL=… bash grpo.sh\`). The server's log is output/rewards.log; it ends with the script.`,
        ]
      : []),
    'What was trained: `videorft eval --model` takes a folder in Hugging Face layout; where the trainer saves shards, its own tools merge them.',
  ];
};

const files = ({ engine, counts }: ReadmeInput): string[] => {
  const stages = (['sft', 'grpo'] as const).filter((stage) => counts[stage]);
  return [
    ...stages.map(
      (stage) =>
        `\`${stage}.${engine.stages[stage]?.form}\`, \`${stage}.sh\`: configuration and start of ${stage.toUpperCase()}`,
    ),
    '`data/`: the samples, in the form that the trainer reads',
    ...(counts.grpo ? ["`rewards.yaml`: the reward server's settings; `probe.json`: what it is tried with"] : []),
    ...(engine.shim && counts.grpo ? ['`videorft_rewards.py`: the rewards in the trainer'] : []),
    ...Object.keys(engine.extra ?? {}).map((name) => `\`${name}\`: named in the configuration`),
    '`check.py` (with check_tools.py and check_trainer.py): the check; `launch.json`: what was exported, with its counts; `leftout.jsonl`: samples that were left out, with reasons',
  ];
};

const list = (lines: readonly string[], mark: (index: number) => string): string =>
  lines.map((line, i) => `${mark(i)} ${line}`).join('\n');

export function launchReadme(input: ReadmeInput): string {
  const { engine, launch, counts } = input;
  const missing = (['sft', 'grpo'] as const).flatMap((stage) => engine.missing[stage] ?? []);
  const lines = (['sft', 'grpo'] as const).flatMap((stage) => {
    const found = counts[stage];
    return found ? [countsLine(stage, found)] : [];
  });
  return `# The paper's run with ${engine.title}

Full-parameter training of ${launch.model} on ${launch.gpus} GPUs of one machine, written by \`videorft export\`. ${originsHelp} Every line of a
configuration says which.

${lines.join('\n')}

## In this order

${list(steps(input), (i) => `${i + 1}.`)}

## Files

${list(files(input), () => '-')}

## Not as in the paper

${list([...missing, ...engine.notes, 'No run with it has been made on GPUs by this project: what was checked is that the trainer parses the configuration and loads the data.'], () => '-')}
`;
}
