import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { movableClock } from '../../src/kernel/clock.ts';
import { FolderStore } from '../../src/platform/files/folder-store.ts';
import { FILES_PATH, FileLinks } from '../../src/platform/files/links.ts';
import { serveFile } from '../../src/platform/files/serve-file.ts';
import { describeFileStore, failing, MAX_BYTES, pdf, read } from '../support/files-contract.ts';

const WRITER = fileURLToPath(new URL('../support/files-writer.ts', import.meta.url));
const clock = movableClock('2026-11-20T00:00:00Z');
const links = new FileLinks({ key: new Uint8Array(32).fill(1), clock });
const TEXT = { contentType: 'text/plain' };

async function openStore(): Promise<{ folder: string; store: FolderStore }> {
  const folder = await mkdtemp(join(tmpdir(), 'meterline-files-'));
  const store = new FolderStore({ folder, maxBytes: MAX_BYTES, links });
  await store.start();
  return { folder, store };
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

describeFileStore('a folder', async () => {
  const { folder, store } = await openStore();
  return {
    store,
    contents: () => filesIn(folder),
    stop: () => rm(folder, { recursive: true, force: true }),
  };
});

describe('a folder', () => {
  let folder: string;
  let store: FolderStore;
  beforeAll(async () => {
    ({ folder, store } = await openStore());
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('is not left through a symbolic link, for reading, writing, listing or deleting', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'meterline-outside-'));
    const foreign = await openStore();
    await foreign.store.put('a/secret.txt', Buffer.from('secret'), TEXT);
    await rename(join(foreign.folder, 'files/a/secret.txt'), join(outside, 'secret.txt'));
    await mkdir(join(folder, 'files/links'), { recursive: true });
    await symlink(outside, join(folder, 'files/links/folder'));
    await symlink(join(outside, 'secret.txt'), join(folder, 'files/links/file.txt'));

    const missing = failing('files_not_found', false);
    await expect(store.get('links/folder/secret.txt')).rejects.toEqual(missing);
    await expect(store.get('links/file.txt')).rejects.toEqual(missing);
    await expect(store.put('links/folder/new.txt', Buffer.from('x'), TEXT)).rejects.toEqual(
      failing('files_misconfigured', false),
    );
    await store.delete('links/folder/secret.txt');
    expect((await store.list('links/')).files).toEqual([]);
    expect((await store.list('links/folder/')).files).toEqual([]);
    expect(await readdir(outside)).toEqual(['secret.txt']);
    // A write to the link's own key replaces the link, never what it points to.
    await store.put('links/file.txt', Buffer.from('mine'), TEXT);
    expect((await readFile(join(outside, 'secret.txt'))).toString()).toContain('secret');
    await rm(outside, { recursive: true });
    await rm(foreign.folder, { recursive: true });
  });

  it('tells a file that was cut short or is none of its own', async () => {
    const damaged = failing('files_damaged', false);
    await store.put('d/cut.pdf', pdf(5000), { contentType: 'application/pdf' });
    await truncate(join(folder, 'files/d/cut.pdf'), 4000);
    await writeFile(join(folder, 'files/d/foreign.pdf'), pdf(5000));
    await writeFile(join(folder, 'files/d/tiny.pdf'), 'x');
    await mkdir(join(folder, 'files/d/folder.pdf'));
    for (const key of ['d/cut.pdf', 'd/foreign.pdf', 'd/tiny.pdf']) {
      await expect(store.get(key)).rejects.toEqual(damaged);
    }
    await expect(store.get('d/folder.pdf')).rejects.toEqual(failing('files_not_found', false));
  });

  it('says when it cannot be used', async () => {
    const { folder: gone, store: orphan } = await openStore();
    await rm(gone, { recursive: true });
    const down = failing('files_unavailable', true);
    await expect(orphan.put('a.txt', Buffer.from('x'), TEXT)).rejects.toEqual(down);
    await expect(orphan.get('a.txt')).rejects.toEqual(down);
    await expect(orphan.delete('a.txt')).rejects.toEqual(down);
    await expect(orphan.list('')).rejects.toEqual(down);
    await expect(orphan.health()).rejects.toEqual(down);
  });

  it('lists in the order of S3: by the bytes of the whole key', async () => {
    const keys = ['o/a-b/x.txt', 'o/a.txt', 'o/a/x.txt', 'o/a/y.txt', 'o/ab/x.txt'];
    for (const key of keys) await store.put(key, Buffer.from('x'), TEXT);
    const seen: string[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await store.list('o/', { limit: 1, ...(cursor && { cursor }) });
      seen.push(...page.files.map((file) => file.key));
      if (!page.cursor) break;
      cursor = page.cursor;
    }
    expect(seen).toEqual(keys);
  });
});

