// `videorft pretrain`: the micro base model (or a smaller one) and the micro SigLIP from nothing.

import { pretrainConfig } from '../recipes/pretrain/config.ts';
import { pretrain } from '../recipes/pretrain/index.ts';
import { defineCommand } from './command.ts';

export const command = defineCommand({
  about: `Trains the tokenizer, the vision tower on dense truth, the whole model on captions and short answers, and the micro SigLIP, all on
training compositions of the micro-world. Writes micro-base/ (nano-base/ with --size nano) and micro-siglip/. About 70 minutes on two cores.`,
  examples: [
    { args: 'pretrain', does: 'makes the shipped models anew, in assets/' },
    { args: 'pretrain --out /tmp/models --language-steps 300', does: 'a quick try' },
    {
      args: 'pretrain --size nano --siglip-steps 0 --out models --work runs/pretrain-nano',
      does: 'a second, smaller base model, for videorft ablate --models',
    },
  ],
  schema: pretrainConfig,
  resumable: true,
  run: async ({ config, signal, print }) => {
    const { seconds } = await pretrain(config, config.work, signal);
    print(
      Object.entries(seconds)
        .map(([stage, s]) => `${stage} ${Math.round(s)} s`)
        .join(', '),
    );
    return 0;
  },
});
