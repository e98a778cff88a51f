// (i), our side: a plain transformer (RMSNorm, rotary, causal attention, SwiGLU, tied head, cross entropy) through the engine's Trainer.
import { readSafetensors } from '../../src/base/safetensors.ts';
import {
  type Buffer,
  gather,
  gradients,
  i32,
  input,
  logSoftmax,
  mean,
  neg,
  reshape,
  type SessionOptions,
  type StepGraph,
  Trainer,
  takeLast,
} from '../../src/engine/index.ts';
import { readModelWeights } from '../../src/models/files.ts';
import type { TextConfig } from '../../src/models/qwen2_5_vl/config.ts';
import {
  causalAttention,
  headDim,
  languageHead,
  languageShapes,
  languageTower,
} from '../../src/models/qwen2_5_vl/language.ts';
import { textTables } from '../../src/models/qwen2_5_vl/rotary.ts';
import { graphWeights } from '../../src/models/weights.ts';
import { matmulFlops } from './flops.ts';
import { readJson } from './open.ts';
import { inputsFile } from './prepare.ts';
import type { OpenTraining, StepReply } from './protocol.ts';

export interface TrainingWork {
  readonly flops: number;
  step(): Promise<StepReply>;
  /** Writes the weights as model.safetensors of a folder. */
  save(dir: string): Promise<void>;
  close(): Promise<void>;
}

/** Mean cross entropy of the next token. Inputs ids [B,T], targets [B·T], cos and sin [B·T, D/2]. */
export function decoderGraph(c: TextConfig, rows: number, tokens: number): StepGraph {
  const w = graphWeights(languageShapes(c));
  const count = rows * tokens;
  const half = headDim(c) / 2;
  const x = gather(w.get('model.embed_tokens.weight'), input('ids', [rows, tokens], 'i32'));
  const [cos, sin] = [input('cos', [count, half]), input('sin', [count, half])];
  const h = languageTower(x, cos, sin, w, c, causalAttention(c, rows, tokens));
  const logits = languageHead(reshape(h, [count, c.hidden_size]), w, c);
  const loss = neg(mean(takeLast(logSoftmax(logits), input('targets', [count], 'i32'))));
  return { loss, weights: w.used() };
}

/** ids [B, T + 1] as inputs and shifted targets. */
async function readFeeds(dir: string, c: TextConfig): Promise<{ rows: number; tokens: number; feeds: Feeds }> {
  const { data, shape } = (await readSafetensors(inputsFile(dir))).tensors.get('ids')!;
  const [rows, tokens] = [shape[0], shape[1] - 1];
  const all = Int32Array.from(data as BigInt64Array, Number);
  const columns = (from: number) =>
    Int32Array.from(
      { length: rows * tokens },
      (_, i) => all[Math.floor(i / tokens) * (tokens + 1) + (i % tokens) + from],
    );
  const positions = Int32Array.from({ length: 3 * rows * tokens }, (_, i) => i % tokens);
  const feeds = {
    ids: i32(columns(0), [rows, tokens]),
    targets: i32(columns(1), [rows * tokens]),
    ...textTables(c, positions, rows * tokens),
  };
  return { rows, tokens, feeds };
}
type Feeds = Record<string, Buffer>;

export async function openDecoder(
  { dir, threads, optimizer }: OpenTraining,
  session: SessionOptions = {},
): Promise<TrainingWork> {
  const c = (await readJson(dir)) as TextConfig;
  const trainer = new Trainer(await readModelWeights(dir, languageShapes(c)), optimizer, { threads, ...session });
  const { rows, tokens, feeds } = await readFeeds(dir, c);
  const { loss, weights } = decoderGraph(c, rows, tokens);
  return {
    flops: matmulFlops(gradients(loss, [...weights.values()])),
    async step() {
      const start = performance.now();
      const result = await trainer.step('step', () => decoderGraph(c, rows, tokens), feeds, optimizer.learningRate);
      return { seconds: (performance.now() - start) / 1000, loss: result.loss };
    },
    save: () => Promise.reject(new Error('the plain transformer is compared by its loss')),
    close: () => trainer.dispose(),
  };
}
