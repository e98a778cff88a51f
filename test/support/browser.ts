// Debian's chromium for tests of pages, and the screenshots they leave. Leaves out: pages.
import { existsSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';

const executablePath = '/usr/bin/chromium';

/** Why there is no browser here; undefined where there is one. */
export const noBrowser: string | undefined = existsSync(executablePath)
  ? undefined
  : `no ${executablePath} (apt-get install chromium)`;

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

/**
 * Texts that are hard to read where they stand: their colour against the nearest filled background below WCAG's 4.5 to 1. What is disabled, hidden or
 * drawn over a picture is left out.
 */
export const faintTexts = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const channels = (colour: string) => (colour.match(/[\d.]+/g) ?? []).map(Number);
    const linear = (c: number) => (c <= 10.31 ? c / 3294.6 : ((c / 255 + 0.055) / 1.055) ** 2.4);
    const light = ([r, g, b]: number[]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    const ground = (element: Element): number[] => {
      for (let at: Element | null = element; at; at = at.parentElement) {
        const filled = channels(getComputedStyle(at).backgroundColor);
        if (filled.length === 3 || filled[3] === 1) return filled;
      }
      return [255, 255, 255];
    };
    const hasText = (element: Element) =>
      [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim());
    return [...document.querySelectorAll<HTMLElement>('body *')]
      .filter(
        (element) => hasText(element) && element.checkVisibility() && !element.closest(':disabled, option, video'),
      )
      .map((element) => {
        const [a, b] = [light(channels(getComputedStyle(element).color)), light(ground(element))];
        return { element, ratio: (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) };
      })
      .filter(({ ratio }) => ratio < 4.5)
      .map(
        ({ element, ratio }) =>
          `${ratio.toFixed(2)} ${element.className || element.tagName} ${element.textContent?.slice(0, 30)}`,
      );
  });
