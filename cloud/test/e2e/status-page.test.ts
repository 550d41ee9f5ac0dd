import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launchBrowser, say, type Viewed, type Viewing, view } from './support/browser.ts';
import { StandInHub } from './support/stand-in-hub.ts';

// Evaluated through the debugger: the page's own policy lets no foreign script in.
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** What Chromium writes to the console for every answer that is not 2xx, and for none at all. */
const NETWORK_NOISE = /^console: Failed to load resource/;

describe('the status page (real: Chromium; stand-in: the hub)', () => {
  let browser: Browser;
  let hub: StandInHub;
  let viewed: Viewed | undefined;

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    hub = new StandInHub();
    await hub.start();
  });
  afterEach(async () => {
    await viewed?.context.close();
    viewed = undefined;
    await hub.stop().catch(() => undefined);
  });

  async function open(options: Viewing = {}): Promise<Page> {
    viewed = await view(browser, options);
    await viewed.page.goto(hub.url);
    return viewed.page;
  }

  it.each([
    ['th-TH', 'th', 'ทุกส่วนทำงานปกติ', 'ฐานข้อมูล', /ข้อมูล ณ \d+ \S+ 25\d\d \d\d:\d\d:\d\d/],
    ['en-GB', 'en', 'Everything is working', 'Database', /As of \d+ \w+ \d{4}, \d\d:\d\d:\d\d/],
    ['id-ID', 'id', 'Semua berfungsi', 'Basis data', /Per \d+ \w+ \d{4}, \d\d\.\d\d\.\d\d/],
    ['de-DE', 'en', 'Everything is working', 'Database', /As of/],
  ] as const)('speaks to a browser that wants %s', async (language, lang, words, part, time) => {
    const page = await open({ language });
    await say(page, words);
    expect(await page.getByText(part, { exact: true }).count()).toBe(1);
    expect(await page.getByText('0.1.0').textContent()).toContain('4be1d7f');
    expect(await page.locator('time').textContent()).toMatch(time);
    expect(await page.locator('html').getAttribute('lang')).toBe(lang);
    expect(await page.title()).toContain(words);
    await page.evaluate('document.fonts.ready.then(() => undefined)');
    expect(await fonts(page)).toEqual(expect.arrayContaining(['Sarabun 400', 'Sarabun 600']));
    expect(viewed?.complaints).toEqual([]);
  });

  it('counts Buddhist years in Thai and Christian ones elsewhere', async () => {
    const page = await open({ language: 'th-TH' });
    const year = new Date().getFullYear();
    await page.locator('time', { hasText: String(year + 543) }).waitFor();
    await page.getByRole('radio', { name: 'English' }).check();
    await page.locator('time', { hasText: `${year},` }).waitFor();
  });

  it('is switched to another language by keyboard alone, and remembers it', async () => {
    const page = await open({ language: 'en-GB' });
    await say(page, 'Everything is working');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowRight');
    await say(page, 'Semua berfungsi');
    await page.keyboard.press('ArrowRight');
    await say(page, 'ทุกส่วนทำงานปกติ');
    await page.reload();
    await say(page, 'ทุกส่วนทำงานปกติ');
    expect(await page.getByRole('radio', { name: 'ไทย' }).isChecked()).toBe(true);
  });

  it.each([
    ['light', 'ready'],
    ['dark', 'ready'],
    ['light', 'impaired'],
    ['dark', 'impaired'],
    ['light', 'silent'],
    ['dark', 'silent'],
  ] as const)('has nothing that axe objects to: %s, %s', async (scheme, state) => {
    if (state === 'impaired') hub.parts = impaired(hub);
    const page = await open({ language: 'th-TH', dark: scheme === 'dark', width: 390 });
    await say(page, state === 'impaired' ? 'บางส่วนของฮับใช้งานไม่ได้' : 'ทุกส่วนทำงานปกติ');
    if (state === 'silent') {
      await hub.stop();
      await say(page, 'ฮับไม่ตอบ');
    }
    expect(await violations(page)).toEqual([]);
  });

  it.each([320, 768, 1280])('fits %d px in every language and state', async (width) => {
    hub.parts = [
      ...impaired(hub),
      { name: 'a-part-of-a-later-version', state: 'warming', detail: 'x'.repeat(120), milliseconds: 12_345 },
    ];
    for (const language of ['th-TH', 'en-GB', 'id-ID'] as const) {
      const page = await open({ language, width, height: 640 });
      await page.getByText('a-part-of-a-later-version').waitFor();
      expect([language, await overflow(page)]).toEqual([language, 0]);
      await viewed?.context.close();
    }
    const page = await open({ width, height: 640 });
    await page.getByText('a-part-of-a-later-version').waitFor();
    await hub.stop();
    await say(page, 'The hub does not answer');
    expect(await overflow(page)).toBe(0);
  });

  it('shows nothing in a language that was not chosen', async () => {
    hub.parts = [
      ...impaired(hub),
      {
        name: 'outbox-of-later',
        state: 'degraded',
        reasons: [{ code: 'of_a_later_version' }],
        milliseconds: 1,
      },
    ];
    for (const [language, words] of [
      ['th-TH', 'ติดต่อไม่ได้'],
      ['id-ID', 'Tidak dapat dihubungi'],
    ] as const) {
      const page = await open({ language });
      await page.getByText(words).waitFor();
      expect(await page.getByText(/unreachable|waiting|schema|later_version/).count()).toBe(0);
      await viewed?.context.close();
    }
  });

  it('has targets of 44 px', async () => {
    const page = await open({ width: 320 });
    await say(page, 'Everything is working');
    for (const target of await page.locator('label, footer a').all()) {
      const box = await target.boundingBox();
      expect(Math.min(box?.height ?? 0, box?.width ?? 0)).toBeGreaterThanOrEqual(44);
    }
  });

  it('says what is wrong in plain words, and that it is over', async () => {
    const page = await open();
    await say(page, 'Everything is working');
    const healthy = hub.parts;
    hub.parts = impaired(hub);
    await say(page, 'Part of the hub is not working');
    const queue = page.getByRole('listitem').filter({ hasText: 'Work queue' });
    expect(await queue.textContent()).toContain('Not working');
    expect(await queue.textContent()).toContain('Cannot be reached');
    hub.parts = healthy.map((part) =>
      part.name === 'outbox'
        ? {
            ...part,
            state: 'degraded',
            detail: '0 waiting, 6 failed',
            reasons: [{ code: 'events_failed', count: 6 }],
          }
        : part,
    );
    await say(page, 'Working, with limits');
    await page.getByText('Given up, waiting for a person to decide: 6').waitFor();
    hub.draining = true;
    await say(page, 'The hub is stopping or restarting');
    hub.draining = false;
    hub.parts = healthy;
    await say(page, 'Everything is working');
    expect(viewed?.complaints.filter((line) => !NETWORK_NOISE.test(line))).toEqual([]);
  });

  it('keeps what it knew, with its age, when the hub goes down, and recovers by itself', async () => {
    const page = await open();
    await say(page, 'Everything is working');
    await hub.stop();
    await say(page, 'The hub does not answer');
    const notice = page.getByText(/Below is what was last known, \d+\sseconds? ago/);
    await notice.waitFor();
    const before = await notice.textContent();
    await expect.poll(() => notice.textContent(), { timeout: 5000 }).not.toBe(before);
    expect(await page.getByText('What it relied on, as last known').count()).toBe(1);
    expect(await page.getByText('Database', { exact: true }).count()).toBe(1);
    await hub.start();
    await say(page, 'Everything is working');
    expect(await page.getByRole('button', { name: 'Try now' }).count()).toBe(0);
    expect(viewed?.complaints.filter((line) => !NETWORK_NOISE.test(line))).toEqual([]);
  });

  it('tries at once when asked to', async () => {
    const page = await open();
    await say(page, 'Everything is working');
    await hub.stop();
    await say(page, 'The hub does not answer');
    await hub.start();
    await page.getByRole('button', { name: 'Try now' }).click();
    await page.getByRole('heading', { level: 1, name: 'Everything is working' }).waitFor({ timeout: 900 });
  });

  it.each([
    ['hangs', { mute: true }, 'The answer did not come in time.'],
    ['is hidden by the page of a proxy', { proxyPage: true }, 'Something answered, but not as the hub does.'],
  ])('tells a hub that %s', async (_what, trouble, words) => {
    Object.assign(hub, trouble);
    const page = await open();
    await page
      .getByRole('heading', { level: 1, name: 'The hub does not answer' })
      .waitFor({ timeout: 20_000 });
    await page.getByText(words).waitFor();
    await page.getByText('It has not answered since this page was opened.').waitFor();
  });

  it('announces a change of state once, and no ticking clock', async () => {
    const page = await open();
    await say(page, 'Everything is working');
    expect(await page.getByRole('status').count()).toBe(1);
    await page.evaluate(`
      const region = document.querySelector('[role=status]');
      new MutationObserver(() => region.setAttribute('data-changed', '')).observe(region, {
        childList: true, characterData: true, subtree: true,
      });
    `);
    const later = page.getByText('4 of 4 answered');
    for (let second = 0; second < 40 && (await later.count()) === 0; second += 1) {
      await page.clock.fastForward(1_000);
      await page.waitForTimeout(50);
    }
    expect(await later.count()).toBe(1);
    expect(await page.getByRole('status').getAttribute('data-changed')).toBeNull();
  });

  it('has its landmarks', async () => {
    const page = await open();
    await say(page, 'Everything is working');
    for (const role of ['banner', 'main', 'contentinfo'] as const) {
      expect([role, await page.getByRole(role).count()]).toEqual([role, 1]);
    }
    expect(await page.getByRole('group', { name: 'Language' }).getByRole('radio').count()).toBe(3);
    expect(await page.getByRole('link', { name: 'API description' }).getAttribute('href')).toBe(
      '/api/v1/openapi.json',
    );
  });
});

function impaired(hub: StandInHub): StandInHub['parts'] {
  return hub.parts.map((part) =>
    part.name === 'queue'
      ? { ...part, state: 'down', detail: 'unreachable (ECONNREFUSED)', reasons: [{ code: 'unreachable' }] }
      : part,
  );
}

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const found: { id: string; nodes: { html: string }[] }[] = await page.evaluate(
    'axe.run({ resultTypes: ["violations"] }).then((result) => result.violations)',
  );
  return found.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
}

function overflow(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}

async function fonts(page: Page): Promise<string[]> {
  const loaded: { family: string; weight: string }[] = await page.evaluate(
    '[...document.fonts].filter((it) => it.status === "loaded").map(({ family, weight }) => ({ family, weight }))',
  );
  return loaded.map(({ family, weight }) => `${family.replaceAll('"', '')} ${weight}`);
}
