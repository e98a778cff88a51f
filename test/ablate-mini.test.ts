// One arm of an ablation beside full in miniature, through the same code path: stopped, continued, then once more, which must find everything done
// and write the same tables. All arms: test/long/ablate.test.ts. Quality is not asserted, only that the counts add up.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { setLogLevel } from '../src/base/log.ts';
import { ablationIn, beginnings, scoreRows } from './support/ablate-run.ts';

beforeAll(() => setLogLevel('silent'));
afterAll(() => setLogLevel('info'));

it('goes on where it was stopped, and finds everything done the second time', async () => {
  const out = join(mkdtempSync(join(tmpdir(), 'videorft-ablate-')), 'run');
  const { run, report, rewardsOf } = ablationIn(out, { arms: ['ungated'], w: [1] });
  const first = await run(2);
  expect(first.lines[0]).toMatch(/^plan of [\s\S]*^grpo grpo-ungated-w1 +\d+ s$[\s\S]*^in all +\d/m);
  expect(first.error).toMatchObject({ code: 'aborted' });
  expect(await report()).toMatch(/^\| ungated \| not run/m);

  const second = await run();
  expect([second.error, beginnings(second.lines).length]).toEqual([undefined, 3]);
  const markdown = await report();
  expect(scoreRows(markdown).map((row) => row.split(' | ').slice(0, 2))).toEqual(
    ['base', 'full', 'ungated', 'w = 1'].map((label) => [`| ${label}`, '2']),
  );
  expect(await rewardsOf('grpo-ungated-w1')).toEqual({ w: 1, gated: false });

  expect((await run()).lines[0]).toMatch(/^in all +0 s$/m);
  expect(await report()).toBe(markdown);
});
