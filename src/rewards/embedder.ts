// Port of the semantic reward: text and frames into one space. models/dual_encoder fulfils it, for SigLIP and CLIP; tests use a fake.
import type { Frame } from '../media/frame.ts';

export interface Embedder {
  readonly name: string;
  /** Text embeddings, L2-normalized, one per text; each text is cut to maxTokens by the adapter. */
  embedTexts(texts: readonly string[], maxTokens: number): Promise<Float32Array[]>;
  /** Image embeddings, L2-normalized, one per frame. */
  embedFrames(frames: readonly Frame[]): Promise<Float32Array[]>;
}
