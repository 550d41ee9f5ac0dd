import 'reflect-metadata';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import { describe, expect, it } from 'vitest';
import { readRequest } from './certificate-request.ts';
import {
  createAuthority,
  issueClient,
  issueServer,
  issueSigning,
  LIFE_DAYS,
  revocationList,
} from './certificates.ts';
import { KeyVault } from './sealed-key.ts';

const NOW = Date.UTC(2026, 10, 20, 7);
const DAY_MS = 86_400_000;
const NAME = '019c0fd8-ea80-7679-b24d-721022d6e093';
const folder = mkdtempSync(join(tmpdir(), 'meterline-pki-'));
const openssl = (...args: string[]): string =>
  execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] }).toString();
const pem = (certificate: Buffer): string => new X509Certificate(certificate).toString();
const authority = await createAuthority(NOW);
const ec = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });

describe('the authority', () => {
  const root = new X509Certificate(authority.certificate);
  it('vouches for itself, and may vouch for others, one step deep', () => {
    expect(root.ca).toBe(true);
    expect(root.checkIssued(root) && root.verify(root.publicKey)).toBe(true);
    expect(root.subject).toMatch(/^CN=Meterline hub [0-9a-f]{8}$/);
    writeFileSync(join(folder, 'ca.pem'), pem(authority.certificate));
    expect(openssl('x509', '-in', 'ca.pem', '-noout', '-text')).toMatch(
      /CA:TRUE, pathlen:0[\s\S]*Certificate Sign, CRL Sign/,
    );
  });

  it('lives for twenty years from a little before now', () => {
    expect(root.validFromDate.getTime()).toBe(NOW - 600_000);
    expect(root.validToDate.getTime()).toBe(NOW - 600_000 + LIFE_DAYS.authority * DAY_MS);
  });
});

describe('what it issues', () => {
  const root = new X509Certificate(authority.certificate);

  it('lets a client be a client under its own name', async () => {
    const { publicKey } = ec();
    const { certificate, serial, notAfter } = await issueClient(authority, publicKey, NAME, NOW);
    const leaf = new X509Certificate(certificate);
    expect(leaf.subject).toBe(`CN=${NAME}`);
    expect([leaf.ca, leaf.keyUsage]).toEqual([false, ['1.3.6.1.5.5.7.3.2']]);
    expect(leaf.checkIssued(root) && leaf.verify(root.publicKey)).toBe(true);
    expect(leaf.serialNumber.toLowerCase()).toBe(serial);
    expect(leaf.validToDate).toEqual(notAfter);
  });

  it('lets a server be reached by names and addresses', async () => {
    const { publicKey } = ec();
    const names = ['mqtt.example.org', '192.0.2.7', '::1'];
    const leaf = new X509Certificate((await issueServer(authority, publicKey, names, NOW)).certificate);
    expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(leaf.checkHost('mqtt.example.org')).toBe('mqtt.example.org');
    expect(leaf.checkIP('192.0.2.7')).toBe('192.0.2.7');
    expect(leaf.checkIP('::1')).toBe('::1');
    expect(leaf.checkHost('other.example.org')).toBeUndefined();
  });

  it('lets a key sign messages, and no TLS be made with it', async () => {
    const { publicKey } = generateKeyPairSync('ed25519');
    const issued = await issueSigning(authority, publicKey, 'ml1-hub-0011223344556677', NOW);
    const leaf = new X509Certificate(issued.certificate);
    expect(leaf.publicKey.asymmetricKeyType).toBe('ed25519');
    expect(leaf.subject).toBe('CN=ml1-hub-0011223344556677');
    expect(leaf.checkIssued(root) && leaf.verify(root.publicKey)).toBe(true);
    expect([leaf.ca, leaf.keyUsage]).toEqual([false, undefined]);
  });

  it('outlives nobody who vouches for it', async () => {
    const late = NOW + (LIFE_DAYS.authority - 10) * DAY_MS;
    const { notAfter } = await issueClient(authority, ec().publicKey, NAME, late);
    expect(notAfter).toEqual(root.validToDate);
  });

  it('is believed and revoked by OpenSSL', async () => {
    const now = Date.now();
    const fresh = await createAuthority(now);
    const issued = await issueClient(fresh, ec().publicKey, NAME, now);
    writeFileSync(join(folder, 'fresh.pem'), pem(fresh.certificate));
    writeFileSync(join(folder, 'leaf.pem'), pem(issued.certificate));
    const none = await revocationList(fresh, [], now);
    const some = await revocationList(fresh, [{ serial: issued.serial, at: new Date(now - 1_000) }], now);
    const verify = (list: Buffer) => {
      writeFileSync(join(folder, 'crl.der'), list);
      openssl('crl', '-inform', 'DER', '-in', 'crl.der', '-out', 'crl.pem');
      return openssl(
        ...['verify', '-CAfile', 'fresh.pem', '-CRLfile', 'crl.pem', '-crl_check', '-purpose', 'sslclient'],
        'leaf.pem',
      );
    };
    expect(verify(none)).toContain('leaf.pem: OK');
    expect(() => verify(some)).toThrow(/certificate revoked/);
  });
});

