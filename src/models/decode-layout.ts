// Which sequences decode in which row: rows come in blocks of equal size, a block's rows continue one prompt and read its cache together.
// Few large blocks read little, many small ones leave few rows empty; the cheapest cut wins. Pure.

/** Sizes of compiled batches, in blocks and in rows of a block: each pair is a program. */
const BLOCKS = [1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256];
const PER_BLOCK = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32];

/** Reading a prompt's cache once costs about as much as this many rows of everything else (measured on the micro model, 300 tokens). */
const BLOCK_COST = 1.5;

/** A new layout has to be cheaper by this factor: caches are copied, and its program may have to be compiled. */
const WORTH_IT = 0.85;

const blockBucket = (n: number) => BLOCKS.find((b) => b >= n) ?? Math.ceil(n / 64) * 64;

export interface DecodeLayout<T> {
  readonly blocks: number;
  readonly perBlock: number;
  /** [blocks · perBlock]: who sits in each row; undefined: nobody. A block's rows all continue one prompt. */
  readonly rows: readonly (T | undefined)[];
}

export const layoutCost = ({ blocks, perBlock }: Pick<DecodeLayout<unknown>, 'blocks' | 'perBlock'>): number =>
  blocks * (perBlock + BLOCK_COST);

/** The cheapest layout of sequences grouped by prompt; groups that are empty take no place. */
export function layOutDecoding<T>(groups: readonly (readonly T[])[]): DecodeLayout<T> {
  const largest = Math.max(...groups.map((g) => g.length));
  const sizes = PER_BLOCK.filter((_, i) => i === 0 || PER_BLOCK[i - 1] < largest);
  const shapes = sizes.map((perBlock) => ({
    perBlock,
    blocks: blockBucket(groups.reduce((n, g) => n + Math.ceil(g.length / perBlock), 0)),
  }));
  const { blocks, perBlock } = shapes.reduce((best, s) => (layoutCost(s) < layoutCost(best) ? s : best));
  const rows: (T | undefined)[] = [];
  for (const group of groups) {
    rows.push(...group);
    while (rows.length % perBlock > 0) rows.push(undefined);
  }
  while (rows.length < blocks * perBlock) rows.push(undefined);
  return { blocks, perBlock, rows };
}

/** The layout of those still going, where it is worth the change; else undefined. */
export function shrunkLayout<T>(
  current: DecodeLayout<T>,
  groups: readonly (readonly T[])[],
): DecodeLayout<T> | undefined {
  const next = layOutDecoding(groups);
  return layoutCost(next) <= WORTH_IT * layoutCost(current) ? next : undefined;
}
