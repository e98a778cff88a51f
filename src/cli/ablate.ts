// `videorft ablate`: the paper's diagnostic tables of a base model, one command a seed; --merge makes one table of several.

import { UsageError } from '../base/config-flags.ts';
import { ablate, ablateConfig } from '../recipes/ablate/index.ts';
import { reportAblation } from '../recipes/ablate/results.ts';
import { defineCommand } from './command.ts';
import { commandLine } from './command-line.ts';
import { versions } from './versions.ts';

export const command = defineCommand({
  about: `Trains and asks the models of the paper's diagnostic tables on one micro-world: without refinement, SFT only, RL only, without the semantic
reward, with it ungated, and in full; full under several w; and full from other base models. What arms have in common is done once. All answer the same
held-out questions. Every arm is a run directory in --out. With --merge, folders of several seeds become one table.`,
  positionals: '[run folders, with --merge]',
  examples: [
    {
      args: 'ablate --seed 0 --out runs/ablate-0',
      does: 'all tables for one seed: at most 55 minutes on two quiet cores',
    },
    { args: 'ablate --dry-run', does: 'the plan with the time expected; nothing is trained' },
    {
      args: 'ablate --arms no-refinement,sft-only,full --w 2 --models models/small,models/large --out runs/ablate-two',
      does: 'some arms, one more w, and a second base model',
    },
    {
      args: 'ablate --merge runs/ablate-0 runs/ablate-1 runs/ablate-2 --out runs/ablation',
      does: 'three seeds as one table and figure',
    },
  ],
  schema: ablateConfig,
  resumable: true,
  run: async ({ config, positionals, signal, print }) => {
    if (config.merge !== positionals.length > 0)
      throw new UsageError(config.merge ? 'no folder to merge' : 'folders without --merge', {
        code: 'config-flag',
        fix: 'videorft ablate --merge runs/ablate-0 runs/ablate-1 --out runs/ablation, or no folder',
      });
    if (config.merge) {
      print(await reportAblation(positionals, config.out));
      return 0;
    }
    const command = commandLine();
    await ablate(config, { versions: await versions(), signal, command, print });
    if (!config.dryRun) print(await reportAblation([config.out], config.out));
    return 0;
  },
});
