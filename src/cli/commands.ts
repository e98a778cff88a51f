// The table of commands, in the order of the help text. To add one: a file here that exports `command`, and its line.
import type { CommandEntry } from './command.ts';

export const commands: readonly CommandEntry[] = [
  {
    name: 'speedrun',
    summary: 'the whole method once, on this machine: curate, SFT, GRPO, evaluate, report',
    load: () => import('./speedrun.ts'),
  },
  {
    name: 'pool',
    summary: 'runs of several seeds as one experiment, with paired intervals',
    load: () => import('./pool.ts'),
  },
  {
    name: 'ingest',
    summary: 'make one checked set of samples from question sets of any form',
    load: () => import('./ingest.ts'),
  },
  {
    name: 'curate',
    summary: 'make chains of thought from samples with three experts',
    load: () => import('./curate.ts'),
  },
  {
    name: 'review',
    summary: 'look at samples in the browser, accept, reject and edit them',
    load: () => import('./review.ts'),
  },
  {
    name: 'analyze',
    summary: 'what a data set holds, and what tells two apart: a page with figures',
    load: () => import('./analyze.ts'),
  },
  {
    name: 'push',
    summary: 'publish the data set of a curation on the Hub',
    load: () => import('./push.ts'),
  },
  { name: 'sft', summary: 'fine-tune a model on chains of thought', load: () => import('./sft.ts') },
  {
    name: 'grpo',
    summary: 'reinforce a model with format, accuracy and semantic rewards',
    load: () => import('./grpo.ts'),
  },
  {
    name: 'merge',
    summary: 'make an adapter part of its model',
    load: () => import('./merge.ts'),
  },
  {
    name: 'eval',
    summary: 'scores of a model on a benchmark or a sample file; result files compared and scored again',
    load: () => import('./eval.ts'),
  },
  {
    name: 'ablate',
    summary: "the paper's diagnostic tables for a base model, several seeds as one table",
    load: () => import('./ablate.ts'),
  },
  { name: 'chat', summary: 'ask a model about a video or a picture', load: () => import('./chat.ts') },
  { name: 'serve', summary: 'a model behind the OpenAI chat protocol', load: () => import('./serve.ts') },
  {
    name: 'serve rewards',
    summary: 'the rewards over HTTP, for trainers of others',
    load: () => import('./serve-rewards.ts'),
  },
  {
    name: 'export',
    summary: "a folder for the paper's run with another trainer, on GPUs",
    load: () => import('./export.ts'),
  },
  {
    name: 'world',
    summary: 'write a micro-world: clips with questions, to try the rest on',
    load: () => import('./world.ts'),
  },
  {
    name: 'config',
    summary: 'print the default configuration of a command as YAML',
    load: () => import('./config.ts'),
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
