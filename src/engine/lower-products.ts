// Lowering of matrix products, and of sums that become one with them.
import { isOp, type Node } from './graph.ts';
import { type Lowering, type Rule, scalar } from './lowering.ts';
import type { Attribute } from './onnx/proto.ts';
import { BLOCK } from './quantized.ts';

export const matmul: Rule<'matmul'> = (n, c) => {
  const { transA, transB, alpha } = n.attrs;
  if (c.biased.has(n)) return; // by the sum
  if (!transA && !transB && alpha === 1) return c.emit(n, 'MatMul', c.args(n));
  if (c.device !== 'cpu' && n.dtype === 'f32') return plainMatmul(n, c);
  const attrs = { transA: transA ? 1 : 0, transB: transB ? 1 : 0, alpha: { float: alpha } };
  if (isTallProduct(n)) return tallProduct(n, c, attrs);
  c.emit(n, 'FusedMatMul', c.args(n), attrs, 'com.microsoft');
};

/** aᵀ·b of matrices with many rows and few columns: the gradient of a small weight. */
function isTallProduct(n: Node<'matmul'>): boolean {
  const [a, b] = n.inputs;
  const { transA, transB } = n.attrs;
  const rows = a.shape[0];
  return transA && !transB && a.rank === 2 && b.rank === 2 && rows % 2 === 0 && rows >= 1024 && n.size <= 2 ** 16;
}

/** As the sum of two products over half of the rows, one a thread: over all rows, each thread would transpose all of a (0.7 of the time). */
function tallProduct(n: Node & Node<'matmul'>, c: Lowering, attrs: Record<string, Attribute>) {
  const half = (at: 0 | 1) => {
    const [rows, columns] = n.inputs[at].shape;
    return c.helper(n, `half${at}`, 'Reshape', [c.name(n.inputs[at]), c.int64s([2, rows / 2, columns])]);
  };
  const products = c.helper(n, 'products', 'FusedMatMul', [half(0), half(1)], attrs, 'com.microsoft');
  c.emit(n, 'ReduceSum', [products, c.int64s([0])], { keepdims: 0 });
}

/** A few rows by a large matrix that has to be turned: turning it takes a copy of its own, longer to make than the product. */
function isLookUp(n: Node<'matmul'>): boolean {
  const [a, b] = n.inputs;
  const { transA, transB } = n.attrs;
  return !transA && transB && a.rank === 2 && b.rank === 2 && a.shape[0] < 1024 && b.size >= 2 ** 20;
}

/**
 * In standard operators: FusedMatMul has no kernel on WebGPU and would run on the CPU, its matrices copied there and back. Of many rows
 * Transpose and MatMul are faster than Gemm, which reads turned matrices as they are; of few, slower by far (an NVIDIA H200, LOG.md).
 */
const plainMatmul: Rule<'matmul'> = (n, c) => {
  const { transA, transB, alpha } = n.attrs;
  if (isLookUp(n)) return c.emit(n, 'Gemm', c.args(n), { transB: 1, alpha: { float: alpha } });
  const factor = (at: 0 | 1, turned: boolean) => {
    const x = n.inputs[at];
    const perm = [...x.shape.keys()];
    return turned
      ? c.helper(n, `turned${at}`, 'Transpose', [c.name(x)], { perm: [...perm.slice(0, -2), x.rank - 1, x.rank - 2] })
      : c.name(x);
  };
  const factors = [factor(0, transA), factor(1, transB)];
  if (alpha === 1) return c.emit(n, 'MatMul', factors);
  c.emit(n, 'Mul', [c.helper(n, 'product', 'MatMul', factors), scalar(c, alpha)]);
};

/** ONNX Runtime lays the matrix out for its kernel when the session is made: that is why it is no feed. */
export const quantizedProduct: Rule<'quantizedProduct'> = (n, c) => {
  const { shape, bits, blocks, scales } = n.attrs.matrix;
  const [out, width] = shape;
  const perRow = Math.ceil(width / BLOCK);
  const held = c.initializer('u8', [out, perRow, (BLOCK * bits) / 8], blocks);
  const factors = c.initializer(
    'f32',
    [out, perRow],
    new Uint8Array(scales.buffer, scales.byteOffset, scales.byteLength),
  );
  const attrs = { K: width, N: out, bits, block_size: BLOCK, accuracy_level: IN_INT8 };
  c.emit(n, 'MatMulNBits', [...c.args(n), held, factors], attrs, 'com.microsoft');
};
/** Activations are rounded to 8 bits too, by blocks, and multiplied as integers: 2 to 3 times as fast, and for 8 bits the only fast kernel. */
const IN_INT8 = 4;

export const add: Rule<'add'> = (n, c) => {
  const [product, bias] = n.inputs;
  if (!isOp(product, 'matmul') || c.biased.get(product) !== n) return c.emit(n, 'Add', c.args(n));
  const { transA, transB, alpha } = product.attrs;
  const attrs = { transA: transA ? 1 : 0, transB: transB ? 1 : 0, alpha: { float: alpha }, beta: { float: 1 } };
  c.emit(n, 'Gemm', [...c.args(product), c.name(bias)], attrs);
};
