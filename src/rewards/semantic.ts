// R_s, Eq. 5: min(1, w · max(cos(t, v̄), 0)), w = 2. t embeds the scored span, v̄ is the mean of the frame embeddings.
// The released code scores each frame and averages the scores; both are one formula over "directions": the mean
// embedding alone, or every frame's. Leaves out: the embedder (a port), the span (span.ts), the gate (total.ts).
import { VideorftError } from '../base/errors.ts';

/** `mean-embedding`: Eq. 5. `per-frame`: the released code's mean over frames of the clipped score. */
export type Pooling = 'mean-embedding' | 'per-frame';

/** Embeddings [N, D] that a text is compared with: N = 1 (the mean) or the number of frames. */
export type Directions = readonly Float32Array[];

function requireUsable(vector: Float32Array, dim: number): void {
  if (vector.length === dim && vector.every(Number.isFinite)) return;
  throw new VideorftError('The embedder returned a vector with a wrong length or with numbers that are not finite.', {
    code: 'embedding-broken',
    facts: { length: vector.length, expected: dim },
    fix: 'Check the weights and the processor of the SigLIP model.',
  });
}

/** Mean over frames [F, D] → [D], accumulated in f64. */
export function meanEmbedding(frames_FD: Directions): Float32Array {
  const dim = frames_FD[0].length;
  const sum = new Float64Array(dim);
  for (const frame of frames_FD) for (let d = 0; d < dim; d++) sum[d] += frame[d] / frames_FD.length;
  return Float32Array.from(sum);
}

/** What a text is compared with: the mean of the frame embeddings, or each of them. */
export function directionsOf(frames_FD: Directions, pooling: Pooling): Directions {
  if (frames_FD.length === 0) {
    throw new VideorftError('The clip has no frames to compare the reasoning with.', { code: 'reward-no-frames' });
  }
  for (const frame of frames_FD) requireUsable(frame, frames_FD[0].length);
  return pooling === 'per-frame' ? frames_FD : [meanEmbedding(frames_FD)];
}

/** Cosine of two vectors [D] in f64; 0 when either has no length. */
export function cosine(a: Float32Array, b: Float32Array): number {
  let dot = 0;
  let aa = 0;
  let bb = 0;
  for (let d = 0; d < a.length; d++) {
    dot += a[d] * b[d];
    aa += a[d] * a[d];
    bb += b[d] * b[d];
  }
  return aa > 0 && bb > 0 ? dot / (Math.sqrt(aa) * Math.sqrt(bb)) : 0;
}

/**
 * R_s in [0, 1] of one text embedding t [D] (Eq. 5; with several directions the mean of their scores).
 * @throws VideorftError embedding-broken when the lengths differ or a number is not finite.
 */
export function semanticReward(text_D: Float32Array, directions: Directions, w = 2): number {
  requireUsable(text_D, directions[0].length);
  const scores = directions.map((direction) => Math.min(1, w * Math.max(cosine(text_D, direction), 0)));
  return scores.reduce((sum, score) => sum + score, 0) / scores.length;
}
