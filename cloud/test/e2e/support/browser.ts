import { type Browser, type BrowserContext, chromium as driver, type Page } from 'playwright-core';
import { expect } from 'vitest';
import { chromium } from '../../../../scripts/stack/chromium.ts';

export async function launchBrowser(): Promise<Browser> {
  const { executablePath, args } = await chromium();
  return driver.launch({ executablePath, args });
}

export interface Viewing {
  readonly language?: 'th-TH' | 'en-GB' | 'id-ID' | 'de-DE';
  readonly dark?: boolean;
  readonly width?: number;
  readonly height?: number;
  readonly scale?: number;
}

export interface Viewed {
  readonly context: BrowserContext;
  readonly page: Page;
  /** What the browser complained of, and every request that went elsewhere. */
  readonly complaints: string[];
}

export async function view(browser: Browser, options: Viewing = {}): Promise<Viewed> {
  const { language = 'en-GB', dark = false, width = 1280, height = 800, scale = 1 } = options;
  const context = await browser.newContext({
    locale: language,
    colorScheme: dark ? 'dark' : 'light',
    timezoneId: 'Asia/Bangkok',
    viewport: { width, height },
    deviceScaleFactor: scale,
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  await page.clock.install();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning')
      complaints.push(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    const { hostname, protocol } = new URL(request.url());
    if (hostname !== '127.0.0.1' && protocol !== 'data:') complaints.push(`request: ${request.url()}`);
  });
  return { context, page, complaints };
}

/** Waits until the headline says so; the page's clock runs ahead meanwhile, the network keeps its own time. */
export async function say(page: Page, text: string, seconds = 60): Promise<void> {
  const headline = page.getByRole('heading', { level: 1, name: text });
  for (let second = 0; (await headline.count()) === 0; second += 1) {
    const heard = await page.getByRole('heading', { level: 1 }).allTextContents();
    expect(second, `"${text}" within ${seconds} s of the page; it says ${heard}`).toBeLessThan(seconds);
    await page.waitForTimeout(50);
    await page.clock.fastForward(1_000);
  }
}
