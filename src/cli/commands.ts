// The table of commands, in the order of the help text. To add one: a file here that exports `command`, and its line.
import type { CommandEntry } from './command.ts';

export const commands: readonly CommandEntry[] = [
  {
    name: 'speedrun',
    summary: 'the whole method once, on this machine: curate, SFT, GRPO, evaluate, report',
    load: () => import('./speedrun.ts'),
  },
  {
    name: 'config',
    summary: 'print the default configuration of a command as YAML',
    load: () => import('./config.ts'),
  },
  {
    name: 'curate',
    summary: 'make chains of thought from samples with three experts',
    load: () => import('./curate.ts'),
  },
  { name: 'doctor', summary: 'check that this machine can run everything', load: () => import('./doctor.ts') },
  {
    name: 'pretrain',
    summary: 'make the micro base model and the micro SigLIP from nothing',
    load: () => import('./pretrain.ts'),
  },
  {
    name: 'baselines',
    summary: 'train the blind and the single-frame baseline of the speedrun',
    load: () => import('./baselines.ts'),
  },
];
