// What the machine can do at most, measured: f32 matrix products through ONNX Runtime, and memory traffic of large copies.
import { compile, f32, input, matmul, neg } from '../../src/engine/index.ts';

const TRIES = 5;

async function fastest(work: () => Promise<void>): Promise<number> {
  await work();
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < TRIES; i++) {
    const start = performance.now();
    await work();
    best = Math.min(best, (performance.now() - start) / 1000);
  }
  return best;
}

/** Largest rate of f32 matrix products of this size, GFLOP/s. */
export async function measureGemm(side: number, threads: number): Promise<number> {
  const [a, b] = [input('a', [side, side]), input('b', [side, side])];
  const program = await compile({ c: matmul(a, b) }, [], { threads });
  const values = () =>
    f32(
      Float32Array.from({ length: side * side }, (_, i) => ((i * 7) % 13) / 13),
      [side, side],
    );
  const feeds = { a: values(), b: values() };
  const seconds = await fastest(async () => {
    await program.run(feeds);
  });
  await program.dispose();
  return (2 * side ** 3) / seconds / 1e9;
}

/**
 * Largest rate of memory traffic, GB/s, reading and writing counted apart: `bytes` read and written by all threads (an operation in
 * place) and by a plain copy; the faster counts.
 */
export async function measureTraffic(bytes: number, threads: number): Promise<number> {
  const count = bytes / 4;
  const x = input('x', [count]);
  const program = await compile({}, [{ target: x, value: neg(x) }], { threads });
  const [from, to] = [new Float32Array(count).fill(1), new Float32Array(count)];
  const feeds = { x: f32(from, [count]) };
  const inPlace = await fastest(async () => {
    await program.run(feeds);
  });
  await program.dispose();
  const copy = await fastest(async () => to.set(from));
  return (2 * bytes) / Math.min(inPlace, copy) / 1e9;
}
