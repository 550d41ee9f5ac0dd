import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/kernel/clock.ts';
import { createFileStore, FILES_PATH, FileLinks } from '../../src/platform/files/index.ts';
import { S3Store } from '../../src/platform/files/s3-store.ts';
import { serveFile } from '../../src/platform/files/serve-file.ts';
import { describeFileStore, failing, MAX_BYTES, pdf, read } from '../support/files-contract.ts';
import { type S3Server, startS3 } from '../support/s3-server.ts';

function storeOn(server: S3Server, changes: Partial<ConstructorParameters<typeof S3Store>[0]> = {}): S3Store {
  const { endpoint, bucket, accessKeyId, secretAccessKey } = server;
  return new S3Store({
    region: 'us-east-1',
    forcePathStyle: true,
    maxBytes: MAX_BYTES,
    endpoint,
    bucket,
    accessKeyId,
    secretAccessKey,
    ...changes,
  });
}

describeFileStore('an S3 bucket', async () => {
  const server = await startS3();
  const store = storeOn(server);
  await store.start();
  return {
    store,
    contents: () => server.contents(),
    stop: async () => {
      await store.stop();
      await server.stop();
    },
  };
});

describe('an S3 server', () => {
  let server: S3Server;
  beforeAll(async () => {
    server = await startS3();
  });
  afterAll(() => server?.stop());

  it('gives out files by a signed link, attached under their name, until it expires', async () => {
    const store = storeOn(server);
    await store.put('x/a.svg', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), {
      contentType: 'image/svg+xml',
    });
    await store.put('x/a.pdf', pdf(100), { contentType: 'application/pdf' });
    const link = await store.signedUrl('x/a.pdf', {
      expiresIn: 60,
      disposition: 'inline',
      downloadName: 'ใบ.pdf',
    });
    const answer = await fetch(link);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-disposition')).toBe(
      `inline; filename="__.pdf"; filename*=UTF-8''%E0%B9%83%E0%B8%9A.pdf`,
    );
    expect((await answer.arrayBuffer()).byteLength).toBe(100);

    const drawing = await fetch(await store.signedUrl('x/a.svg', { expiresIn: 60, disposition: 'inline' }));
    expect(drawing.headers.get('content-disposition')).toBe('attachment');
    expect((await fetch(link.replace('x/a.pdf', 'x/a.svg'))).status).toBe(403);
    const brief = await store.signedUrl('x/a.pdf', { expiresIn: 1 });
    await new Promise((resolve) => setTimeout(resolve, 2100));
    expect((await fetch(brief)).status).toBe(403);
    await expect(store.signedUrl('x/a.pdf', { expiresIn: 604_801 })).rejects.toEqual(
      failing('files_link_invalid', false),
    );
  });

  it('is hidden behind the hub unless links may lead to it', async () => {
    const links = new FileLinks({ key: new Uint8Array(32).fill(2), clock: systemClock });
    const { endpoint, bucket, accessKeyId, secretAccessKey: secret } = server;
    const secretAccessKey = { reveal: () => secret };
    const place = { backend: 's3', region: 'us-east-1', forcePathStyle: true, maxBytes: MAX_BYTES } as const;
    const config = { ...place, endpoint, bucket, accessKeyId, secretAccessKey };

    const hidden = createFileStore(config, links);
    await hidden.put('z/a.txt', Buffer.from('0123456789'), { contentType: 'text/plain' });
    const url = new URL(await hidden.signedUrl('z/a.txt', { expiresIn: 60 }), 'http://hub.test');
    expect(url.origin).toBe('http://hub.test');
    const key = url.pathname.slice(FILES_PATH.length);
    const headers = { range: 'bytes=-3' };
    const answer = await serveFile(hidden, links, { method: 'GET', key, query: url.searchParams, headers });
    expect(answer.status).toBe(206);
    expect((await read(answer.body ?? Readable.from([]))).toString()).toBe('789');

    const direct = createFileStore({ ...config, directLinks: true }, links);
    expect(await direct.signedUrl('z/a.txt', { expiresIn: 60 })).toContain(`${endpoint}/${bucket}/z/a.txt?`);
    await Promise.all([hidden.stop(), direct.stop()]);
  });

  it('that is down is told as such and found again', async () => {
    const other = await startS3();
    const store = storeOn(other);
    await store.put('x/a.txt', Buffer.from('x'), { contentType: 'text/plain' });
    const { contents } = other;
    await other.restart();
    await store.health();
    const before = await contents();
    await other.stop();
    const down = failing('files_unavailable', true);
    await expect(store.put('x/b.txt', Buffer.from('x'), { contentType: 'text/plain' })).rejects.toEqual(down);
    await expect(store.get('x/a.txt')).rejects.toEqual(down);
    await expect(store.delete('x/a.txt')).rejects.toEqual(down);
    await expect(store.list('')).rejects.toEqual(down);
    await expect(store.health()).rejects.toEqual(down);
    expect(before.length).toBeGreaterThan(0);
  });

  it('that refuses the hub is told apart from one that is down', async () => {
    const refusal = failing('files_misconfigured', false);
    await expect(storeOn(server, { secretAccessKey: 'wrong' }).get('x/a.pdf')).rejects.toEqual(refusal);
    await expect(storeOn(server, { secretAccessKey: 'wrong' }).health()).rejects.toEqual(refusal);
    await expect(storeOn(server, { bucket: 'no-such-bucket' }).health()).rejects.toEqual(refusal);
    await expect(
      storeOn(server, { bucket: 'no-such-bucket' }).put('a.txt', Buffer.from('x'), {
        contentType: 'text/plain',
      }),
    ).rejects.toEqual(refusal);
  });

  it('that fails now and then gets the upload again, whole; digest and length are signed', async () => {
    const requests: { digest: string | string[] | undefined; bytes: number }[] = [];
    const flaky = createServer((request, response) => {
      let bytes = 0;
      request.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      request.on('end', () => {
        requests.push({ digest: request.headers['x-amz-content-sha256'], bytes });
        response.writeHead(requests.length < 3 ? 503 : 200).end();
      });
    });
    await new Promise<void>((resolve) => flaky.listen(0, '127.0.0.1', resolve));
    const { port } = flaky.address() as AddressInfo;
    const store = storeOn(server, { endpoint: `http://127.0.0.1:${port}` });
    const { sha256 } = await store.put('x/flaky.pdf', pdf(200_000), { contentType: 'application/pdf' });
    expect(requests).toEqual(Array.from({ length: 3 }, () => ({ digest: sha256, bytes: 200_000 })));
    await store.stop();
    await new Promise((resolve) => flaky.close(resolve));
  });

  it('holding an object that the hub did not store says so', async () => {
    const store = storeOn(server);
    const { S3Client, PutObjectCommand } = await import('@aws-sdk/client-s3');
    const client = new S3Client({
      region: 'us-east-1',
      endpoint: server.endpoint,
      forcePathStyle: true,
      credentials: { accessKeyId: server.accessKeyId, secretAccessKey: server.secretAccessKey },
    });
    await client.send(
      new PutObjectCommand({ Bucket: server.bucket, Key: 'y/foreign.pdf', Body: '%PDF-1.7' }),
    );
    await client.send(new PutObjectCommand({ Bucket: server.bucket, Key: 'y/Foreign Key', Body: 'x' }));
    client.destroy();
    await expect(store.get('y/foreign.pdf')).rejects.toEqual(failing('files_damaged', false));
    expect((await store.list('y/')).files.map((file) => file.key)).toEqual(['y/foreign.pdf']);
  });
});
