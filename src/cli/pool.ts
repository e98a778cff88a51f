// `videorft pool`: runs of several seeds as one experiment.
import { z } from 'zod';
import { VideorftError } from '../base/errors.ts';
import { poolRuns } from '../recipes/speedrun/pool.ts';
import type { Interval } from '../report/index.ts';
import { defineCommand } from './command.ts';

const points = (x: number) => (100 * x).toFixed(1);
const shown = ({ estimate, low, high }: Interval) => `${points(estimate)} [${points(low)}, ${points(high)}]`;

export const command = defineCommand({
  about: `Pools finished runs of the speedrun: accuracy of base, SFT and RFT (thinking, strict) over all their held-out questions, and the
gain of RFT over SFT, paired question by question, with 95% bootstrap intervals that redraw whole videos. In per cent and points.`,
  positionals: 'run folders',
  examples: [{ args: 'pool runs/long-0 runs/long-1 runs/long-2', does: 'three seeds as one experiment' }],
  schema: z.strictObject({ json: z.boolean().default(false).describe('Print JSON instead of a table.') }),
  run: async ({ config, positionals, print }) => {
    if (positionals.length === 0)
      throw new VideorftError('no run was named', { code: 'pool-run', fix: 'videorft pool runs/speedrun' });
    const pooled = await poolRuns(positionals);
    if (config.json) {
      print(JSON.stringify(pooled));
      return 0;
    }
    for (const { model, runs, pooled: all } of pooled.models)
      print(`${model.padEnd(5)} ${shown(all)}   runs: ${runs.map((r) => points(r.estimate)).join(', ')}`);
    print(`RFT - SFT ${shown(pooled.rftMinusSft)} points, n = ${pooled.n}`);
    return 0;
  },
});
