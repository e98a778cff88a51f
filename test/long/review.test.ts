// `videorft review` in a real browser over real footage, which went through ingest, curate with scripted experts, and the review itself: clips
// play, filters, search, decisions, undo, a reload, a kill, and what it all makes of the data.
// Run: npx vitest run --project long test/long/review.test.ts; VIDEORFT_SCREENSHOTS=DIR keeps the screenshots.
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { faintTexts, launchBrowser, noBrowser, screenshots } from '../support/browser.ts';
import { rowsOf, runCli } from '../support/cli-world.ts';
import { type Footage, footage } from '../support/footage.ts';
import { countsOf, makeReviewWorld, type ReviewWorld } from '../support/review-world.ts';
import { type ServeProcess, startAddressed } from '../support/serve-process.ts';

const missing = noBrowser ?? (footage.length === 0 ? 'there is neither ../shared/data nor opencv-doc' : undefined);
const shot = screenshots();
/** Beside other work, copies of clips take long. */
const PATIENCE_MS = 180_000;

describe.skipIf(missing)(missing ? `videorft review: ${missing}` : 'videorft review', () => {
  let world: ReviewWorld;
  let studio: ServeProcess;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];
  const reviewed = (name: string) => join(world.out, 'review', name);
  const decisions = () => rowsOf<{ do: string }>(reviewed('decisions.jsonl'));

  async function start(): Promise<void> {
    studio = await startAddressed('review', world.out, '--by', 'tester');
    await page.goto(studio.baseURL);
    await page.locator('.row').first().waitFor();
  }

  beforeAll(async () => {
    world = await makeReviewWorld(mkdtempSync(join(tmpdir(), 'videorft-review-world-')));
    browser = await launchBrowser();
    page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    page.setDefaultTimeout(PATIENCE_MS);
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      // Refusals are answers, and are looked at where they are asked for.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load')) complaints.push(message.text());
    });
    await start();
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await studio?.end();
  });

  const rowOf = (clip: Pick<Footage, 'name'>) => page.locator('.row', { hasText: clip.name });
  const open = async (clip: Pick<Footage, 'name'>) => {
    await rowOf(clip).click();
    await page.locator('.tags b', { hasText: clip.name }).waitFor();
  };
  const badge = (clip: Pick<Footage, 'name'>) => rowOf(clip).locator('.badge.decision');
  const count = () => page.locator('.row').count();
  const listHas = (rows: number) => expect.poll(count, { timeout: PATIENCE_MS }).toBe(rows);
  const filter = (name: string) => page.locator(`#filter-${name}`);

  test.each(footage)('$name plays, and its description lies on the timeline', async (clip) => {
    await open(clip);
    const video = page.locator('video');
    // Whichever is there: a browser may notice only while it plays that it cannot.
    await page.waitForFunction(() => {
      const element = document.querySelector('video');
      if (element?.paused) void element.play().catch(() => undefined);
      return (element?.currentTime ?? 0) > 0.3;
    });
    const { length, width } = await video.evaluate((element: HTMLVideoElement) => {
      element.pause();
      return { length: element.duration, width: element.videoWidth };
    });
    expect(Math.abs(length - clip.seconds)).toBeLessThan(1.2);
    expect(width).toBeGreaterThan(300);
    await expectCopy(clip);
    // The second moment: the video goes there, and there alone the moment is marked.
    const stretches = page.locator('.stretch');
    expect(await stretches.count()).toBeGreaterThan(2);
    await stretches.nth(1).click();
    await page.locator('.moments li:nth-child(2)[aria-current="true"]').waitFor();
    const [time, label] = [
      await video.evaluate((element: HTMLVideoElement) => element.currentTime),
      await page.locator('.moments li:nth-child(2) .time').textContent(),
    ];
    const [minutes, seconds] = (label ?? '').split(':').map(Number);
    expect(Math.abs(minutes * 60 + seconds - time)).toBeLessThan(0.11);
    await shot(page, `clip-${clip.name}`);
  });

  /** What browsers do not play is shown as a copy, and the page says so. */
  async function expectCopy({ plays }: Footage): Promise<void> {
    const src = await page.locator('video').getAttribute('src');
    const note = await page.locator('.medium .note').textContent();
    expect(src).toMatch(/\/(copy|original)$/);
    expect(note?.includes('shown as a copy')).toBe(src?.endsWith('/copy'));
    if (plays !== undefined) expect(src?.endsWith('/original')).toBe(plays);
  }

  test('question, answers, draft against revision and what was corrected; a file that is broken says why', async () => {
    const corrected = footage.find(({ correction }) => correction);
    if (corrected) {
      await open(corrected);
      expect(await page.locator('.words ins').allTextContents()).not.toEqual([]);
      expect(await page.locator('.corrections').textContent()).toContain(corrected.correction?.evidence);
      await page.getByRole('tab', { name: 'Draft', exact: true }).click();
      expect(await page.locator('.words').textContent()).toBe(corrected.draft[0]);
    }
    for (const clip of world.rejected) {
      await open(clip);
      expect(await page.locator('.why.rejected').textContent()).toContain('wrong-answer');
      await shot(page, 'rejected');
    }
    await open({ name: 'late.mp4' });
    expect(await page.locator('.why.quarantined').textContent()).toContain('media-empty');
    expect(await page.locator('.nothing').textContent()).toContain('the file is empty');
    expect(await page.locator('.decide').textContent()).toContain('Nothing can be decided');
    await shot(page, 'quarantined');
  });

  test('what a question says never runs', async () => {
    expect(await page.title()).toBe(`Review of ${world.out}`);
    expect(await page.locator('#studio img[src="x"], #studio script').count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test('filters and search', async () => {
    const all = world.kept.length + world.rejected.length + 1;
    expect(await count()).toBe(all);
    await filter('bin').selectOption('kept');
    await listHas(world.kept.length);
    await filter('bin').selectOption('quarantined');
    await listHas(1);
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await listHas(all);
    // A word of a draft, which the list does not show.
    const [clip] = footage;
    await page.keyboard.press('/');
    await page.keyboard.type(clip.draft[0].slice(5, 25).toUpperCase());
    await listHas(1);
    expect(await page.locator('.row .id').textContent()).toBe(clip.name);
    await shot(page, 'search');
    await page.locator('#search').fill('no such words');
    await listHas(0);
    expect(await page.locator('.status').textContent()).toContain('No sample is like this');
    await page.locator('#search').fill('');
    await listHas(all);
  });

  test('accept, reject, discard and edit by keys; undo and redo; a decision goes on to the next sample', async () => {
    const [first, second] = world.kept;
    await page.locator('#search').blur();
    await open(first);
    await page.keyboard.press('r');
    await badge(first).getByText('rejected by you').waitFor();
    await page.keyboard.press('z');
    await badge(first).waitFor({ state: 'detached' });
    await page.keyboard.press('Shift+Z');
    await badge(first).getByText('rejected by you').waitFor();
    await open(second);
    // Typed ahead: the second key is about the sample that the first one leads to.
    await page.keyboard.press('a');
    await page.keyboard.press('x');
    await badge(second).getByText('accepted').waitFor();
    await page.getByRole('status').filter({ hasText: 'discarded' }).waitFor();
    expect(await badge(second).textContent()).toContain('accepted');
    await page.keyboard.press('z');
    await page.getByRole('status').filter({ hasText: 'undecided' }).waitFor();
    for (const clip of world.rejected) await edit(clip);
    expect(decisions().map((event) => event.do)).toEqual([
      'decide',
      'undo',
      'redo',
      'decide',
      'decide',
      'undo',
      ...world.rejected.map(() => 'decide'),
    ]);
    expect(await page.locator('.far').textContent()).toContain(`${2 + world.rejected.length} of`);
  });

  /** The reviewer sees what the chain got wrong, and writes it anew. */
  async function edit(clip: Footage): Promise<void> {
    await open(clip);
    await page.keyboard.press('e');
    const dialog = page.getByRole('dialog', { name: 'Edit and accept' });
    await dialog.getByLabel('Reference answer').fill('many');
    await page.getByRole('button', { name: 'Save' }).click();
    await dialog.getByText('cannot be scored').waitFor();
    await shot(page, 'editor');
    await dialog.getByLabel('Reference answer').fill(clip.truth);
    await dialog.getByLabel('Reasoning').fill('At the end a blue balloon floats in the doorway: one.');
    await dialog.getByLabel('Note').fill('looked at it twice');
    await page.keyboard.press('Control+Enter');
    await dialog.waitFor({ state: 'hidden' });
    await badge(clip).getByText('edited').waitFor();
    await page.getByRole('tab', { name: 'Your edit' }).waitFor();
    await shot(page, 'edited');
  }

  test('a reload and a kill -9 keep what was decided', async () => {
    await page.reload();
    await badge(world.kept[0]).getByText('rejected by you').waitFor();
    await studio.end('SIGKILL');
    await start();
    await badge(world.kept[0]).getByText('rejected by you').waitFor();
    await badge(world.kept[1]).getByText('accepted').waitFor();
    await filter('decision').selectOption('reject');
    await listHas(1);
    await page.getByRole('button', { name: 'Clear filters' }).click();
  });

  test('applied from the page and by --apply: the same files, and counts that add up; the originals stay', async () => {
    const originals = ['cot.jsonl', 'rejected.jsonl', 'rl.jsonl'].map((name) =>
      readFileSync(join(world.out, name), 'utf8'),
    );
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.getByRole('dialog', { name: 'Applied' }).waitFor();
    await shot(page, 'applied');
    const [kept, rejected] = [world.kept.length - 1 + world.rejected.length, 1];
    expect(countsOf(reviewed('counts.json'))).toMatchObject({
      in: kept + rejected + 1,
      kept,
      rejected,
      quarantined: 1,
      reviewer: {
        accept: { kept: 1, rejected: world.rejected.length },
        reject: { kept: 1 },
        edited: world.rejected.length,
      },
    });
    for (const { name, truth } of world.rejected)
      expect(rowsOf(reviewed('cot.jsonl')).find((row) => row.problem_id === name)).toMatchObject({
        process: '<think>At the end a blue balloon floats in the doorway: one.</think>',
        solution: `<answer>${truth}</answer>`,
        reviewed: 'edited',
        review_note: 'looked at it twice',
      });
    const fromPage = readFileSync(reviewed('cot.jsonl'), 'utf8');
    const { status, out } = await runCli('review', world.out, '--apply');
    expect([status, out]).toEqual([0, expect.stringContaining(`kept ${kept} + rejected ${rejected} + quarantined 1`)]);
    expect(readFileSync(reviewed('cot.jsonl'), 'utf8')).toBe(fromPage);
    expect(
      ['cot.jsonl', 'rejected.jsonl', 'rl.jsonl'].map((name) => readFileSync(join(world.out, name), 'utf8')),
    ).toEqual(originals);
    await page.getByRole('button', { name: 'Close' }).click();
  });

  test('every control has a name, every text contrast; dark and narrow pages; nothing was asked for elsewhere', async () => {
    const nameless = await page.evaluate(() =>
      [...document.querySelectorAll('button, input, select, textarea, video, img')]
        .filter((element) => {
          const { ariaLabel, textContent, title, id } = element as HTMLElement;
          return !ariaLabel && !textContent?.trim() && !title && !document.querySelector(`label[for="${id}"]`);
        })
        .map((element) => element.outerHTML),
    );
    expect(nameless).toEqual([]);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      for (const clip of [{ name: 'late.mp4' }, ...world.rejected, ...world.kept]) {
        await open(clip);
        expect(await faintTexts(page)).toEqual([]);
      }
    }
    await page.emulateMedia({ colorScheme: 'light' });
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await shot(page, 'keys');
    await page.keyboard.press('Escape');
    await page.emulateMedia({ colorScheme: 'dark' });
    await shot(page, 'dark');
    await page.setViewportSize({ width: 600, height: 900 });
    await shot(page, 'narrow');
    const elsewhere = await page.evaluate(() =>
      performance.getEntriesByType('resource').map(({ name }) => new URL(name).origin),
    );
    expect(new Set(elsewhere)).toEqual(new Set([new URL(studio.baseURL).origin]));
    expect(complaints).toEqual([]);
  });

  test('Ctrl-C ends it with status 0', async () => {
    expect(await studio.end()).toBe(0);
  });
});
