// What a trainer is to the export: its stages, how it is given samples, its configuration, and the command that starts it. One file in
// engines/ fulfils it for each; nothing else knows their names for things.
import type { Sample } from '../../data/sample.ts';
import type { ParquetColumn } from '../../data/write-parquet.ts';
import type { EngineName, GrpoKnobs, SftKnobs } from './config.ts';
import type { Setting } from './settings.ts';

export type Stage = 'sft' | 'grpo';

/** Pictures of one sample, written for trainers that read no videos: paths below the launch folder. */
export type Frames = readonly string[];

/** What of the export is the same for every file of it. */
export interface Launch {
  /** Where the folder will lie. */
  readonly at: string;
  readonly mediaAt: string;
  readonly model: string;
  readonly gpus: number;
  /** Those that are written. */
  readonly stages: readonly Stage[];
  readonly sft: SftKnobs;
  readonly grpo: GrpoKnobs;
}

/** A stage whose data is written. */
export interface StageData {
  readonly rows: number;
  /** Below the launch folder, those that are there. */
  readonly files: readonly string[];
}

export interface RowInput {
  readonly sample: Sample;
  /** Empty unless the engine asks for frames. */
  readonly frames: Frames;
  readonly launch: Launch;
  readonly index: number;
}

export interface StageSpec {
  /** The configuration: `yaml`, or `args` for trainers that take flags only. */
  readonly form: 'yaml' | 'args';
  settings(launch: Launch, data: StageData): readonly Setting[];
  /** Environment of the trainer. */
  environment(launch: Launch): readonly Setting[];
  /** One command of bash that starts it: $MODEL, $GPUS, $config (the configuration) and $here are set, and ${args[@]} where the form is args. */
  command(launch: Launch): string;
  /** A bash expression for the folder that SFT's model is in, to go on from. */
  afterSft?(launch: Launch): string;
}

/** Data in one of the forms of a data set, or rows of the engine's own. */
export type DataForm =
  | { readonly kind: 'form'; readonly name: 'ms-swift' | 'llama-factory' }
  | {
      readonly kind: 'rows';
      /** The file that a sample goes into, below the launch folder. */
      file(stage: Stage, sample: Sample): string;
      row(stage: Stage, input: RowInput): object;
      /** Of a stage whose one file is Parquet; absent: JSON lines. */
      columns?(stage: Stage): readonly ParquetColumn[] | undefined;
      /** Folder for frames below the launch folder; absent: the engine reads videos. */
      frames?(stage: Stage): string;
      /** Only one kind of medium in a run: samples of the rarer kind are left out. */
      readonly oneMedium?: boolean;
    };

export interface Engine {
  readonly name: EngineName;
  readonly title: string;
  readonly stages: { readonly [S in Stage]?: StageSpec };
  /** Why a stage is not there, and what to do instead. */
  readonly missing: { readonly [S in Stage]?: string };
  readonly data: DataForm;
  /** Whether its requests to the reward server carry a token. */
  readonly token: boolean;
  /** Whether a file of integrations/ is copied beside the configuration. */
  readonly shim: boolean;
  /** What to install on the cluster, as one line of a shell. */
  readonly install: string;
  /** Where it departs from the paper's run, for the README. */
  readonly notes: readonly string[];
  /** Further files by name. */
  readonly extra?: Readonly<Record<string, string>>;
}