describe('a process that ends in the middle of an upload', () => {
  it('leaves nothing visible, and its draft is swept at the next start; a living one keeps its draft', async () => {
    const { folder, store } = await openStore();
    await store.put('child/upload.pdf', pdf(100), { contentType: 'application/pdf' });
    const killed = fork(WRITER, [folder, '100000000', '5'], { execArgv: [] });
    const living = fork(WRITER, [folder, '100000000', '5'], { execArgv: [] });
    await Promise.all([once(killed, 'message'), once(living, 'message')]);
    await end(killed);

    expect(await readdir(join(folder, 'incoming'))).toHaveLength(2);
    expect((await store.stat('child/upload.pdf')).size).toBe(100);
    await new FolderStore({ folder, maxBytes: 1, links }).start();
    const [kept, ...others] = await readdir(join(folder, 'incoming'));
    expect(others).toEqual([]);
    expect(kept).toContain(`.${living.pid}.`);

    await end(living);
    await new FolderStore({ folder, maxBytes: 1, links }).start();
    expect(await readdir(join(folder, 'incoming'))).toEqual([]);
    expect((await store.list('')).files.map((file) => file.key)).toEqual(['child/upload.pdf']);
    await rm(folder, { recursive: true });
  });

  it('for want of space is told apart, keeps nothing, and may be tried again', async () => {
    const { folder } = await openStore();
    // 1000 blocks of 1 kB are all a file of this process may have; beyond, writing fails as on a full disk.
    const script = `trap '' XFSZ; ulimit -f 1000; exec "$0" "$@"`;
    const child = spawn('bash', ['-c', script, process.execPath, WRITER, folder, '4000000'], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const messages: unknown[] = [];
    child.on('message', (message) => messages.push(message));
    await once(child, 'exit');
    expect(messages.at(-1)).toEqual({ stored: false, code: 'files_unavailable', retryable: true });
    expect(await filesIn(folder)).toEqual([]);
    await rm(folder, { recursive: true });
  });
});

async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

describe('the address of a file', () => {
  let folder: string;
  let store: FolderStore;
  let origin: string;
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const key = url.pathname.slice(FILES_PATH.length);
    const method = request.method === 'HEAD' ? 'HEAD' : 'GET';
    serveFile(store, links, { method, key, query: url.searchParams, headers: request.headers }).then(
      (answer) => {
        response.writeHead(answer.status, answer.headers);
        if (answer.body) answer.body.pipe(response);
        else response.end();
      },
      (error: { code: string }) => response.writeHead(400).end(error.code),
    );
  });

  beforeAll(async () => {
    ({ folder, store } = await openStore());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await store.put('h/a.txt', Buffer.from('0123456789'), TEXT);
    await store.put('h/a.svg', Buffer.from('<svg onload="alert(1)"/>'), { contentType: 'image/svg+xml' });
    await store.put('h/a.html', Buffer.from('<script>alert(1)</script>'), { contentType: 'text/html' });
  });
  afterAll(async () => {
    server.close();
    await rm(folder, { recursive: true });
  });

  const open = async (key: string, options: object = {}, init: RequestInit = {}) =>
    fetch(origin + (await store.signedUrl(key, { expiresIn: 600, ...options })), init);

  it('gives the file, with headers that keep a browser from harm', async () => {
    const answer = await open('h/a.txt', { disposition: 'inline', downloadName: 'บันทึก.txt' });
    expect(await answer.text()).toBe('0123456789');
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'accept-ranges': 'bytes',
      'cache-control': 'private, max-age=300',
      'content-disposition': `inline; filename="______.txt"; filename*=UTF-8''%E0%B8%9A%E0%B8%B1%E0%B8%99%E0%B8%97%E0%B8%B6%E0%B8%81.txt`,
      'content-length': '10',
      'content-security-policy': expect.stringContaining('sandbox'),
      'content-type': 'text/plain; charset=utf-8',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
  });

  it.each(['h/a.svg', 'h/a.html'])('never shows %s in place', async (key) => {
    const answer = await open(key, { disposition: 'inline' });
    expect(answer.headers.get('content-disposition')).toBe('attachment');
    expect(answer.headers.get('content-security-policy')).toContain('sandbox');
  });

  it('gives ranges, and knows what is unchanged', async () => {
    const whole = await open('h/a.txt');
    const etag = whole.headers.get('etag') ?? '';
    const part = await open('h/a.txt', {}, { headers: { range: 'bytes=2-4' } });
    expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([
      206,
      'bytes 2-4/10',
      '234',
    ]);
    const suffix = await open('h/a.txt', {}, { headers: { range: 'bytes=-3', 'if-range': etag } });
    expect([suffix.status, await suffix.text()]).toEqual([206, '789']);
    const stale = await open('h/a.txt', {}, { headers: { range: 'bytes=-3', 'if-range': '"old"' } });
    expect([stale.status, await stale.text()]).toEqual([200, '0123456789']);
    const beyond = await open('h/a.txt', {}, { headers: { range: 'bytes=10-' } });
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, 'bytes */10']);
    const same = await open('h/a.txt', {}, { headers: { 'if-none-match': etag } });
    expect([same.status, await same.text()]).toEqual([304, '']);
    const head = await open('h/a.txt', {}, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '10', '']);
  });

  it('is refused without its signature, for another file, and after its time', async () => {
    const link = origin + (await store.signedUrl('h/a.txt', { expiresIn: 60 }));
    const text = async (address: string) => (await fetch(address)).text();
    expect(await text(`${origin}${FILES_PATH}h/a.txt`)).toBe('files_link_invalid');
    expect(await text(link.replace('h/a.txt', 'h/a.svg'))).toBe('files_link_invalid');
    expect(await text(link.replace('attachment', 'inline'))).toBe('files_link_invalid');
    expect(await text(link.replace('h/a.txt', 'h/%2e%2e/a.txt'))).toMatch(/files_(key|link)_invalid/);
    clock.advance({ seconds: 61 });
    expect(await text(link)).toBe('files_link_expired');
  });

  it('keeps giving the former content to a reader who began before it was replaced', async () => {
    const content = pdf(5_000_000);
    await store.put('h/big.pdf', content, { contentType: 'application/pdf' });
    const { stream } = await store.get('h/big.pdf');
    const first = await once(stream, 'readable').then(() => stream.read(1) as Buffer);
    await store.put('h/big.pdf', pdf(100), { contentType: 'application/pdf' });
    await store.delete('h/big.pdf');
    expect(Buffer.concat([first, await read(stream)]).equals(content)).toBe(true);
    await expect(stat(join(folder, 'files/h/big.pdf'))).rejects.toThrowError();
  });
});

