// Where the time of a training step goes: runs steps with ONNX Runtime's trace on and prints the last one's time by operator and by
// shape. Run: npx node bench/profile.ts [--part ii] [--size micro] [--steps 3] [--variant fused|all-logits]
// Leaves out: generation, the training port (several programs a step), the peer.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { VideorftError } from '../src/base/errors.ts';
import { prepareDecoder, prepareSft } from './engine/prepare.ts';
import type { SftVariant } from './engine/protocol.ts';
import { readShapes, type SizeName } from './engine/shapes.ts';
import { withFolder } from './engine/sides.ts';
import { formatShares, summarizeTrace, type Trace, type TraceEvent } from './engine/trace.ts';
import { openDecoder } from './engine/work-decoder.ts';
import { openSft } from './engine/work-sft.ts';

interface ProfileOptions {
  readonly part: 'i' | 'ii';
  readonly size: SizeName;
  readonly steps: number;
  readonly variant: SftVariant;
}

/** Takes `steps` steps and reads the trace of the last. */
export function profileStep({ part, size, steps, variant }: ProfileOptions): Promise<Trace> {
  const shapes = readShapes();
  return withFolder(async (dir) => {
    const [prepare, open] = part === 'i' ? [prepareDecoder, openDecoder] : [prepareSft, openSft];
    await prepare(dir, shapes.sizes[size], shapes.seed);
    const args = { dir, threads: shapes.threads, optimizer: shapes.optimizer, variant };
    const work = await open(args, { profile: join(dir, 'trace') });
    for (let i = 0; i < steps; i++) await work.step();
    await work.close();
    const file = (await readdir(dir)).find((name) => name.startsWith('trace') && name.endsWith('.json'));
    if (!file) throw new VideorftError('ONNX Runtime wrote no trace', { code: 'bench-trace' });
    return summarizeTrace(JSON.parse(await readFile(join(dir, file), 'utf8')) as TraceEvent[]);
  });
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      part: { type: 'string', default: 'ii' },
      size: { type: 'string', default: 'micro' },
      steps: { type: 'string', default: '3' },
      variant: { type: 'string', default: 'fused' },
    },
  });
  const trace = await profileStep({
    part: values.part === 'i' ? 'i' : 'ii',
    size: values.size as SizeName,
    steps: Number(values.steps),
    variant: values.variant as SftVariant,
  });
  console.log(`one step: ${trace.runMs.toFixed(1)} ms\n\n${formatShares(trace.byOperator)}\n`);
  console.log(`${formatShares(trace.byShape, 25)}`);
}
