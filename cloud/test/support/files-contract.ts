import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FileStore } from '../../src/platform/files/file-store.ts';

export interface StoreUnderTest {
  readonly store: FileStore;
  /** What is really there, visible or not; must be the same after a failed upload as before. */
  contents(): Promise<string[]>;
  stop(): Promise<void>;
}

export const MAX_BYTES = 12 * 1024 * 1024;
const PDF_HEAD = Buffer.from('%PDF-1.7\n');

export function pdf(bytes: number): Buffer {
  return Buffer.concat([PDF_HEAD, randomBytes(bytes - PDF_HEAD.length)]);
}

export async function read(stream: Readable): Promise<Buffer> {
  return Buffer.concat(await stream.toArray());
}

export function failing(code: string, retryable: boolean): unknown {
  return expect.objectContaining({ code, retryable });
}

/** What every place for files must do; run on each of them. */
export function describeFileStore(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`files in ${name}`, () => {
    let it_: StoreUnderTest;
    let store: FileStore;
    beforeAll(async () => {
      it_ = await open();
      store = it_.store;
    });
    afterAll(() => it_?.stop());

    const leavesNothing = async (work: () => Promise<unknown>) => {
      const before = await it_.contents();
      await work();
      expect(await it_.contents()).toEqual(before);
    };

    describeReadAndWrite(() => store);
    describeRefusals(() => store, leavesNothing);
    describeListing(() => store);

    it('is healthy', () => expect(store.health()).resolves.toBeUndefined());
  });
}

function describeReadAndWrite(store: () => FileStore): void {
  it('gives back what was put, with size, type and digest', async () => {
    const content = pdf(300_000);
    const sha256 = createHash('sha256').update(content).digest('hex');
    const info = await store().put(
      'a/whole.pdf',
      Readable.from([content.subarray(0, 7), content.subarray(7)]),
      {
        contentType: 'application/pdf',
      },
    );
    expect(info).toMatchObject({ key: 'a/whole.pdf', size: 300_000, sha256, contentType: 'application/pdf' });
    expect(await store().stat('a/whole.pdf')).toMatchObject({
      size: 300_000,
      sha256,
      contentType: 'application/pdf',
    });
    const got = await store().get('a/whole.pdf');
    expect(got.info).toMatchObject({ size: 300_000, sha256 });
    expect((await read(got.stream)).equals(content)).toBe(true);
    expect(Math.abs(got.info.modifiedAt.getTime() - Date.now())).toBeLessThan(60_000);
  });

  it('takes large uploads as a stream', async () => {
    const content = pdf(MAX_BYTES);
    const parts = function* () {
      for (let at = 0; at < content.length; at += 65_536) yield content.subarray(at, at + 65_536);
    };
    const { sha256 } = await store().put('a/large.pdf', Readable.from(parts()), {
      contentType: 'application/pdf',
    });
    const { stream } = await store().get('a/large.pdf');
    expect(
      createHash('sha256')
        .update(await read(stream))
        .digest('hex'),
    ).toBe(sha256);
  });

  it('takes an empty text', async () => {
    await store().put('a/empty.csv', Buffer.alloc(0), { contentType: 'text/csv' });
    const { info, stream } = await store().get('a/empty.csv');
    expect(info.size).toBe(0);
    expect((await read(stream)).length).toBe(0);
  });

  it('gives any range of bytes', async () => {
    const content = Buffer.from('0123456789');
    const { sha256 } = await store().put('a/range.txt', content, { contentType: 'text/plain' });
    for (const [start, end] of [
      [0, 0],
      [0, 9],
      [3, 5],
      [9, 9],
    ] as const) {
      const got = await store().get('a/range.txt', { range: { start, end }, sha256 });
      expect((await read(got.stream)).toString()).toBe('0123456789'.slice(start, end + 1));
      expect(got.info.size).toBe(10);
    }
    for (const [start, end] of [
      [10, 12],
      [5, 10],
      [6, 5],
    ] as const) {
      await expect(store().get('a/range.txt', { range: { start, end } })).rejects.toEqual(
        failing('files_range_invalid', false),
      );
    }
  });

  it('replaces a file, and tells a reader who expected the former one', async () => {
    const first = await store().put('a/twice.txt', Buffer.from('first'), { contentType: 'text/plain' });
    await store().put('a/twice.txt', Buffer.from('room,kWh\n'), { contentType: 'text/csv' });
    expect(await store().stat('a/twice.txt')).toMatchObject({ size: 9, contentType: 'text/csv' });
    await expect(store().get('a/twice.txt', { sha256: first.sha256 })).rejects.toEqual(
      failing('files_changed', true),
    );
  });

  it('of two puts of one key, one wins whole; a reader never sees a mix', async () => {
    const versions = [1, 2, 3, 4].map((byte) =>
      Buffer.concat([PDF_HEAD, Buffer.alloc(200_000 * byte, byte)]),
    );
    const put = (content: Buffer) => store().put('a/race.pdf', content, { contentType: 'application/pdf' });
    await put(versions[0] ?? Buffer.alloc(0));
    const digests = versions.map((content) => createHash('sha256').update(content).digest('hex'));
    for (let round = 0; round < 5; round += 1) {
      const writing = Promise.all(versions.map(put));
      const reading = Array.from({ length: 6 }, async () => {
        const { info, stream } = await store().get('a/race.pdf');
        const content = await read(stream);
        expect(content.length).toBe(info.size);
        expect(createHash('sha256').update(content).digest('hex')).toBe(info.sha256);
        expect(digests).toContain(info.sha256);
      });
      await Promise.all([writing, ...reading]);
    }
    expect(digests).toContain((await store().stat('a/race.pdf')).sha256);
  });

  it('deletes, and deletes again', async () => {
    await store().put('a/gone.txt', Buffer.from('x'), { contentType: 'text/plain' });
    await store().delete('a/gone.txt');
    await store().delete('a/gone.txt');
    await store().delete('never/was.txt');
    await expect(store().stat('a/gone.txt')).rejects.toEqual(failing('files_not_found', false));
    await expect(store().get('a/gone.txt')).rejects.toEqual(failing('files_not_found', false));
    await expect(store().get('never/was.txt')).rejects.toEqual(failing('files_not_found', false));
  });
}

