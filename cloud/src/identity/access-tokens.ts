import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { Temporal } from 'temporal-polyfill';
import { PLATFORM } from '../platform/db/index.ts';
import {
  type AccessClaims,
  jwkOf,
  type PublicJwk,
  signAccessToken,
  thumbprint,
  type VerifyingKey,
  verifyAccessToken,
} from './domain/access-token.ts';
import { needsNewKey, phaseOf, SIGNING, type SigningKeyTimes, signerOf } from './domain/signing-keys.ts';
import type { IdentityParts } from './identity.types.ts';
import {
  ACCESS_KEYS_SQL,
  ADD_ACCESS_KEY_SQL,
  LOCK_ACCESS_KEYS_SQL,
  SWEEP_ACCESS_KEYS_SQL,
} from './sessions.sql.ts';

interface Row extends Record<string, unknown> {
  readonly id: string;
  readonly publicKey: Buffer;
  readonly sealed: Buffer;
  readonly sealedBy: string;
  readonly createdAt: Temporal.Instant;
}

interface Key extends SigningKeyTimes, VerifyingKey {
  readonly row: Row;
}

const WHO = { organisation: PLATFORM, actor: { kind: 'system', id: 'access keys' } } as const;
/** Another process may have made a key; it is announced for an hour before it signs, so that a look a minute is enough. */
const KEPT_MS = 60_000;

/** Short tokens for clients of the API, and the keys that sign them. */
export class AccessTokens {
  readonly #parts: IdentityParts;
  #kept: { readonly keys: readonly Key[]; readonly atMs: number } | undefined;

  constructor(parts: IdentityParts) {
    this.#parts = parts;
  }

  async issue(person: string, session: string): Promise<{ token: string; seconds: number }> {
    const now = this.#parts.clock.now().epochMilliseconds;
    const keys = await this.#keys();
    const key = signerOf(keys, now) ?? signerOf(await this.rotate(), now);
    if (!key) throw new TypeError('a key that was just made does not sign');
    const privateKey = this.#parts.vault.open(key.row.sealed, context(key.id), key.row.sealedBy);
    const token = signAccessToken({ id: key.id, privateKey }, this.#issuer, {
      person,
      session,
      issuedAtMs: now,
    });
    return { token, seconds: SIGNING.tokenMs / 1000 };
  }

  async check(token: string): Promise<AccessClaims | undefined> {
    const now = this.#parts.clock.now().epochMilliseconds;
    return verifyAccessToken(token, await this.#keys(), this.#issuer, now);
  }

  /** For whoever checks tokens without asking us (RFC 7517). */
  async published(): Promise<readonly PublicJwk[]> {
    const now = this.#parts.clock.now().epochMilliseconds;
    return (await this.#keys()).filter((key) => phaseOf(key, now) !== 'gone').map(jwkOf);
  }

  /** Makes the next key when it is time, and lets go of those whose last token has run out. */
  async rotate(): Promise<readonly Key[]> {
    const { db, clock } = this.#parts;
    const now = clock.now();
    await db.transaction(WHO, async (tx) => {
      await tx.query(LOCK_ACCESS_KEYS_SQL);
      const { rows } = await tx.query<Row>(ACCESS_KEYS_SQL);
      if (needsNewKey(rows.map(timesOf), now.epochMilliseconds))
        await tx.query(ADD_ACCESS_KEY_SQL, [...this.#make(), now]);
      const gone = rows.filter((row) => phaseOf(timesOf(row), now.epochMilliseconds) === 'gone');
      const newest = gone
        .map(({ createdAt }) => createdAt)
        .sort(Temporal.Instant.compare)
        .at(-1);
      if (newest) await tx.query(SWEEP_ACCESS_KEYS_SQL, [newest.add({ microseconds: 1 })]);
    });
    this.#kept = undefined;
    return this.#keys();
  }

  get #issuer(): string {
    return this.#parts.publicUrl ?? 'meterline';
  }

  async #keys(): Promise<readonly Key[]> {
    const now = this.#parts.clock.now().epochMilliseconds;
    if (this.#kept && Math.abs(now - this.#kept.atMs) < KEPT_MS) return this.#kept.keys;
    const { rows } = await this.#parts.db.transaction({ ...WHO, readOnly: true }, (tx) =>
      tx.query<Row>(ACCESS_KEYS_SQL),
    );
    const keys = rows.map((row) => ({
      ...timesOf(row),
      publicKey: createPublicKey({ key: row.publicKey, format: 'der', type: 'spki' }),
      row,
    }));
    this.#kept = { keys, atMs: now };
    return keys;
  }

  #make(): [id: string, publicKey: Buffer, sealed: Buffer, sealedBy: string] {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const id = thumbprint(publicKey);
    const { vault } = this.#parts;
    return [
      id,
      publicKey.export({ format: 'der', type: 'spki' }),
      vault.seal(privateKey, context(id)),
      vault.id,
    ];
  }
}

const context = (id: string): string => `access key ${id}`;
const timesOf = ({ id, createdAt }: Row): SigningKeyTimes => ({
  id,
  createdAtMs: createdAt.epochMilliseconds,
});
