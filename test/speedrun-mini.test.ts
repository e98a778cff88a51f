// The main job in miniature, through the same code path: world, curation over HTTP, SFT, GRPO, evaluation, report; then once more, which
// must find everything done. Quality is not asserted here, only that the road is whole and the counts add up.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseConfig } from '../src/base/config.ts';
import { speedrun, speedrunConfig } from '../src/recipes/speedrun/index.ts';
import { summarySchema } from '../src/report/index.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'videorft-mini-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const miniature = () =>
  parseConfig(speedrunConfig, {
    out: dir,
    world: { train: 16, heldOut: 6, questions: 2 },
    sft: { epochs: 1, batchSize: 8 },
    grpo: { steps: 2, questions: 2, groupSize: 4, maxTokens: 64 },
  });

async function run() {
  const lines: string[] = [];
  const context = {
    versions: { test: '1' },
    signal: new AbortController().signal,
    command: 'test',
    print: (l: string) => lines.push(l),
  };
  const began = performance.now();
  const summary = await speedrun(miniature(), context);
  return { summary, lines, seconds: (performance.now() - began) / 1000 };
}

it('runs the whole road, quarantines the damaged files, and finds everything done the second time', async () => {
  const first = await run();
  const stored = summarySchema.parse(JSON.parse(await readFile(join(dir, 'summary.json'), 'utf8')));
  expect(stored).toEqual(first.summary);
  const { curation } = first.summary;
  expect(curation.in).toBe(curation.kept + curation.rejected + curation.quarantined);
  expect(curation.quarantined).toBeGreaterThanOrEqual(4);
  const html = await readFile(join(dir, 'report.html'), 'utf8');
  expect(html).toContain('media-truncated');
  expect(html).toContain('media-no-video-stream');
  const metrics = (await readFile(join(dir, 'grpo/metrics.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((l) => JSON.parse(l));
  expect(metrics.map((m) => m.step)).toEqual([0, 1]);
  expect(metrics[0].kl).toBeLessThan(1e-6);
  expect(metrics[0].logprobGap).toBeLessThan(1e-4);
  const second = await run();
  const { seconds: _, peakRssMb: __, ...again } = second.summary;
  const { seconds: ___, peakRssMb: ____, ...before } = first.summary;
  expect(again).toEqual(before);
});
