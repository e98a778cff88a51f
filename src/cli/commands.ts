// The table of commands, in the order of the help text. To add one: a file here that exports `command`, and its line.
import type { CommandEntry } from './command.ts';

export const commands: readonly CommandEntry[] = [
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
];