describe('a certificate request', () => {
  openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', 'one.key');
  const csr = (subject: string, key = 'one.key', ...more: string[]) => {
    openssl('req', '-new', '-key', key, '-subj', subject, '-out', 'one.csr', ...more);
    return readFileSync(join(folder, 'one.csr'));
  };

  it('is read as PEM and as DER', async () => {
    const text = csr(`/CN=${NAME}`);
    expect(await readRequest(text.toString())).toMatchObject({ ok: true, value: { name: NAME } });
    openssl('req', '-in', 'one.csr', '-outform', 'DER', '-out', 'one.der');
    const read = await readRequest(readFileSync(join(folder, 'one.der')));
    expect(read).toMatchObject({ ok: true, value: { name: NAME } });
  });

  it('gives nothing that it asks for but its key', async () => {
    const wants = csr(`/CN=${NAME}`, 'one.key', '-addext', 'basicConstraints=critical,CA:TRUE');
    const read = await readRequest(wants.toString());
    if (!read.ok) throw new Error(read.error);
    const { certificate } = await issueClient(authority, read.value.publicKey, read.value.name, NOW);
    expect(new X509Certificate(certificate).ca).toBe(false);
  });

  it.each([
    ['two names', '/CN=one/O=two', 'one common name'],
    ['no name', '/O=two', 'one common name'],
    ['a name with a space', '/CN=one two', 'one common name'],
  ])('is refused with %s', async (_, subject, why) => {
    const read = await readRequest(csr(subject).toString());
    expect(read).toMatchObject({ ok: false, error: expect.stringContaining(why) });
  });

  it('is refused for another kind of key, with another signature, when it was changed, or when it is none', async () => {
    openssl('genrsa', '-out', 'rsa.key', '2048');
    openssl('ecparam', '-name', 'secp384r1', '-genkey', '-noout', '-out', 'p384.key');
    const error = async (input: Buffer | string) => {
      const read = await readRequest(input);
      return read.ok ? 'taken' : read.error;
    };
    expect(await error(csr(`/CN=${NAME}`, 'rsa.key').toString())).toMatch(/P-256/);
    expect(await error(csr(`/CN=${NAME}`, 'p384.key').toString())).toMatch(/P-256/);
    expect(await error(csr(`/CN=${NAME}`, 'one.key', '-sha384').toString())).toMatch(/SHA-256/);
    csr(`/CN=${NAME}`);
    openssl('req', '-in', 'one.csr', '-outform', 'DER', '-out', 'one.der');
    const changed = readFileSync(join(folder, 'one.der'));
    const at = changed.indexOf(NAME);
    changed[at] = 0x31;
    expect(await error(changed)).toMatch(/signed by its own key/);
    expect(await error('')).toMatch(/no certificate request/);
    expect(await error(Buffer.from('nonsense'))).toMatch(/no certificate request/);
    expect(await error(Buffer.alloc(9_000))).toMatch(/longer than/);
  });
});

describe('what lies on the side of the gateway', () => {
  const fixture = JSON.parse(
    readFileSync(new URL('../../../../edge/test/fixtures/hub-certificates.json', import.meta.url), 'utf8'),
  ) as { gateway: string; request: string; client: string; hubKeys: { keys: { certificate: string }[] } };
  const shapeOf = (der: Uint8Array) =>
    new x509.X509Certificate(der).extensions.map(({ type, critical }) => ({ type, critical }));

  it('is a request that the hub takes', async () => {
    const read = await readRequest(Buffer.from(fixture.request, 'base64'));
    expect(read).toMatchObject({ ok: true, value: { name: fixture.gateway } });
  });

  it('is judged there by certificates such as the hub still issues', async () => {
    const client = await issueClient(authority, ec().publicKey, NAME, NOW);
    expect(shapeOf(Buffer.from(fixture.client, 'base64'))).toEqual(shapeOf(client.certificate));
    const signing = await issueSigning(authority, generateKeyPairSync('ed25519').publicKey, 'x', NOW);
    const kept = Buffer.from(fixture.hubKeys.keys[0]?.certificate ?? '', 'base64');
    expect(shapeOf(kept)).toEqual(shapeOf(signing.certificate));
  });
});

describe('the vault of keys', () => {
  const vault = new KeyVault(Buffer.alloc(32, 7));

  it('opens what it has sealed, as what it was sealed', () => {
    const { privateKey } = ec();
    const box = vault.seal(privateKey, 'server 1');
    expect(vault.open(box, 'server 1', vault.id).export({ format: 'jwk' })).toEqual(
      privateKey.export({ format: 'jwk' }),
    );
    expect(() => vault.open(box, 'server 2', vault.id)).toThrow(/tampered/);
    box[20] = (box[20] ?? 0) ^ 1;
    expect(() => vault.open(box, 'server 1', vault.id)).toThrow(/tampered/);
  });

  it('names another master key', () => {
    const other = new KeyVault(Buffer.alloc(32, 8));
    const box = other.seal(ec().privateKey, 'server 1');
    expect(() => vault.open(box, 'server 1', other.id)).toThrow(/keys.master is another one/);
  });
});
