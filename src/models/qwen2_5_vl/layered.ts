// A model whose layers hold matrices of few bits, run in pieces: vision and words, then in turn what every token does by itself, with the
// matrices in it and for any number of tokens, and attention, which all layers share and each shape has its own of.
// ONNX Runtime lays such matrices out per session: whole graphs, one per shape, would each hold the model.
// Leaves out: gradients, other devices than the CPU.
import {
  type Buffer,
  type Compiled,
  compile,
  compileRows,
  div,
  f32,
  freeQuantized,
  input,
  logSoftmax,
  type Node,
  type QuantizedMatrix,
  type Runnable,
  reshape,
  rmsNorm,
  type SessionOptions,
  type Update,
} from '../../engine/index.ts';
import type { DecodeShape } from '../port.ts';
import { graphWeights, type WeightsOptions } from '../weights.ts';
import { type DecodeCache, decodeAttention, prefillAttention } from './cached.ts';
import type { ModelConfig } from './config.ts';
import { type BatchShape, decodeCacheInputs, embed, prefillCacheInputs, rotaryInputs, weightShapes } from './graphs.ts';
import { afterAttention, headDim, languageHead, projections, rotated } from './language.ts';

type Feeds = Readonly<Record<string, Buffer>>;
type Shape = Omit<BatchShape, 'targets'>;

/** `more` before `feeds`, without copying these. */
const over = (feeds: Feeds, more: Feeds): Feeds => Object.assign(Object.create(feeds), more);

/**
 * What a token does by itself around boundary `at` of L layers, 0 to L: the end of layer at − 1 and the beginning of layer `at`, or of the
 * head. h[N, hidden] and mixed[N, H·D] → next[N, hidden], q, k, v; at the last → logprobs[N, V].
 */
function boundary(c: ModelConfig, how: WeightsOptions, at: number, rows: number): Record<string, Node> {
  const { text } = c;
  const w = graphWeights(weightShapes(c), how);
  const h = input('h', [rows, text.hidden_size]);
  const mixed = () => input('mixed', [rows, text.num_attention_heads * headDim(text)]);
  const next = at === 0 ? h : afterAttention(h, mixed(), w, text, at - 1);
  if (at < text.num_hidden_layers) return { ...(at === 0 ? {} : { next }), ...projections(next, w, text, at) };
  const normed = rmsNorm(next, w.get('model.norm.weight'), text.rms_norm_eps);
  return { logprobs: logSoftmax(div(languageHead(normed, w, text), input('temperature', []))) };
}

/** Attention of any layer over q[N, H·D], k and v[N, Hkv·D] → mixed[N, H·D]; its cache goes by the names of layer 0. */
function attention(
  { text: c }: ModelConfig,
  batch: number,
  tokens: number,
  attend: (q: Node, k: Node, v: Node, layer: number) => Node,
): Node {
  const [n, D] = [batch * tokens, headDim(c)];
  const heads = { q: c.num_attention_heads, k: c.num_key_value_heads, v: c.num_key_value_heads };
  const given = (name: keyof typeof heads) =>
    reshape(input(name, [n, heads[name] * D]), [batch, tokens, heads[name] * D]);
  const { cos, sin } = rotaryInputs(c, n);
  const [q, k] = rotated(given('q'), given('k'), cos, sin, c);
  return reshape(attend(q, k, given('v'), 0), [n, heads.q * D]);
}

/** Rows of x[N, D] at `select`. */
function rowsOf(x: Buffer, select: Buffer | undefined): Buffer {
  if (!select) return x;
  const [data, width] = [x.data as Float32Array, x.shape[1]];
  const out = new Float32Array(select.data.length * width);
  (select.data as Int32Array).forEach((row, i) => {
    out.set(data.subarray(row * width, (row + 1) * width), i * width);
  });
  return f32(out, [select.data.length, width]);
}

export class LayeredModel {
  private readonly config: ModelConfig;
  private readonly how: WeightsOptions;
  private readonly options: SessionOptions;
  private readonly boundaries: readonly Runnable[];

