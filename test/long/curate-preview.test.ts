// The preview page in a real browser, from real footage: every picture shows, nothing is fetched or run, nothing runs over the edge of a window as
// narrow as a telephone.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCli } from '../support/cli-world.ts';

const clips = join(import.meta.dirname, '../../../shared/data/clips');
const executable = '/usr/bin/chromium';
const why = !existsSync(clips)
  ? 'no ../shared/data/clips beside the repository'
  : !existsSync(executable) && 'no chromium (apt-get install chromium)';

const row = (id: string, path: string, problem: string) =>
  JSON.stringify({
    problem_id: id,
    problem,
    data_type: 'video',
    problem_type: 'multiple choice',
    options: ['A. yes', 'B. no'],
    solution: '<answer>A</answer>',
    path,
  });

describe.skipIf(why)(`preview in a browser${why ? ` (skipped: ${why})` : ''}`, () => {
  const dir = mkdtempSync(join(tmpdir(), 'videorft-preview-'));
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executable, args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(dir, { recursive: true, force: true });
  });

  test('real clips: pictures of their shape, prompts in full, nothing fetched', async () => {
    const rows = [
      row('people', 'a-640x360-25fps-9.7s.mp4', 'Does the child read?\n<img src=x onerror="document.title=1">'),
      row('tree', 'd-tree.avi', 'Does the tree sway?'),
    ];
    writeFileSync(join(dir, 'q.jsonl'), `${rows.join('\n')}\n`);
    const experts = ['describer', 'reasoner', 'refiner'].flatMap((role) => [
      ...[`--experts.${role}.base-url`, 'http://127.0.0.1:9/v1', `--experts.${role}.model`, role],
    ]);
    const files = ['--data', join(dir, 'q.jsonl'), '--media-root', clips, '--out', join(dir, 'out')];
    const { status, out } = await runCli('curate', ...files, ...experts, '--frames.max-frames', '6', '--preview', '2');
    expect(status).toBe(0);
    expect(out).toContain('640 × 360');
    const page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
    const fetched: string[] = [];
    const complaints: string[] = [];
    page.on('request', (request) => fetched.push(request.url()));
    page.on('console', (message) => complaints.push(message.text()));
    await page.goto(pathToFileURL(join(dir, 'out/preview.html')).href);
    const pictures = await page.evaluate(() =>
      [...document.images].map(({ naturalWidth, naturalHeight, width }) => [naturalWidth, naturalHeight, width > 60]),
    );
    expect(pictures).toEqual([...Array(6).fill([640, 360, true]), ...Array(6).fill([320, 240, true])]);
    expect(fetched.filter((url) => !url.startsWith('data:'))).toHaveLength(1);
    expect(complaints).toEqual([]);
    expect(await page.title()).toBe('videorft curate: preview');
    for (const stage of ['describe', 'reason', 'refine'])
      expect(await page.locator('.card h3', { hasText: new RegExp(stage, 'i') }).count()).toBe(2);
    expect(await page.locator('mark.gap').count()).toBe(2 * 3);
    await page.setViewportSize({ width: 390, height: 800 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  });
});