function describeRefusals(
  store: () => FileStore,
  leavesNothing: (work: () => Promise<unknown>) => Promise<void>,
): void {
  it('ends an upload at the first byte too many, without reading on', () =>
    leavesNothing(async () => {
      let sent = 0;
      const endless = async function* () {
        yield PDF_HEAD;
        for (;;) {
          sent += 65_536;
          yield Buffer.alloc(65_536);
        }
      };
      const put = store().put('b/big.pdf', endless(), { contentType: 'application/pdf', maxBytes: 500_000 });
      await expect(put).rejects.toEqual(failing('files_too_large', false));
      expect(sent).toBeLessThan(1_000_000);
      await expect(store().stat('b/big.pdf')).rejects.toEqual(failing('files_not_found', false));
    }));

  it("keeps the store's own limit whatever the caller allows", () =>
    leavesNothing(async () => {
      const put = store().put('b/big.pdf', pdf(MAX_BYTES + 1), {
        contentType: 'application/pdf',
        maxBytes: 1e12,
      });
      await expect(put).rejects.toEqual(failing('files_too_large', false));
    }));

  it.each([
    ['an executable called a picture', 'image/png', Buffer.from('7f454c46020101000000', 'hex')],
    ['HTML called a PDF', 'application/pdf', Buffer.from('<html><script>alert(1)</script>')],
    ['a PDF called CSV', 'text/csv', PDF_HEAD],
    [
      'zero bytes far inside a text',
      'text/csv',
      Buffer.concat([Buffer.alloc(200_000, 'a'), Buffer.alloc(1)]),
    ],
    [
      'zero bytes just after the first 64 kB',
      'text/csv',
      Buffer.concat([Buffer.alloc(65_536, 'a'), Buffer.alloc(1)]),
    ],
    ['a type that is not stored', 'application/octet-stream', PDF_HEAD],
  ])('refuses %s', (_what, contentType, content) =>
    leavesNothing(async () => {
      await expect(store().put('b/refused.pdf', content, { contentType })).rejects.toEqual(
        failing('files_type_refused', false),
      );
    }),
  );

  it('keeps nothing of an upload that breaks off', () =>
    leavesNothing(async () => {
      const broken = async function* () {
        yield pdf(100_000);
        throw new Error('connection reset');
      };
      await expect(store().put('b/broken.pdf', broken(), { contentType: 'application/pdf' })).rejects.toEqual(
        failing('files_upload_broken', true),
      );
      await expect(store().stat('b/broken.pdf')).rejects.toEqual(failing('files_not_found', false));
    }));

  it('keeps the former file when its replacement breaks off', async () => {
    await store().put('b/kept.txt', Buffer.from('kept'), { contentType: 'text/plain' });
    const stream = new Readable({ read() {} });
    stream.push('new');
    const put = store().put('b/kept.txt', stream, { contentType: 'text/plain' });
    setTimeout(() => stream.destroy(), 50);
    await expect(put).rejects.toEqual(failing('files_upload_broken', true));
    expect((await read((await store().get('b/kept.txt')).stream)).toString()).toBe('kept');
  });

  it('can be called off while the sender is silent', () =>
    leavesNothing(async () => {
      const silent = new Readable({ read() {} });
      silent.push(PDF_HEAD);
      const put = store().put('b/silent.pdf', silent, {
        contentType: 'application/pdf',
        signal: AbortSignal.timeout(100),
      });
      await expect(put).rejects.toEqual(failing('files_upload_broken', true));
      expect(silent.destroyed).toBe(true);
    }));

  it.each([
    ['type', 'b/left.pdf', 'application/octet-stream', undefined],
    ['key', '../left.pdf', 'application/pdf', undefined],
    ['limit', 'b/left.pdf', 'application/pdf', Number.NaN],
  ])('leaves no sender waiting when its %s is refused', (_what, key, contentType, maxBytes) =>
    leavesNothing(async () => {
      const sender = new Readable({ read() {} });
      sender.push(PDF_HEAD);
      const put = store().put(key, sender, { contentType, ...(maxBytes !== undefined && { maxBytes }) });
      await expect(put).rejects.toEqual(expect.objectContaining({ retryable: false }));
      expect(sender.destroyed).toBe(true);
    }),
  );

  it('can be called off before it begins', () =>
    leavesNothing(async () => {
      const put = store().put('b/never.txt', Buffer.from('x'), {
        contentType: 'text/plain',
        signal: AbortSignal.abort(),
      });
      await expect(put).rejects.toEqual(failing('files_upload_broken', true));
    }));

  it.each(['../a.pdf', '/etc/passwd', 'a', 'a/../../b.pdf', 'A.pdf', 'a\0.pdf'])(
    'refuses the key %j',
    async (key) => {
      const refusal = failing('files_key_invalid', false);
      await expect(store().put(key, Buffer.from('x'), { contentType: 'text/plain' })).rejects.toEqual(
        refusal,
      );
      await expect(store().get(key)).rejects.toEqual(refusal);
      await expect(store().stat(key)).rejects.toEqual(refusal);
      await expect(store().delete(key)).rejects.toEqual(refusal);
      await expect(store().signedUrl(key, { expiresIn: 60 })).rejects.toEqual(refusal);
    },
  );
}

