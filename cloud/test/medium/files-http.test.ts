import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { movableClock, systemClock } from '../../src/kernel/clock.ts';
import { createFileStore, FileLinks, type FileStore, filesModule } from '../../src/platform/files/index.ts';
import { createHttpServer, Readiness } from '../../src/platform/http/index.ts';
import { createLogger, createMetrics } from '../../src/platform/telemetry/index.ts';
import { pdf } from '../support/files-contract.ts';

describe('files of the hub (real: HTTP server, folder)', () => {
  const clock = movableClock('2026-11-20T00:00:00Z');
  const links = new FileLinks({ key: new Uint8Array(32).fill(3), clock });
  let folder: string;
  let store: FileStore;
  let app: NestFastifyApplication;
  let origin: string;
  const content = pdf(3_000_000);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'meterline-files-http-'));
    store = createFileStore({ backend: 'folder', folder, maxBytes: 10_000_000 }, links);
    await store.start();
    app = await createHttpServer({
      http: {
        host: '127.0.0.1',
        port: 0,
        trustProxy: false,
        bodyLimitBytes: 1_048_576,
        requestTimeoutMs: 1_000,
        rateLimit: { perMinute: 0 },
        operatorToken: 'a-token-of-the-operator-for-tests',
      },
      version: '0.0.0',
      module: filesModule(store, links),
      readiness: new Readiness([], () => systemClock.monotonicMs()),
      logger: createLogger({ level: 'silent', format: 'json', secrets: [] }),
      metrics: createMetrics('all'),
    });
    await app.listen(0, '127.0.0.1');
    origin = await app.getUrl();
    await store.put('bills/a1.pdf', content, { contentType: 'application/pdf' });
  });
  afterAll(async () => {
    // The clients' idle connections would otherwise be waited for.
    app?.getHttpServer().closeAllConnections();
    await app?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('gives a file by its link, whole and in part', async () => {
    const link =
      origin + (await store.signedUrl('bills/a1.pdf', { expiresIn: 60, downloadName: 'ใบแจ้งหนี้.pdf' }));
    const whole = await fetch(link);
    expect(whole.status).toBe(200);
    expect(whole.headers.get('content-type')).toBe('application/pdf');
    expect(whole.headers.get('content-security-policy')).toContain('sandbox');
    expect(whole.headers.get('x-content-type-options')).toBe('nosniff');
    expect(whole.headers.get('x-frame-options')).toBe('DENY');
    expect(whole.headers.get('x-request-id')).toBeTruthy();
    expect(whole.headers.get('cache-control')).toBe('private, max-age=60');
    expect(whole.headers.get('content-disposition')).toContain("filename*=UTF-8''%E0%B9%83");
    expect(Buffer.from(await whole.arrayBuffer()).equals(content)).toBe(true);
    const part = await fetch(link, { headers: { range: 'bytes=-10' } });
    expect(part.status).toBe(206);
    expect(Buffer.from(await part.arrayBuffer()).equals(content.subarray(-10))).toBe(true);
    const head = await fetch(link, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '3000000']);
    const same = await fetch(link, { headers: { 'if-none-match': whole.headers.get('etag') ?? '' } });
    expect(same.status).toBe(304);
  });

  it('says why not, as a problem', async () => {
    const link = await store.signedUrl('bills/a1.pdf', { expiresIn: 60 });
    const missing = await store.signedUrl('bills/none.pdf', { expiresIn: 60 });
    const problems: [string, number, string][] = [
      ['/api/v1/files/bills/a1.pdf', 403, 'files_link_invalid'],
      [`${link}x`, 403, 'files_link_invalid'],
      [missing, 404, 'files_not_found'],
      [link.replace('bills/a1.pdf', 'bills/%2e%2e%2fa1.pdf'), 422, 'files_key_invalid'],
      [link.replace('bills/a1.pdf', 'bills/%00.pdf'), 422, 'files_key_invalid'],
    ];
    for (const [path, status, code] of problems) {
      const answer = await fetch(origin + path);
      expect([path, answer.status, answer.headers.get('content-type')]).toEqual([
        path,
        status,
        'application/problem+json',
      ]);
      expect(await answer.json()).toMatchObject({ code });
    }
    clock.advance({ seconds: 61 });
    expect(await (await fetch(origin + link)).json()).toMatchObject({ code: 'files_link_expired' });
  });

  it('lets a slow client finish, long after the time for an answer', async () => {
    await store.put('bills/large.pdf', pdf(9_000_000), { contentType: 'application/pdf' });
    const answer = await fetch(origin + (await store.signedUrl('bills/large.pdf', { expiresIn: 600 })));
    let bytes = 0;
    for await (const chunk of answer.body ?? []) {
      bytes += chunk.byteLength;
      if (bytes < 1_000_000) await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(bytes).toBe(9_000_000);
  });

  it('lets go of the file when the client leaves', async () => {
    const link = await store.signedUrl('bills/a1.pdf', { expiresIn: 60 });
    for (let i = 0; i < 20; i += 1) {
      const leaving = new AbortController();
      const answer = await fetch(origin + link, { signal: leaving.signal });
      await answer.body?.getReader().read();
      leaving.abort();
    }
    await expect.poll(() => openFiles(folder)).toBe(0);
  });
});

async function openFiles(folder: string): Promise<number> {
  const { readdir, readlink } = await import('node:fs/promises');
  const handles = await readdir('/proc/self/fd');
  const targets = await Promise.all(
    handles.map((handle) => readlink(`/proc/self/fd/${handle}`).catch(() => '')),
  );
  return targets.filter((target) => target.startsWith(folder)).length;
}
