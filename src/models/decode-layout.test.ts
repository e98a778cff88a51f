// Every sequence has one row in a block of its own prompt, and no layout costs more than a row for each would.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { layOutDecoding, layoutCost, placeInLayout, shrunkLayout } from './decode-layout.ts';

const group = (prompt: number, size: number) => Array.from({ length: size }, (_, i) => `${prompt}/${i}`);
const groupsOf = (sizes: readonly number[]) => sizes.map((size, prompt) => group(prompt, size));

test('a full batch shares each prompt among all of its completions', () => {
  const { blocks, perBlock, rows } = layOutDecoding(groupsOf(Array(16).fill(8)));
  expect([blocks, perBlock, rows.length]).toEqual([16, 8, 128]);
});

test('single completions take a block each', () => {
  const { blocks, perBlock } = layOutDecoding(groupsOf([1, 1, 1, 1]));
  expect([blocks, perBlock]).toEqual([4, 1]);
});

test('a lone straggler of a large group does not keep the group in place', () => {
  const full = layOutDecoding(groupsOf([8, 8, 8, 8]));
  const rest = shrunkLayout(full, groupsOf([0, 1, 0, 0]));
  expect([rest?.blocks, rest?.perBlock]).toEqual([1, 1]);
});

test('a change that saves little is not made', () => {
  const full = layOutDecoding(groupsOf([8, 8, 8, 8]));
  expect(shrunkLayout(full, groupsOf([8, 8, 7, 8]))).toBeUndefined();
});

test('any groups: each sequence once, blocks never mix prompts, never dearer than one row a block', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 20 }), (sizes) => {
      const groups = groupsOf(sizes);
      fc.pre(groups.some((g) => g.length > 0));
      const layout = layOutDecoding(groups);
      const { blocks, perBlock, rows } = layout;
      expect(rows).toHaveLength(blocks * perBlock);
      expect(rows.filter((r) => r !== undefined)).toEqual(groups.flat());
      for (let b = 0; b < blocks; b++) {
        const inside = rows.slice(b * perBlock, (b + 1) * perBlock).flatMap((r) => (r ? [r.split('/')[0]] : []));
        expect(new Set(inside).size).toBeLessThanOrEqual(1);
      }
      const count = groups.flat().length;
      expect(rows.length).toBeLessThanOrEqual(Math.max(2, 1.6 * count));
      const alone = layOutDecoding(groups.flat().map((r) => [r]));
      expect(layoutCost(layout)).toBeLessThanOrEqual(layoutCost(alone));
    }),
  );
});

const promptOf = (s: string) => s.split('/')[0];

test('newcomers sit beside their prompt, else in a block of their own, else nobody moves', () => {
  const layout = layOutDecoding(groupsOf([3, 3, 3]));
  expect([layout.blocks, layout.perBlock]).toEqual([4, 3]);
  layout.rows[5] = undefined;
  expect(placeInLayout(layout, ['1/new'], promptOf)).toEqual([]);
  expect(layout.rows.slice(3, 6)).toEqual(['1/0', '1/1', '1/new']);
  const before = [...layout.rows];
  expect(placeInLayout(layout, ['7/a', '8/a'], promptOf)).toBeUndefined(); // one block is free, two prompts came
  expect(layout.rows).toEqual(before);
  expect(placeInLayout(layout, ['7/a', '7/b'], promptOf)).toEqual([3]);
  expect(layout.rows.slice(9)).toEqual(['7/a', '7/b', undefined]);
});

test('any comings and goings: nobody is lost, doubled or put beside another prompt', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 6 }), fc.nat(), (sizes, seed) => {
      const layout = layOutDecoding(groupsOf(sizes));
      layout.rows.forEach((_, r) => {
        if ((seed >> (r % 31)) & 1) layout.rows[r] = undefined;
      });
      const stayed = layout.rows.filter((r) => r !== undefined);
      const arrived = [`0/x`, `9/x`, `0/y`].slice(0, 1 + (seed % 3));
      const opened = placeInLayout(layout, arrived, promptOf);
      const all = layout.rows.filter((r) => r !== undefined);
      expect([...all].sort()).toEqual([...stayed, ...(opened ? arrived : [])].sort());
      for (let b = 0; b < layout.blocks; b++) {
        const block = layout.rows.slice(b * layout.perBlock, (b + 1) * layout.perBlock).filter((r) => r !== undefined);
        expect(new Set(block.map(promptOf)).size).toBeLessThanOrEqual(1);
      }
    }),
  );
});
