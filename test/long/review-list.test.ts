// The list of `videorft review` in a browser, with more rows than a page: presses that come faster than answers. Leaves out: samples and decisions
// (review.test.ts).
// Run: npx vitest run --project long test/long/review-list.test.ts
import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { launchBrowser, noBrowser } from '../support/browser.ts';
import { scratchFolder } from '../support/media.ts';
import { withStudio } from '../support/studio.ts';

const at = await scratchFolder();

test.skipIf(noBrowser)(
  `Next pressed twice leads one page on, and is no error${noBrowser ? `: ${noBrowser}` : ''}`,
  async () => {
    const rows = Array.from({ length: 130 }, (_, i) => JSON.stringify({ problem_id: `q${i}`, problem: '?', path: '' }));
    writeFileSync(at('set.jsonl'), rows.join('\n'));
    const browser = await launchBrowser();
    try {
      await withStudio(at('set.jsonl'), async ({ address }) => {
        const page = await browser.newPage();
        // Answers come late enough for a second press.
        await page.route('**/api/review/samples?*', async (route) => {
          await new Promise((later) => setTimeout(later, 150));
          await route.continue();
        });
        await page.goto(address);
        const first = page.locator('.row .id').first();
        const shows = (id: string) => expect.poll(() => first.textContent(), { timeout: 60_000 }).toBe(id);
        await first.waitFor();
        await page.evaluate(() => {
          const next = [...document.querySelectorAll('button')].find(({ textContent }) => textContent === 'Next ›');
          next?.click();
          next?.click();
        });
        await shows('q50');
        await page.getByRole('button', { name: '‹ Previous' }).click();
        await shows('q0');
        expect(await page.locator('.alarm').textContent()).toBe('');
      });
    } finally {
      await browser.close();
    }
  },
);
