// Runs 32 linear layers whose weights are fed as f16 or bf16 (the second word) and prints what the run added to this process's memory, in MB; `backward`: with the
// gradient of the input. A child of test/engine-memory.test.ts, since a peak belongs to a process.
import { readFileSync } from 'node:fs';
import { type Buffer, compile, f32, gradients, input, type Node, sum } from '../../src/engine/index.ts';
import { graphWeights } from '../../src/models/weights.ts';

const [LAYERS, WIDTH] = [32, 1536];
const shapes = Object.fromEntries(Array.from({ length: LAYERS }, (_, i) => [`${i}.weight`, [WIDTH, WIDTH]]));
const backward = process.argv[2] === 'backward';
const dtype = process.argv[3] === 'bf16' ? 'bf16' : 'f16';

const w = graphWeights(shapes, {
  narrow: new Map(Object.keys(shapes).map((name) => [name, dtype])),
  forwardOnly: !backward,
});
const x = input('x', [2, WIDTH]);
let y = x;
for (let i = 0; i < LAYERS; i++) y = w.linear(y, String(i));
const outputs: Record<string, Node> = backward ? { y, gx: gradients(sum(y), [x])[0] } : { y };

const feeds: Record<string, Buffer> = { x: f32(new Float32Array(2 * WIDTH).fill(1), [2, WIDTH]) };
for (const [name, shape] of Object.entries(shapes))
  feeds[name] = { dtype, shape, data: new Uint16Array(WIDTH * WIDTH).fill(0x1000) };
const program = await compile(outputs);
const peakKb = () => Number(/VmHWM:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
const before = peakKb();
await program.run(feeds);
const wideMb = (LAYERS * WIDTH * WIDTH * 4) / 2 ** 20;
console.log(JSON.stringify({ addedMb: (peakKb() - before) / 1024, wideMb }));