function describeListing(store: () => FileStore): void {
  it('lists by folder, in order, a page at a time', async () => {
    const keys = Array.from(
      { length: 25 },
      (_, i) => `list/${i % 3}/f${String(i).padStart(2, '0')}.txt`,
    ).sort();
    for (const key of keys) await store().put(key, Buffer.from(key), { contentType: 'text/plain' });
    await store().put('listless.txt', Buffer.from('x'), { contentType: 'text/plain' });

    const seen: string[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      const page = await store().list('list/', { limit: 10, ...(cursor && { cursor }) });
      seen.push(...page.files.map((file) => file.key));
      cursor = page.cursor;
      pages += 1;
    } while (cursor);
    expect(seen).toEqual(keys);
    expect(pages).toBe(3);
    const [first] = (await store().list('list/0/')).files;
    expect(first).toMatchObject({ key: 'list/0/f00.txt', size: 'list/0/f00.txt'.length });
    expect((await store().list('list/0/', { limit: 9 })).cursor).toBeUndefined();
    expect((await store().list('list/', { limit: Number.NaN })).files).toHaveLength(25);
    expect(await store().list('nothing/here/')).toEqual({ files: [] });
    expect((await store().list('')).files.map((file) => file.key)).toContain('listless.txt');
    // A page that ends where a file has been deleted meanwhile goes on behind it.
    const half = await store().list('list/', { limit: 10 });
    await store().delete(keys[9] ?? '');
    const rest = await store().list('list/', { cursor: half.cursor ?? '' });
    expect(rest.files.map((file) => file.key)).toEqual(keys.slice(10));
  });

  it.each(['list', '../', '/', 'a/../'])('refuses the prefix %j', async (prefix) => {
    await expect(store().list(prefix)).rejects.toEqual(failing('files_key_invalid', false));
  });

  it('refuses a cursor that is none', async () => {
    await expect(store().list('', { cursor: 'Li4vLi4' })).rejects.toEqual(
      failing('files_key_invalid', false),
    );
  });
}
