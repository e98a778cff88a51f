// A training run without a model, to be killed: each step's state is the hash of the one before, so that a step that is
// lost, doubled or done from another state shows in everything after it. Run: node child.ts DIRECTORY STEPS
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { sha256 } from '../../../src/base/hash.ts';
import { openRun } from '../../../src/runs/index.ts';

const [dir, steps] = [process.argv[2], Number(process.argv[3])];
const run = await openRun(dir, { command: 'kills', config: { steps }, versions: {} });
const { checkpoint, step: first } = await run.resume();
let state = checkpoint ? readFileSync(join(checkpoint.dir, 'state.txt'), 'utf8') : 'start';
console.log(`ready at ${first}`);
for (let step = first; step < steps; step++) {
  state = sha256(`${state} ${step}`);
  await run.metrics.append({ step, state });
  await run.rollouts.write(step, [{ step, text: state.repeat(40) }]);
  if ((step + 1) % 5 === 0 || step + 1 === steps) {
    await run.checkpoints.save(step + 1, async (to) => {
      writeFileSync(join(to, 'large.bin'), state.repeat(2000));
      await setTimeout(1);
      writeFileSync(join(to, 'state.txt'), state);
    });
    await run.checkpoints.prune(2);
  }
}
run.close();
