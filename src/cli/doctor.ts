// `videorft doctor`: tries everything that the program needs of the machine and prints a table; exit status 1 if
// something fails. Leaves out: repairing it.
import { z } from 'zod';
import { twoColumns } from '../base/config-help.ts';
import { machineChecks, runChecks } from './checks.ts';
import { defineCommand } from './command.ts';

export const command = defineCommand({
  about: 'Tries Node, ONNX Runtime, video and image libraries, and looks at cores, memory and disk.',
  examples: [
    { args: 'doctor', does: 'a table of what works' },
    { args: 'doctor --dir /data', does: 'look at the disk that runs will be written to' },
  ],
  schema: z.object({ dir: z.string().default('.').describe('directory whose disk runs will be written to') }),
  run: async ({ config, print }) => {
    const results = await runChecks(machineChecks(config.dir));
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
