// Which sequences decode in which row: rows come in blocks of equal size, a block's rows continue one prompt and read its cache together.
// Few large blocks read little, many small ones leave few rows empty; the cheapest cut wins. Newcomers take free rows where they can.

/** Sizes of compiled batches, in blocks and in rows of a block: each pair is a program. */
const BLOCKS = [1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256];
const PER_BLOCK = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32];

/** What a block costs beside its rows, in rows: 0.15 measured on the micro model (prompts of 320 tokens), 0.45 at 100M (1,088 tokens). */
const BLOCK_COST = 0.4;

/** Rows of a layout for each sequence at most. One row a block always keeps to it: no two sizes of BLOCKS are further apart. */
const MOST_ROWS = 1.6;

/** A new layout has to be cheaper by this factor: caches are copied, and its program may have to be compiled. */
const WORTH_IT = 0.85;

const blockBucket = (n: number) => BLOCKS.find((b) => b >= n) ?? Math.ceil(n / 64) * 64;

export interface DecodeLayout<T> {
  readonly blocks: number;
  readonly perBlock: number;
  /** [blocks · perBlock]: who sits in each row; undefined: nobody. A block's rows all continue one prompt. Written by `placeInLayout`. */
  readonly rows: (T | undefined)[];
}

type Shape = Pick<DecodeLayout<unknown>, 'blocks' | 'perBlock'>;

export const layoutCost = ({ blocks, perBlock }: Shape): number => blocks * (perBlock + BLOCK_COST);

const fits = ({ blocks, perBlock }: Shape, groups: readonly (readonly unknown[])[]): boolean =>
  blocks * perBlock <= Math.max(2, MOST_ROWS * groups.flat().length);

/** The cheapest layout of sequences grouped by prompt; groups that are empty take no place. */
export function layOutDecoding<T>(groups: readonly (readonly T[])[]): DecodeLayout<T> {
  const largest = Math.max(...groups.map((g) => g.length));
  const sizes = PER_BLOCK.filter((_, i) => i === 0 || PER_BLOCK[i - 1] < largest);
  const shapes = sizes.map((perBlock) => ({
    perBlock,
    blocks: blockBucket(groups.reduce((n, g) => n + Math.ceil(g.length / perBlock), 0)),
  }));
  const fitting = shapes.filter((s) => fits(s, groups));
  const { blocks, perBlock } = fitting.reduce((best, s) => (layoutCost(s) < layoutCost(best) ? s : best));
  const rows: (T | undefined)[] = [];
  for (const group of groups) {
    rows.push(...group);
    while (rows.length % perBlock > 0) rows.push(undefined);
  }
  while (rows.length < blocks * perBlock) rows.push(undefined);
  return { blocks, perBlock, rows };
}

/** The layout of those still going, where the current one has too many empty rows or the change is worth it; else undefined. */
export function shrunkLayout<T>(
  current: DecodeLayout<T>,
  groups: readonly (readonly T[])[],
): DecodeLayout<T> | undefined {
  const next = layOutDecoding(groups);
  return !fits(current, groups) || layoutCost(next) <= WORTH_IT * layoutCost(current) ? next : undefined;
}

/** The first free row beside others of the same prompt, else the first of a block where nobody sits; -1: none. */
function freeRow<T>(
  { perBlock }: Shape,
  rows: readonly (T | undefined)[],
  prompt: unknown,
  promptOf: (s: T) => unknown,
) {
  let empty = -1;
  for (let start = 0; start < rows.length; start += perBlock) {
    const block = rows.slice(start, start + perBlock);
    const head = block.find((s) => s !== undefined);
    const free = block.indexOf(undefined);
    if (head === undefined) empty = empty < 0 ? start : empty;
    else if (free >= 0 && promptOf(head) === prompt) return start + free;
  }
  return empty;
}

/** Seats newcomers in free rows, all or none. Returns the blocks where nobody sat before; undefined where they do not fit. */
export function placeInLayout<T>(
  layout: DecodeLayout<T>,
  arrived: readonly T[],
  promptOf: (s: T) => unknown,
): number[] | undefined {
  const rows = [...layout.rows];
  const opened: number[] = [];
  for (const s of arrived) {
    const row = freeRow(layout, rows, promptOf(s), promptOf);
    if (row < 0) return undefined;
    const block = Math.floor(row / layout.perBlock);
    const start = block * layout.perBlock;
    if (rows.slice(start, start + layout.perBlock).every((r) => r === undefined)) opened.push(block);
    rows[row] = s;
  }
  layout.rows.splice(0, rows.length, ...rows);
  return opened;
}
