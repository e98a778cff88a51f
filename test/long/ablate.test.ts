// All arms of an ablation, three scales and two base models in miniature, each trained as it is called, in one table and one page.
import { mkdtempSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { microBase } from '../../src/recipes/shipped.ts';
import { ablationIn, beginnings, scoreRows } from '../support/ablate-run.ts';

it('trains every arm once, goes on in its folder with a second base model and other threads, and shows each with all questions', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'videorft-ablate-'));
  const other = join(dir, 'other-base');
  symlinkSync(microBase, other);
  const out = join(dir, 'run');
  const one = await ablationIn(out, { w: [1, 2] }).run();
  expect([one.error, beginnings(one.lines).length]).toEqual([undefined, 8]);
  const { run, report, rewardsOf } = ablationIn(out, { w: [1, 2], models: [microBase, other], threads: 1 });
  const { lines, error } = await run();
  expect([error, beginnings(lines).length]).toEqual([undefined, 10]);
  expect(lines[0]).toMatch(/^grpo grpo-w1 +done$/m);
  const rows = scoreRows(await report());
  // Seven arms, two scales, two models of which each has two rows.
  expect(rows).toHaveLength(7 + 2 + 4);
  for (const row of rows) expect(row.split(' | ')[1]).toBe('2');
  expect(await rewardsOf('grpo-ungated-w1')).toEqual({ w: 1, gated: false });
  expect(await rewardsOf('grpo-unrefined-w1')).toEqual({ w: 1 });
  expect(await rewardsOf('grpo-w2')).toEqual({ w: 2 });
  expect(await rewardsOf('grpo-no-semantic')).toEqual({ parts: { format: true, accuracy: true, semantic: false } });
  const html = readFileSync(join(out, 'report.html'), 'utf8');
  for (const label of ['no-refinement', 'rl-only', 'w = 2', 'other-base: full']) expect(html).toContain(label);
});

it('takes samples of one’s own: a curated folder, held-out questions and their videos; without them it says what is missing', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'videorft-ablate-'));
  const world = join(dir, 'world');
  const settings = { arms: ['sft-only'], w: [1], evaluate: { limit: 1 } };
  expect((await ablationIn(world, settings).run()).error).toBeUndefined();
  const curated = join(world, 'curation');
  const own = { ...settings, curated, heldOut: [join(world, 'world/heldout.jsonl')], mediaRoot: join(world, 'world') };
  const { lines, error } = await ablationIn(join(dir, 'own'), own).run();
  expect(error).toBeUndefined();
  expect(lines[0]).not.toContain('curate');
  const missing = await ablationIn(join(dir, 'half'), { ...settings, curated }).run();
  expect(missing.error).toMatchObject({ code: 'ablate-inputs' });
});