describe('the place of a folder', () => {
  const opening = (folder: string) => new FolderStore({ folder, maxBytes: MAX_BYTES, links }).start();
  const remedy = 'set files.folder (METERLINE_FILES__FOLDER) to a folder that the hub may make or write to';
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'meterline-place-'));
    await writeFile(join(root, 'file'), '');
    await symlink(join(root, 'nowhere'), join(root, 'dangling'));
    await symlink(join(root, 'loop'), join(root, 'loop'));
    await mkdir(join(root, 'half'));
    await writeFile(join(root, 'half/incoming'), '');
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  it.each<[string, (root: string) => string, (root: string) => string]>([
    ['a file', (at) => join(at, 'file'), (at) => `${at}/file is not a folder`],
    [
      'something below a file',
      (at) => join(at, 'file/a/b'),
      (at) => `${at}/file/a/b cannot be used: ${at}/file is not a folder`,
    ],
    [
      'a folder with a file in the place of its own',
      (at) => join(at, 'half'),
      (at) => `${at}/half cannot be used: ${at}/half/incoming is not a folder`,
    ],
    [
      'a place where nobody can make folders',
      () => '/proc/nope/deeper',
      () =>
        '/proc/nope/deeper cannot be made: its file system takes no folders, or a symbolic link leads nowhere',
    ],
    [
      'a link to nowhere',
      (at) => join(at, 'dangling'),
      (at) => `${at}/dangling cannot be made: its file system`,
    ],
    [
      'a link to itself',
      (at) => join(at, 'loop/a'),
      (at) => `${at}/loop/a is a symbolic link that leads to itself`,
    ],
    ['too long a path', (at) => join(at, 'x'.repeat(300)), () => 'is too long a path'],
  ])('is refused at once, with its path and what to do: %s', async (_, folder, reason) => {
    const failure: unknown = await opening(folder(root)).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'files_misconfigured', retryable: false });
    const { message } = failure as Error;
    expect(message).toContain(`files.folder: ${folder(root)} `);
    expect(message).toContain(reason(root));
    expect(message.endsWith(`; ${remedy}`)).toBe(true);
  });

  it('is made with all folders above it, and found again', async () => {
    await opening(join(root, 'a/b/c'));
    await opening(join(root, 'a/b/c/'));
    expect((await readdir(join(root, 'a/b/c'))).sort()).toEqual(['files', 'incoming']);
    expect((await stat(join(root, 'a/b'))).mode & 0o777).toBe(0o750);
  });
});
