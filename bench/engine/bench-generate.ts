// (iii) G completions for each of several video prompts, all of full length, against transformers' generate; decoding apart.
import { rowOf, type TableRow } from '../harness/rows.ts';
import { alternate, type Both, ranges, summarize } from '../harness/timing.ts';
import type { Context } from './context.ts';
import { decodeLimit } from './flops.ts';
import { prepareGenerate } from './prepare.ts';
import type { GenerateReply } from './protocol.ts';
import { clipGrid, type Size } from './shapes.ts';
import { withFolder, withSides } from './sides.ts';

/** A warm-up of each side, then `repeats` runs of each, in turn, each with a seed of its own. */
export function measureGenerate(context: Context, size: Size, repeats: number): Promise<Both<GenerateReply>> {
  const { starts, shapes } = context;
  return withFolder(async (dir) => {
    await prepareGenerate(dir, size, shapes.seed);
    return withSides(starts, async ({ ours, peer }) => {
      const { samples, tokens, topP } = size.generate;
      const args = { dir, threads: shapes.threads, samples, tokens, topP };
      for (const side of [ours, peer]) {
        await side.call('openGenerate', args);
        await side.call('warm');
      }
      let seed = shapes.seed;
      return alternate(repeats, {
        ours: () => ours.call<GenerateReply>('generate', { seed: ++seed }),
        peer: () => peer.call<GenerateReply>('generate', { seed }),
      });
    });
  });
}

const wholeRate = (r: GenerateReply) => r.tokens / r.seconds;

/** Tokens of a completion but the first, which the prompt's logits give. */
const decodeRate = (rows: number) => (r: GenerateReply) => (r.tokens - rows) / r.decodeSeconds;

/** Least seconds that decoding can take on this machine. */
function limitOf({ size, limits }: Context): number {
  const { prompts, samples, tokens } = size.generate;
  const [t, h, w] = clipGrid(size);
  const context = size.promptText + 2 + (t * h * w) / size.vision.spatial_merge_size ** 2;
  return decodeLimit(size.text, { rows: prompts * samples, context, steps: tokens - 1 }, limits);
}

export async function benchGenerate(context: Context): Promise<TableRow[]> {
  const { size, sizeName } = context;
  const { prompts, samples, tokens } = size.generate;
  const rows = prompts * samples;
  const { ours, peer } = await measureGenerate(context, size, context.repeats.generate);
  const both = (of: (r: GenerateReply) => number) => [summarize(ours.map(of)), summarize(peer.map(of))];
  const [a, b] = both(wholeRate);
  const [c, d] = both(decodeRate(rows));
  const [e, f] = both((r) => r.seconds - r.decodeSeconds);
  const [g, h] = both((r) => (100 * limitOf(context)) / r.decodeSeconds);
  const what = `(iii) ${sizeName}: ${samples} completions for ${prompts} prompts`;
  const bar = size.bars.generate;
  return [
    rowOf({
      what: `${what}, ${tokens} tokens each`,
      ours: a.median,
      peer: b.median,
      unit: 'tokens/s',
      bar: bar === null ? undefined : { kind: 'at least', value: bar },
      note: ranges(a, b),
    }),
    rowOf({ what: `${what}: decoding alone`, ours: c.median, peer: d.median, unit: 'tokens/s', note: ranges(c, d) }),
    rowOf({ what: `${what}: until the first tokens`, ours: e.median, peer: f.median, unit: 's', note: ranges(e, f) }),
    rowOf({ what: `${what}: decoding, share of the machine's limit`, ours: g.median, peer: h.median, unit: '%' }),
  ];
}
