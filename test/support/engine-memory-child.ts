// Runs one training step of 12 wide blocks in a process of its own and prints its peak memory.
// Run: node test/support/engine-memory-child.ts plain|recompute  →  {"loss":…,"norm":…,"peakMb":…}
import { readFileSync } from 'node:fs';
import { compile } from '../../src/engine/compile.ts';
import { gradients } from '../../src/engine/grad.ts';
import { adamw, adamwScalars, zeroMoments } from '../../src/engine/optimizer.ts';
import { initialWeights, sampleIds, transformer } from '../../src/engine/transformer.fixture.ts';

const shape = { batch: 4, tokens: 320, width: 128, heads: 4, layers: 12, vocabulary: 256 };
const { loss, weights } = transformer(shape, process.argv[2] === 'recompute');
const params = [...weights.values()];
const { updates, gradNorm } = adamw(params, gradients(loss, params));
const program = await compile({ loss, gradNorm }, updates, { threads: 2 });
const start = initialWeights(shape, 1);
const memory = { ...start, ...zeroMoments(start) };
const results = await program.run({ ...memory, ...sampleIds(shape, 5), 'adamw:scalars': adamwScalars(1e-3, 1) });
const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'));
const [first, norm] = [results.loss, results.gradNorm].map((b) => (b.data as Float32Array)[0]);
console.log(JSON.stringify({ loss: first, norm, peakMb: Number(peak?.[1]) / 1024 }));
