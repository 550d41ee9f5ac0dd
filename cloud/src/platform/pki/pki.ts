import { createPublicKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import type pg from 'pg';
import type { Clock } from '../../kernel/clock.ts';
import { createIds } from '../../kernel/ids.ts';
import { type Database, PLATFORM } from '../db/index.ts';
import { readRequest } from './certificate-request.ts';
import {
  type Authority,
  createAuthority,
  type IssuedCertificate,
  issueClient,
  issueServer,
  issueSigning,
  type Revoked,
  revocationList,
} from './certificates.ts';
import { pkiError } from './pki.errors.ts';
import { addKey, type KeyPurpose, readKeys, type StoredKey, sweepKeys } from './pki.store.ts';
import type { KeyVault } from './sealed-key.ts';

/** A key with the certificate that vouches for it. */
export interface Credential {
  readonly certificate: X509Certificate;
  readonly key: KeyObject;
}

/** What a door needs. */
export interface DoorKeys {
  readonly authority: X509Certificate;
  readonly server: Credential;
  /** The first one signs; the others are still to be believed. */
  readonly signing: readonly [Credential, ...Credential[]];
}

export interface PkiOptions {
  readonly vault: KeyVault;
  readonly clock: Clock;
  /** Under which clients reach the server: names and addresses. */
  readonly serverNames: readonly string[];
  /** The subject of the certificate of a signing key. */
  readonly signingName: (publicKey: Buffer) => string;
}

/** Reads the keys of this process. Rejects with `pki_not_made` until somebody has made them. */
export async function loadDoorKeys(
  on: Pick<pg.Pool, 'query'>,
  vault: KeyVault,
  clock: Clock,
): Promise<DoorKeys> {
  const stored = await readKeys(on, 'door');
  const now = clock.now().epochMilliseconds;
  const authority = stored.find(({ purpose }) => purpose === 'authority');
  const valid = (purpose: KeyPurpose) =>
    stored.filter((key) => key.purpose === purpose && now < key.notAfter && key.sealed !== null);
  const [server] = valid('server');
  const [first, ...others] = valid('signing');
  if (!authority || !server || !first) throw pkiError('pki_not_made');
  const open = (key: StoredKey): Credential => ({ certificate: key.certificate, key: openKey(vault, key) });
  return {
    authority: authority.certificate,
    server: open(server),
    signing: [open(first), ...others.map(open)],
  };
}

/** The hub's own certification authority: makes what is missing, renews what is due, issues. Needs the role of the app. */
export class Pki {
  readonly #db: Database;
  readonly #options: PkiOptions;

  constructor(db: Database, options: PkiOptions) {
    this.#db = db;
    this.#options = options;
  }

  /** Says what it has made. Harmless to repeat, also from several processes at once. */
  async ensure(): Promise<readonly KeyPurpose[]> {
    const made: KeyPurpose[] = [];
    await this.#transaction(async (on) => {
      if (await this.#ensureAuthority(on)) made.push('authority');
    });
    await this.#transaction(async (on) => {
      const keys = await readKeys(on, 'app');
      const authority = this.#authority(keys);
      for (const purpose of ['server', 'signing'] as const) {
        if (!this.#isDue(purpose, keys)) continue;
        await this.#make(on, purpose, authority);
        made.push(purpose);
      }
      await sweepKeys(on);
    });
    return made;
  }

  async authority(): Promise<X509Certificate> {
    return this.#read(async (keys) => new X509Certificate(this.#authority(keys).certificate));
  }

  /** For a client of this name, from its own request; its private key never comes here. */
  async issueClient(request: Buffer | string, name: string): Promise<IssuedCertificate> {
    const read = await readRequest(request);
    if (!read.ok) throw pkiError('pki_request_invalid', { message: `the certificate request ${read.error}` });
    if (read.value.name !== name) {
      const message = `the certificate request is for "${read.value.name}", not for "${name}"`;
      throw pkiError('pki_request_invalid', { message });
    }
    return this.#read((keys) => issueClient(this.#authority(keys), read.value.publicKey, name, this.#now()));
  }

  /** DER. */
  async revocationList(revoked: readonly Revoked[]): Promise<Buffer> {
    return this.#read((keys) => revocationList(this.#authority(keys), revoked, this.#now()));
  }

  /** For a broker beside the hub: its own key pair is made here, handed out once and not kept. */
  async issueServer(names: readonly string[]): Promise<{ certificate: X509Certificate; key: KeyObject }> {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const issued = await this.#read((keys) =>
      issueServer(this.#authority(keys), publicKey, names, this.#now()),
    );
    return { certificate: new X509Certificate(issued.certificate), key: privateKey };
  }

  async #ensureAuthority(on: Querying): Promise<boolean> {
    const keys = await readKeys(on, 'app');
    if (keys.some(({ purpose }) => purpose === 'authority')) return false;
    const { certificate, key } = await createAuthority(this.#now());
    const { validFromDate: notBefore, validToDate: notAfter } = new X509Certificate(certificate);
    await this.#add(on, 'authority', key, { certificate, notBefore, notAfter });
    return true;
  }

  /** After two thirds of its life, or when the names have changed. */
  #isDue(purpose: 'server' | 'signing', keys: readonly StoredKey[]): boolean {
    const newest = keys.find((key) => key.purpose === purpose);
    if (!newest) return true;
    const { certificate, notBefore, notAfter } = newest;
    if (this.#now() >= notBefore + ((notAfter - notBefore) * 2) / 3) return true;
    return purpose === 'server' && !sameNames(certificate, this.#options.serverNames);
  }

  async #make(on: Querying, purpose: 'server' | 'signing', authority: Authority): Promise<void> {
    const now = this.#now();
    if (purpose === 'server') {
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const issued = await issueServer(authority, publicKey, this.#options.serverNames, now);
      await this.#add(on, purpose, privateKey, issued);
      return;
    }
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const name = this.#options.signingName(rawPublicKey(publicKey));
    await this.#add(on, purpose, privateKey, await issueSigning(authority, publicKey, name, now));
  }

  async #add(
    on: Querying,
    purpose: KeyPurpose,
    key: KeyObject,
    { certificate, notBefore, notAfter }: Omit<IssuedCertificate, 'serial'>,
  ): Promise<void> {
    const { vault, clock } = this.#options;
    const id = createIds(clock).next();
    const sealed = vault.seal(key, contextOf(purpose, id));
    const createdAt = clock.now();
    await addKey(on, {
      id,
      purpose,
      certificate,
      sealed,
      sealedBy: vault.id,
      notBefore,
      notAfter,
      createdAt,
    });
  }

  #authority(keys: readonly StoredKey[]): Authority {
    const stored = keys.find(({ purpose }) => purpose === 'authority');
    if (!stored) throw pkiError('pki_not_made');
    return { certificate: stored.certificate.raw, key: openKey(this.#options.vault, stored) };
  }

  #now(): number {
    return this.#options.clock.now().epochMilliseconds;
  }

  #read<T>(work: (keys: readonly StoredKey[]) => Promise<T>): Promise<T> {
    return this.#transaction(async (on) => work(await readKeys(on, 'app')));
  }

  #transaction<T>(work: (on: Querying) => Promise<T>): Promise<T> {
    return this.#db.transaction({ organisation: PLATFORM, actor: { kind: 'system', id: 'pki' } }, work);
  }
}

type Querying = Parameters<typeof readKeys>[0];

const contextOf = (purpose: KeyPurpose, id: string): string => `hub key 1 ${purpose} ${id}`;

function openKey(vault: KeyVault, { id, purpose, sealed, sealedBy }: StoredKey): KeyObject {
  if (!sealed)
    throw pkiError('pki_not_made', { message: `this process may not have the key of the ${purpose}` });
  return vault.open(sealed, contextOf(purpose, id), sealedBy);
}

/** 32 bytes of an Ed25519 public key. */
function rawPublicKey(key: KeyObject): Buffer {
  const { x = '' } = createPublicKey(key.export({ type: 'spki', format: 'pem' })).export({ format: 'jwk' });
  return Buffer.from(x, 'base64url');
}

function sameNames(certificate: X509Certificate, names: readonly string[]): boolean {
  const there = (certificate.subjectAltName ?? '').split(', ').length;
  const has = (name: string) =>
    certificate.checkHost(name, { subject: 'never' }) !== undefined ||
    certificate.checkIP(name) !== undefined;
  return there === names.length && names.every(has);
}