  private constructor(config: ModelConfig, how: WeightsOptions, options: SessionOptions, boundaries: Runnable[]) {
    this.config = config;
    this.how = how;
    this.options = { ...options, oneOfMany: true };
    this.boundaries = boundaries;
  }

  /** Takes the matrices out of `quantized` one by one, so that they are never there twice. Errors: engine-session. */
  static async create(
    config: ModelConfig,
    how: WeightsOptions,
    quantized: Map<string, QuantizedMatrix>,
    options: SessionOptions,
  ): Promise<LayeredModel> {
    const boundaries: Runnable[] = [];
    const taken = new Map<string, QuantizedMatrix>();
    const matrices = {
      get: (name: string) => {
        const matrix = quantized.get(name);
        if (matrix) taken.set(name, matrix);
        return matrix;
      },
    };
    // The head first: it is the largest, and while a session is made its matrices are there several times.
    for (let at = config.text.num_hidden_layers; at >= 0; at--) {
      boundaries.unshift(
        await compileRows((rows) => boundary(config, { ...how, quantized: matrices }, at, rows), options),
      );
      for (const [name, matrix] of taken) {
        freeQuantized(matrix);
        quantized.delete(name);
      }
      taken.clear();
    }
    return new LayeredModel(config, how, options, boundaries);
  }

  /** As `prefillGraph` compiled. */
  async prefill(shape: Shape, capacity: number): Promise<Compiled> {
    const updates: Update[] = [];
    const cache = prefillCacheInputs(this.config, shape.batch, capacity, 1);
    const attend = prefillAttention(this.config.text, cache, updates);
    const mixed = attention(this.config, shape.batch, shape.tokens, attend);
    return this.assemble(shape, await compile({ mixed }, updates, this.options));
  }

  /** As `decodeGraph` compiled. */
  async decode(shape: DecodeShape): Promise<Compiled> {
    const rows = shape.blocks * shape.perBlock;
    const tokens: Record<string, Node> = {};
    const cache: DecodeCache = decodeCacheInputs(this.config, shape, 1);
    const mixed = attention(this.config, rows, 1, decodeAttention(this.config.text, shape, cache, tokens));
    return this.assemble({ batch: rows, tokens: 1, grids: [] }, await compile({ mixed, ...tokens }, [], this.options));
  }

  private async assemble(shape: Shape, attend: Compiled): Promise<Compiled> {
    const { hidden_size } = this.config.text;
    const w = graphWeights(weightShapes(this.config), this.how);
    const x = reshape(embed(this.config, w, shape), [shape.batch * shape.tokens, hidden_size]);
    const embedding = await compile({ x }, [], this.options);
    return {
      inputs: [],
      bytes: embedding.bytes + attend.bytes,
      run: (feeds) => this.run(embedding, attend, feeds),
      dispose: async () => {
        await embedding.dispose();
        await attend.dispose();
      },
    };
  }

  private async run(embedding: Compiled, attend: Compiled, feeds: Feeds): Promise<Record<string, Buffer>> {
    const out: Record<string, Buffer> = {};
    const [first, ...rest] = this.boundaries;
    let h = (await embedding.run(feeds)).x;
    let now = await first.run(over(feeds, { h }));
    for (const [layer, after] of rest.entries()) {
      const { q, k, v } = now;
      const cache = Object.fromEntries(['k', 'v', 'pk', 'pv'].map((name) => [`${name}0`, feeds[`${name}${layer}`]]));
      const { mixed, ...tokens } = await attend.run(over(feeds, { q, k, v, ...cache }));
      for (const [name, token] of Object.entries(tokens)) out[name.replace('0', `${layer}`)] = token;
      const select = layer === rest.length - 1 ? feeds.select : undefined;
      now = await after.run(over(feeds, { h: rowsOf(h, select), mixed: rowsOf(mixed, select) }));
      h = now.next;
    }
    return { ...out, logprobs: now.logprobs };
  }
}
