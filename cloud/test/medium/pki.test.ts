import { X509Certificate } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signingName } from '../../src/ingest/index.ts';
import { movableClock } from '../../src/kernel/clock.ts';
import { createPool, Database } from '../../src/platform/db/index.ts';
import { KeyVault, loadDoorKeys, Pki } from '../../src/platform/pki/index.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';

const vault = new KeyVault(Buffer.alloc(32, 5));
const NOW = '2026-11-20T07:00:00Z';

describe('the hub’s own certification authority', () => {
  let db: FreshDatabase;
  let app: pg.Pool;
  let ingest: pg.Pool;
  const clock = movableClock(NOW);
  const pkiOf = (names: readonly string[] = ['mqtt.example.org', '127.0.0.1'], key = vault) =>
    new Pki(new Database({ pool: app, url: db.appUrl, stores: {}, onHookError: () => {} }), {
      vault: key,
      clock,
      serverNames: names,
      signingName,
    });
  const load = () => loadDoorKeys(ingest, vault, clock);

  beforeAll(async () => {
    db = await freshDatabase();
    app = createPool({ url: db.appUrl, setting: 'database.appUrl', size: 4 });
    ingest = createPool({ url: db.ingestUrl, setting: 'database.ingestUrl', size: 2 });
  });
  afterAll(async () => {
    await Promise.all([app.end(), ingest.end()]);
    await db.drop();
  });

  it('says that it was not made yet', async () => {
    await expect(load()).rejects.toMatchObject({ code: 'pki_not_made', retryable: true });
  });

  it('is made once, however many begin at once', async () => {
    const made = await Promise.all([pkiOf().ensure(), pkiOf().ensure(), pkiOf().ensure()]);
    expect(made.flat()).toContain('authority');
    const { rows } = await app.query("select count(*)::int as n from hub_key where purpose = 'authority'");
    expect(rows).toEqual([{ n: 1 }]);
    expect(await pkiOf().ensure()).toEqual([]);
  });

  it('gives the door its own keys, and never the one of the authority', async () => {
    const keys = await load();
    expect(keys.server.certificate.checkHost('mqtt.example.org')).toBe('mqtt.example.org');
    expect(keys.server.certificate.checkPrivateKey(keys.server.key)).toBe(true);
    expect(keys.signing[0].certificate.verify(keys.authority.publicKey)).toBe(true);
    const { rows } = await ingest.query("select sealed from door_keys() where purpose = 'authority'");
    expect(rows).toEqual([{ sealed: null }]);
    await expect(ingest.query('select * from hub_key')).rejects.toThrow(/permission denied/);
  });

  it('keeps no private key readable', async () => {
    const { rows } = await app.query<{ sealed: Buffer }>('select sealed from hub_key');
    for (const { sealed } of rows) expect(sealed.includes(Buffer.from('2a8648ce3d0201', 'hex'))).toBe(false);
    const other = new KeyVault(Buffer.alloc(32, 6));
    await expect(loadDoorKeys(ingest, other, clock)).rejects.toMatchObject({ code: 'pki_key_unknown' });
    await expect(
      pkiOf(undefined, other)
        .authority()
        .then((root) => root.subject),
    ).rejects.toMatchObject({
      code: 'pki_key_unknown',
    });
  });

  it('renews what is due, and lets the old signing key be believed until it runs out', async () => {
    const before = await load();
    clock.advance({ hours: 24 * 250 });
    expect(await pkiOf().ensure()).toEqual(['server']);
    clock.advance({ hours: 24 * 500 });
    expect((await pkiOf().ensure()).toSorted()).toEqual(['server', 'signing']);
    const after = await load();
    expect(after.authority.fingerprint256).toBe(before.authority.fingerprint256);
    const [old] = before.signing;
    expect(after.signing[0].certificate.fingerprint256).not.toBe(old.certificate.fingerprint256);
    expect(after.signing.map(({ certificate }) => certificate.fingerprint256)).toContain(
      old.certificate.fingerprint256,
    );
  });

  it('makes another certificate when the broker is called otherwise', async () => {
    // Within the same second, which is all that a certificate knows.
    clock.advance({ milliseconds: 1 });
    const pki = pkiOf(['mqtt.example.net']);
    expect(await pki.ensure()).toEqual(['server']);
    expect(await pki.ensure()).toEqual([]);
    expect((await load()).server.certificate.checkHost('mqtt.example.net')).toBe('mqtt.example.net');
  });

  it('lists what was revoked', async () => {
    const list = await pkiOf().revocationList([{ serial: '4a', at: new Date() }]);
    expect(list.length).toBeGreaterThan(100);
    expect(new X509Certificate((await pkiOf().authority()).raw).ca).toBe(true);
  });

  it('says what is wrong with a request', async () => {
    await expect(pkiOf().issueClient('nonsense', 'x')).rejects.toMatchObject({
      code: 'pki_request_invalid',
      message: 'the certificate request is no certificate request (PKCS#10, DER or PEM)',
    });
  });
});
