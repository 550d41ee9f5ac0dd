import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Hub, startHub } from '../../../scripts/stack/hub.ts';
import { startPostgres } from '../../../scripts/stack/postgres.ts';
import { freePort } from '../../../scripts/stack/process.ts';
import { launchBrowser, say, view } from './support/browser.ts';

const NETWORK_NOISE = /^console: Failed to load resource/;

describe('the status page (real: Chromium, hub, PostgreSQL)', () => {
  let browser: Browser;
  // A cluster of its own: the hub's roles belong to the whole cluster, and here it stops and starts.
  let postgres: Awaited<ReturnType<typeof startPostgres>>;
  let folder: string;
  let port: number;
  let hub: Hub;
  const start = () => startHub({ folder, port, adminUrl: postgres.url });

  beforeAll(async () => {
    [browser, postgres, folder, port] = await Promise.all([
      launchBrowser(),
      startPostgres(),
      mkdtemp(join(tmpdir(), 'meterline-hub-')),
      freePort(),
    ]);
    hub = await start();
  });
  afterAll(async () => {
    await browser?.close();
    await hub?.stop();
    await postgres?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it.each([
    ['th-TH', 'ทุกส่วนทำงานปกติ', 'ฐานข้อมูล'],
    ['en-GB', 'Everything is working', 'Database'],
    ['id-ID', 'Semua berfungsi', 'Basis data'],
  ] as const)('is served and filled by the hub, within its policy: %s', async (language, words, part) => {
    const { page, context, complaints } = await view(browser, { language });
    const answer = await page.goto(hub.url);
    expect(answer?.headers()['content-security-policy']).toContain("script-src 'self'");
    await say(page, words);
    await page.getByText(part, { exact: true }).waitFor();
    const { version } = (await (await fetch(`${hub.url}/api/v1/about`)).json()) as { version: string };
    await page.getByText(version).waitFor();
    // Every part that the hub names has a name for people.
    const { dependencies } = (await (await fetch(`${hub.url}/readyz`)).json()) as {
      dependencies: { name: string }[];
    };
    expect(await page.getByRole('listitem').count()).toBe(dependencies.length);
    const raw = await Promise.all(
      dependencies.map(({ name }) => page.getByText(name, { exact: true }).count()),
    );
    if (language !== 'en-GB') expect(raw).toEqual(dependencies.map(() => 0));
    const description = await page.getByRole('link', { name: 'API' }).getAttribute('href');
    expect((await fetch(new URL(description ?? '', hub.url))).status).toBe(200);
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('outlives a restart of the hub', async () => {
    const { page, context, complaints } = await view(browser);
    await page.goto(hub.url);
    await say(page, 'Everything is working');
    await hub.stop();
    await say(page, 'The hub does not answer');
    await page.getByText(/Below is what was last known/).waitFor();
    hub = await start();
    await say(page, 'Everything is working');
    expect(complaints.filter((line) => !NETWORK_NOISE.test(line))).toEqual([]);
    await context.close();
  });
});
