// Ways to compute x·Wᵀ of a published layout on the GPU, alone, at the shape of an MLP of 3B; and how fast values travel.
import { createBuffer, f32, release, toHost } from '../../src/engine/index.ts';
import { encodeModel, type OnnxNode } from '../../src/engine/onnx/proto.ts';
import { createProgram } from '../../src/engine/runtime/ort.ts';
import { toDevice } from '../../src/engine/runtime/transfer.ts';
import { withFolder } from '../engine/sides.ts';
import { type TableRow, valueRow } from '../harness/rows.ts';
import { summarize } from '../harness/timing.ts';
import { totalMs, traced } from './gpu-time.ts';

const [IN, OUT, TIMES] = [2048, 11008, 16];

/** Host to device and back, 256 MB. */
export async function copies(): Promise<TableRow[]> {
  const [sent, received]: number[][] = [[], []];
  for (let i = 0; i < 4; i++) {
    const b = createBuffer('f32', [2 ** 26]);
    let start = performance.now();
    await toDevice([b], 'webgpu');
    sent.push(performance.now() - start);
    start = performance.now();
    await toHost([b]);
    received.push(performance.now() - start);
  }
  const rate = (ms: readonly number[]) => 2 ** 28 / 1e6 / summarize(ms.slice(1)).median;
  return [
    valueRow({ what: 'to the device', ours: rate(sent), unit: 'GB/s', note: 'made and sent' }),
    valueRow({ what: 'from the device', ours: rate(received), unit: 'GB/s' }),
  ];
}

/**
 * y_i = x_i·W_iᵀ as nodes, one of several ways. W_i is [OUT, IN], `turned` the same as [IN, OUT]. Each product has a matrix of its own, as in a
 * model: of one matrix, ONNX Runtime would merge the transposes.
 */
const ways: Readonly<Record<string, (i: number) => OnnxNode[]>> = {
  'Transpose, MatMul': (i) => [
    { op: 'Transpose', inputs: [`w${i}`], outputs: [`t${i}`], attrs: { perm: [1, 0] } },
    { op: 'MatMul', inputs: [`x${i}`, `t${i}`], outputs: [`y${i}`] },
  ],
  Gemm: (i) => [{ op: 'Gemm', inputs: [`x${i}`, `w${i}`], outputs: [`y${i}`], attrs: { transB: 1 } }],
  'MatMul of W turned before': (i) => [{ op: 'MatMul', inputs: [`x${i}`, `turned${i}`], outputs: [`y${i}`] }],
  'MatMul of W and xᵀ': (i) => [
    { op: 'Transpose', inputs: [`x${i}`], outputs: [`t${i}`], attrs: { perm: [1, 0] } },
    { op: 'MatMul', inputs: [`w${i}`, `t${i}`], outputs: [`u${i}`] },
    { op: 'Transpose', inputs: [`u${i}`], outputs: [`y${i}`], attrs: { perm: [1, 0] } },
  ],
};

const values = Float32Array.from({ length: IN * OUT }, (_, i) => ((i * 7919) % 97) / 97 - 0.5);

/** Fed values of the products' nodes: x_i, and W_i as it is or turned. */
function fed(products: readonly OnnxNode[], rows: number) {
  const shapes: Readonly<Record<string, readonly number[]>> = { x: [rows, IN], w: [OUT, IN], turned: [IN, OUT] };
  const made = new Set(products.flatMap((n) => n.outputs));
  const names = [...new Set(products.flatMap((n) => n.inputs))].filter((name) => !made.has(name));
  return names.map((name) => ({ name, dtype: 'f32' as const, shape: shapes[name.replace(/\d+$/, '')] }));
}

const indices = [...Array(TIMES).keys()];

/** All products, and one number of them. */
const modelOf = (products: readonly OnnxNode[], inputs: ReturnType<typeof fed>) =>
  encodeModel({
    nodes: [
      ...products,
      ...indices.map(
        (i): OnnxNode => ({ op: 'ReduceSum', inputs: [`y${i}`], outputs: [`s${i}`], attrs: { keepdims: 0 } }),
      ),
      { op: 'Sum', inputs: indices.map((i) => `s${i}`), outputs: ['s'] },
    ],
    initializers: [],
    inputs,
    outputs: [{ name: 's', dtype: 'f32', shape: [] }],
  });

/** Milliseconds of one product on the GPU. */
function timeOf(way: (i: number) => OnnxNode[], rows: number): Promise<number> {
  return withFolder(async (dir) => {
    const products = indices.flatMap(way);
    const inputs = fed(products, rows);
    const feeds = Object.fromEntries(
      inputs.map(({ name, shape }) => [name, f32(values.subarray(0, shape[0] * shape[1]), shape)]),
    );
    await toDevice(Object.values(feeds), 'webgpu');
    const { operators } = await traced(dir, async (profile) => {
      const program = await createProgram(modelOf(products, inputs), ['s'], { device: 'webgpu', profile });
      for (let i = 0; i < 4; i++) await program.run(feeds);
      await program.dispose();
    });
    release(Object.values(feeds));
    return totalMs(operators.filter(({ name }) => !/^(ReduceSum|Sum)\b/.test(name))) / TIMES;
  });
}

export async function linearKernels(): Promise<TableRow[]> {
  const out: TableRow[] = [];
  for (const rows of [1, 8, 64, 1024]) {
    for (const [name, way] of Object.entries(ways)) {
      const ms = await timeOf(way, rows);
      const [gigabytes, gflops] = [(IN * OUT * 4) / 1e6 / ms, (2 * rows * IN * OUT) / 1e6 / ms];
      const note = `${gigabytes.toFixed(0)} GB/s, ${gflops.toFixed(0)} GFLOP/s`;
      out.push(valueRow({ what: `[${rows} × ${IN}]·[${OUT} × ${IN}]ᵀ: ${name}`, ours: ms, unit: 'ms', note }));
    }
  }
  return out;
}
