// `videorft merge`: an adapter becomes part of the model that it belongs to, as a model folder of its own.
import { join } from 'node:path';
import { z } from 'zod';
import { VideorftError } from '../base/errors.ts';
import { statIfPresent } from '../base/if-present.ts';
import { isAdapter } from '../models/index.ts';
import { modelFolder, openModel } from '../recipes/shipped.ts';
import { defineCommand } from './command.ts';

const schema = z.strictObject({
  model: z.string().describe('Folder of the adapter (PEFT), or the run directory of a training with lora.rank.'),
  out: z.string().describe('Folder of the merged model, which must not hold one yet.'),
  dtype: z.enum(['f32', 'f16', 'bf16']).default('f32').describe('How its weights are stored.'),
});

export const command = defineCommand({
  about: `Adds the low-rank updates of an adapter to the weights of its base and writes the whole model: config.json, tokenizer files and
model.safetensors, as others load them. Such a model can be trained on in full, or with an adapter of another kind.`,
  examples: [
    { args: 'merge --model runs/sft-lora --out models/sft', does: "a run's newest adapter" },
    {
      args: 'merge --model adapter --out merged --dtype bf16',
      does: 'an adapter made with PEFT, stored as published models are',
    },
  ],
  schema,
  run: async ({ config: { model, out, dtype }, print }) => {
    const folder = await modelFolder(model);
    if (!(await isAdapter(folder)))
      throw new VideorftError('this folder holds no adapter, so there is nothing to merge', {
        code: 'merge-adapter',
        facts: { model: folder },
        fix: 'name a folder with adapter_config.json and adapter_model.safetensors',
      });
    if (await statIfPresent(join(out, 'config.json')))
      throw new VideorftError('a model lies there already', {
        code: 'merge-out',
        facts: { out },
        fix: 'choose another --out',
      });
    const merged = await openModel(folder, { merge: true });
    await merged.save(out, merged.weights, dtype);
    print(out);
    return 0;
  },
});
