// `videorft doctor`: tries everything that the program needs of the machine and prints a table; exit status 1 if
// something fails. Leaves out: repairing it.
import { z } from 'zod';
import { twoColumns } from '../base/config-help.ts';
import { machineChecks, runChecks } from './checks.ts';
import { defineCommand } from './command.ts';

export const command = defineCommand({
  about: `Tries Node, ONNX Runtime, a GPU, video and image libraries, and looks at cores, memory and disk: what of videorft works here, for the
published models or for one of yours, and what to do about the rest.`,
  examples: [
    { args: 'doctor', does: 'a table of what works' },
    { args: 'doctor --dir /data', does: 'look at the disk that runs will be written to' },
    { args: 'doctor --model Qwen2.5-VL-3B-Instruct', does: 'what a model folder can be used for in this memory' },
  ],
  schema: z.object({
    dir: z.string().default('.').describe('directory whose disk runs will be written to'),
    model: z.string().optional().describe('folder of a model; absent: the published sizes'),
  }),
  run: async ({ config, print }) => {
    const results = await runChecks(machineChecks(config.dir, config.model));
    print(
      twoColumns(
        results.map(({ what, state, detail }) => [`${state.padEnd(4)}  ${what}`, detail]),
        20,
      ),
    );
    const failed = results.filter((result) => result.state === 'fail').length;
    print(failed === 0 ? 'This machine can run videorft.' : `${failed} of ${results.length} checks failed.`);
    return failed === 0 ? 0 : 1;
  },
});
