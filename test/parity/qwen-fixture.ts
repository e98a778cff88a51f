// The toy Qwen2.5-VL of fixtures/qwen2_5_vl: its weights, the batch that transformers computed, and how to compare with what it gave.
import { readFile } from 'node:fs/promises';
import { readSafetensors, type SafeTensors, toFloat32 } from '../../src/base/safetensors.ts';
import { type Buffer, compile, gradients, mean, type Node, neg, slice } from '../../src/engine/index.ts';
import { readWeights } from '../../src/models/files.ts';
import type { Prepared, Row } from '../../src/models/port.ts';
import { scoringBatch } from '../../src/models/qwen2_5_vl/batch.ts';
import { type ModelConfig, parseModelConfig } from '../../src/models/qwen2_5_vl/config.ts';
import { logitsGraph, logprobGraph, weightShapes } from '../../src/models/qwen2_5_vl/graphs.ts';
import { type Grid, get_rope_index } from '../../src/models/qwen2_5_vl/rope_index.ts';
import type { WeightsOptions } from '../../src/models/weights.ts';
import { testSession } from '../support/device.ts';
import { fixturePath } from './golden.ts';

/** Padded length of the fixture's rows, and its vocabulary. */
const [TOKENS, VOCABULARY] = [56, 320];

export const floatsOf = (from: SafeTensors, name: string): Float32Array => {
  const tensor = from.tensors.get(name);
  if (!tensor) throw new Error(`the fixture has no tensor ${name}`);
  return toFloat32(tensor);
};

export class QwenFixture {
  readonly config: ModelConfig;
  readonly weights: Record<string, Buffer>;
  readonly golden: SafeTensors;

  private constructor(config: ModelConfig, weights: Record<string, Buffer>, golden: SafeTensors) {
    this.config = config;
    this.weights = weights;
    this.golden = golden;
  }

  static async open(): Promise<QwenFixture> {
    const at = (name: string) => fixturePath('qwen2_5_vl', name);
    const config = parseModelConfig(JSON.parse(await readFile(at('config.json'), 'utf8')));
    const weights = await readWeights(at('model.safetensors'), weightShapes(config));
    return new QwenFixture(config, weights, await readSafetensors(at('golden.safetensors')));
  }

  ints(name: string): Int32Array {
    return this.golden.tensors.get(name)?.data as Int32Array;
  }

  private rowOf(name: string, row: number): Int32Array {
    return this.ints(name).subarray(row * TOKENS, (row + 1) * TOKENS);
  }

  /** Tokens of a row without its padding. */
  length(row: number): number {
    return this.rowOf('attention_mask', row).reduce((a, b) => a + b, 0);
  }

  /** Row of the batch (0 has a video, 1 an image), cut after `tokens` (default: its real length). */
  prepared(row: 0 | 1, tokens = this.length(row)): Prepared {
    const video = row === 0;
    const ids = this.rowOf('input_ids', row).slice(0, tokens);
    const grid = [...this.ints(video ? 'video_grid_thw' : 'image_grid_thw')] as unknown as Grid;
    const marker = video ? this.config.video_token_id : this.config.image_token_id;
    const { position_ids, rope_deltas } = get_rope_index(this.config, {
      input_ids: [ids],
      ...(video
        ? { video_grid_thw: [grid], second_per_grid_ts: [...floatsOf(this.golden, 'second_per_grid_ts')] }
        : { image_grid_thw: [grid] }),
      truncation: 'seconds',
    });
    const pixels = floatsOf(this.golden, video ? 'pixel_values_videos' : 'pixel_values');
    return {
      tokens: ids,
      positions: position_ids,
      nextPosition: ids.length + rope_deltas[0],
      vision: [{ pixels, grid, start: ids.indexOf(marker) }],
    };
  }

  /** Logits [2, T, V] of the whole batch, our rows padded as we pad them. */
  async logits(weights: Record<string, Buffer> = this.weights, how?: WeightsOptions): Promise<Float32Array> {
    const rows = ([0, 1] as const).map((r) => ({ prompt: this.prepared(r), completion: [] }));
    const batch = scoringBatch(this.config, rows, 1);
    const { logits } = logitsGraph(this.config, { batch: 2, tokens: batch.tokens, grids: batch.grids }, how);
    const program = await compile({ logits }, [], testSession);
    const got = (await program.run({ ...weights, ...batch.feeds })).logits.data as Float32Array;
    await program.dispose();
    return got;
  }

  /** Largest difference over the rows' real tokens; `got` may be padded further than the fixture. */
  logitDifference(got: Float32Array, want: Float32Array): number {
    const stride = got.length / 2;
    let worst = 0;
    for (let row = 0; row < 2; row++) {
      for (let i = 0; i < this.length(row) * VOCABULARY; i++) {
        const d = Math.abs(got[row * stride + i] - want[row * TOKENS * VOCABULARY + i]);
        if (!(d <= worst)) worst = d; // NaN counts
      }
    }
    return worst;
  }

  /** The rows as prompts and completions, by the fixture's labels. */
  private labelled(): Row[] {
    return ([0, 1] as const).map((r) => {
      const start = this.rowOf('labels', r).findIndex((l) => l >= 0);
      const completion = this.rowOf('input_ids', r).subarray(start, this.length(r));
      return { prompt: this.prepared(r, start), completion };
    });
  }

  /** The fixture's loss (mean cross entropy of the completion tokens) and its gradients by name. */
  async lossAndGradients(
    weights: Record<string, Buffer> = this.weights,
    how?: WeightsOptions,
    wanted: (name: string) => boolean = () => true,
  ): Promise<{ loss: number; gradients: Map<string, Float32Array> }> {
    const rows = this.labelled();
    const batch = scoringBatch(this.config, rows, 1);
    const { logprobs, weights: params } = logprobGraph(this.config, { ...batch, batch: 2 }, how);
    const count = rows.reduce((n, r) => n + r.completion.length, 0);
    const loss = neg(mean(slice(logprobs, 0, 0, count)));
    const names = [...params.keys()].filter(wanted);
    const grads = gradients(
      loss,
      names.map((n) => params.get(n) as Node),
    );
    const program = await compile(
      { loss, ...Object.fromEntries(names.map((n, i) => [`${n}@`, grads[i]])) },
      [],
      testSession,
    );
    const results = await program.run({ ...weights, ...batch.feeds });
    await program.dispose();
    return {
      loss: (results.loss.data as Float32Array)[0],
      gradients: new Map(names.map((n) => [n, results[`${n}@`].data as Float32Array])),
    };
  }
}

const norm = (x: Float32Array) => Math.sqrt(x.reduce((s, v) => s + v * v, 0));

/** ‖got − want‖ as a share of max(‖want‖, 1e-4 · the global norm of all of `want`), by name. */
export function gradientErrors(
  got: ReadonlyMap<string, Float32Array>,
  want: ReadonlyMap<string, Float32Array>,
): Map<string, number> {
  const global = Math.hypot(...[...want.values()].map(norm));
  return new Map(
    [...want].map(([name, w]) => {
      const g = got.get(name);
      if (g?.length !== w.length) return [name, Number.POSITIVE_INFINITY];
      return [name, norm(w.map((x, i) => x - g[i])) / Math.max(norm(w), 1e-4 * global)];
    }),
  );
}
