// AdamW with global-norm clipping as graph updates, and learning-rate schedules. Decoupled weight decay as in Loshchilov & Hutter
// (arXiv 1711.05101), update order and bias correction as torch.optim.AdamW. Step-dependent scalars are fed, so one program serves every step.
import type { Update } from './check.ts';
import { isOp, type Node } from './graph.ts';
import { add, div, input, minimum, mul, reshape, slice, sqrt, sub, sum } from './ops.ts';
import { type Buffer, createBuffer, f32 } from './runtime/ort.ts';

export interface AdamWOptions {
  readonly beta1?: number;
  readonly beta2?: number;
  readonly eps?: number;
  readonly weightDecay?: number;
  /** Global gradient norm is clipped to this; Infinity: not clipped (the norm is computed all the same). */
  readonly maxNorm?: number;
}

/** Matrices decay; norms and biases (one axis) do not. */
export const decays = (shape: readonly number[]): boolean => shape.length > 1;

export interface OptimizerGraph {
  readonly updates: Update[];
  readonly gradNorm: Node;
}

const nameOf = (p: Node): string => (isOp(p, 'param') || isOp(p, 'input') ? p.attrs.name : '');

/** √Σ‖g‖² over all gradients, a scalar. */
export function globalNorm(gradients: readonly Node[]): Node {
  return sqrt(gradients.map((g) => sum(mul(g, g))).reduce(add));
}

/**
 * Updates of parameters and moments for one AdamW step. Feeds beside params: `name:m`, `name:v` and `adamw:scalars`
 * (see `adamwScalars`). Every update depends on the global norm, which makes writing in place safe (check.ts).
 */
export function adamw(params: readonly Node[], gradients: readonly Node[], options: AdamWOptions = {}): OptimizerGraph {
  const { beta1 = 0.9, beta2 = 0.999, weightDecay = 0, maxNorm = Number.POSITIVE_INFINITY } = options;
  const gradNorm = globalNorm(gradients);
  const scalars = input('adamw:scalars', [3]);
  const at = (i: number) => reshape(slice(scalars, 0, i, i + 1), []);
  const [rate, step, eps] = [at(0), at(1), at(2)];
  const clip = Number.isFinite(maxNorm) ? minimum(div(maxNorm, add(gradNorm, 1e-6)), 1) : add(mul(gradNorm, 0), 1);
  const gScale1 = mul(clip, 1 - beta1);
  const gScale2 = mul(mul(clip, clip), 1 - beta2);
  const keep = sub(1, mul(rate, weightDecay));
  const updates = params.flatMap((p, i): Update[] => {
    const g = gradients[i];
    const m = input(`${nameOf(p)}:m`, p.shape);
    const v = input(`${nameOf(p)}:v`, p.shape);
    const m1 = add(mul(m, beta1), mul(g, gScale1));
    const v1 = add(mul(v, beta2), mul(mul(g, g), gScale2));
    const move = mul(div(m1, add(sqrt(v1), eps)), step);
    const kept = weightDecay > 0 && decays(p.shape) ? mul(p, keep) : p;
    return [
      { target: m, value: m1 },
      { target: v, value: v1 },
      { target: p, value: sub(kept, move) },
    ];
  });
  return { updates, gradNorm };
}

/** The fed scalars of step `t` (from 1) at learning rate `lr`: [lr, lr·√(1−β2ᵗ)/(1−β1ᵗ), eps·√(1−β2ᵗ)]. */
export function adamwScalars(
  lr: number,
  t: number,
  { beta1 = 0.9, beta2 = 0.999, eps = 1e-8 }: AdamWOptions = {},
): Buffer {
  const root = Math.sqrt(1 - beta2 ** t);
  return f32(Float32Array.of(lr, (lr * root) / (1 - beta1 ** t), eps * root), [3]);
}

/** Zero moments for each parameter, under the names that `adamw` feeds. */
export function zeroMoments(params: Readonly<Record<string, Buffer>>): Record<string, Buffer> {
  const out: Record<string, Buffer> = {};
  for (const [name, p] of Object.entries(params)) {
    out[`${name}:m`] = createBuffer('f32', p.shape);
    out[`${name}:v`] = createBuffer('f32', p.shape);
  }
  return out;
}

/** Linear warm-up to 1 over `warmup` steps, then constant, linear or half-cosine decay to `floor` at `total`. Step from 0. */
export function scheduleAt(step: number, { kind, warmup = 0, total, floor = 0 }: Schedule): number {
  if (step < warmup) return (step + 1) / warmup;
  if (kind === 'constant') return 1;
  const progress = Math.min(1, (step - warmup) / Math.max(1, total - warmup));
  const shape = kind === 'linear' ? 1 - progress : (1 + Math.cos(Math.PI * progress)) / 2;
  return floor + (1 - floor) * shape;
}

export interface Schedule {
  readonly kind: 'constant' | 'linear' | 'cosine';
  readonly warmup?: number;
  readonly total: number;
  readonly floor?: number;
}
