// Debian's chromium for tests of pages, and the screenshots they leave. Leaves out: pages.
import { existsSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';

const executablePath = '/usr/bin/chromium';

/** Why there is no browser here; undefined where there is one. */
export const noBrowser: string | undefined = existsSync(executablePath) ? undefined : `${executablePath} is not there`;

/** Videos start without a click; root needs no sandbox of its own. */
export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath, args: ['--no-sandbox', '--autoplay-policy=no-user-gesture-required'] });

/** Screenshots go into a temporary folder; VIDEORFT_SCREENSHOTS names one that stays. */
export function screenshots(): (page: Page, name: string) => Promise<void> {
  const folder = process.env.VIDEORFT_SCREENSHOTS ?? mkdtempSync(join(tmpdir(), 'videorft-screenshots-'));
  mkdirSync(folder, { recursive: true });
  return async (page, name) => {
    await page.screenshot({ path: join(folder, `${name}.png`) });
  };
}
