// How each part grows with batch, length and frames: one measurement per multiple of each, both sides, for the figure.
import type { Both } from '../harness/timing.ts';
import { summarize } from '../harness/timing.ts';
import { measureDecoder } from './bench-decoder.ts';
import { measureGenerate } from './bench-generate.ts';
import { measureSft } from './bench-sft.ts';
import type { Context } from './context.ts';
import type { Size } from './shapes.ts';

export type Part = 'i' | 'ii' | 'iii';

export interface GrowPoint {
  readonly part: Part;
  /** What was varied. */
  readonly axis: string;
  /** Its value. */
  readonly x: number;
  readonly side: 'ours' | 'PyTorch';
  /** Seconds of a step, or of a whole generation. */
  readonly seconds: number;
}

interface Axis {
  readonly name: string;
  readonly value: (s: Size) => number;
  readonly at: (s: Size, value: number) => Size;
}

const frames: Axis = {
  name: 'frames',
  value: (s) => s.clip.frames,
  at: (s, value) => ({ ...s, clip: { ...s.clip, frames: value } }),
};

const axes: Readonly<Record<Part, readonly Axis[]>> = {
  i: [
    {
      name: 'batch',
      value: (s) => s.decoder.rows,
      at: (s, rows) => ({ ...s, decoder: { ...s.decoder, rows } }),
    },
    {
      name: 'length in tokens',
      value: (s) => s.decoder.tokens,
      at: (s, tokens) => ({ ...s, decoder: { ...s.decoder, tokens } }),
    },
  ],
  ii: [
    { name: 'batch', value: (s) => s.sft.rows, at: (s, rows) => ({ ...s, sft: { ...s.sft, rows } }) },
    {
      name: 'completion in tokens',
      value: (s) => s.sft.completion,
      at: (s, completion) => ({ ...s, sft: { ...s.sft, completion } }),
    },
    frames,
  ],
  iii: [
    {
      name: 'prompts',
      value: (s) => s.generate.prompts,
      at: (s, prompts) => ({ ...s, generate: { ...s.generate, prompts } }),
    },
    {
      name: 'completion in tokens',
      value: (s) => s.generate.tokens,
      at: (s, tokens) => ({ ...s, generate: { ...s.generate, tokens } }),
    },
    frames,
  ],
};

const REPEATS = 2;

const measure: Readonly<Record<Part, (context: Context, size: Size) => Promise<Both<{ readonly seconds: number }>>>> = {
  i: async (context, size) => (await measureDecoder(context, size, REPEATS)).steps,
  ii: async (context, size) => (await measureSft(context, size, REPEATS)).steps,
  iii: (context, size) => measureGenerate(context, size, REPEATS),
};

/** All points of one part; the sizes are the base size's times `size.grow`, axis by axis. */
export async function growPoints(context: Context, part: Part): Promise<GrowPoint[]> {
  const out: GrowPoint[] = [];
  for (const axis of axes[part]) {
    for (const factor of context.size.grow) {
      const x = Math.max(1, Math.round(axis.value(context.size) * factor));
      context.log(`(${part}) ${axis.name} ${x}`);
      const { ours, peer } = await measure[part](context, axis.at(context.size, x));
      const point = (side: GrowPoint['side'], replies: readonly { readonly seconds: number }[]): GrowPoint => {
        return { part, axis: axis.name, x, side, seconds: summarize(replies.map((r) => r.seconds)).median };
      };
      out.push(point('ours', ours), point('PyTorch', peer));
    }
  }
  return out;
}
