import type { Temporal } from 'temporal-polyfill';
import type { Transaction } from '../../platform/db/index.ts';
import * as sql from './webhook.sql.ts';

type Instant = Temporal.Instant;

export interface FoundKey {
  readonly organisation: string;
  readonly source: string;
  readonly sealed: Buffer;
  readonly sealedBy: string;
  readonly expiresAt: Instant | null;
  readonly revoked: boolean;
}

export interface WebhookSecret {
  readonly keyId: string;
  /** As PostgreSQL writes them in JSON. */
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
  readonly lastUsedAt: string | null;
}

export interface WebhookSource {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Instant;
  readonly revokedAt: Instant | null;
  readonly secrets: readonly WebhookSecret[];
}

export interface KnownRequest {
  readonly bodyDigest: Buffer;
  readonly receivedAt: Instant;
  readonly answer: unknown;
}

export const webhookStore = (tx: Transaction): WebhookStore => new WebhookStore(tx);

export class WebhookStore {
  readonly #tx: Transaction;

  constructor(tx: Transaction) {
    this.#tx = tx;
  }

  async #all<T extends object>(text: string, ...values: readonly unknown[]): Promise<readonly T[]> {
    const { rows } = await this.#tx.query<T & Record<string, unknown>>(text, [
      this.#tx.organisation,
      ...values,
    ]);
    return rows;
  }

  async #run(text: string, ...values: readonly unknown[]): Promise<boolean> {
    return ((await this.#tx.query(text, [this.#tx.organisation, ...values])).rowCount ?? 0) > 0;
  }

  /** Of whichever organisation: nothing else is known yet. */
  async key(keyId: string): Promise<FoundKey | undefined> {
    return (await this.#tx.query<FoundKey & Record<string, unknown>>(sql.KEY_SQL, [keyId])).rows[0];
  }

  addSource(id: string, name: string, at: Instant): Promise<boolean> {
    return this.#run(sql.ADD_SOURCE_SQL, id, name, at);
  }

  sources(): Promise<readonly WebhookSource[]> {
    return this.#all<WebhookSource>(sql.SOURCES_SQL);
  }

  async source(id: string): Promise<WebhookSource | undefined> {
    return (await this.#all<WebhookSource>(sql.SOURCE_SQL, id))[0];
  }

  async lockSource(id: string): Promise<{ readonly revokedAt: Instant | null } | undefined> {
    return (await this.#all<{ revokedAt: Instant | null }>(sql.LOCK_SOURCE_SQL, id))[0];
  }

  async revoke(id: string, at: Instant): Promise<void> {
    await this.#run(sql.REVOKE_SOURCE_SQL, id, at);
    await this.#run(sql.REVOKE_SECRETS_SQL, id, at);
  }

  async addSecret(
    source: string,
    keyId: string,
    sealed: Buffer,
    sealedBy: string,
    at: Instant,
  ): Promise<void> {
    await this.#run(sql.ADD_SECRET_SQL, source, keyId, sealed, sealedBy, at);
  }

  /** Of those in use the newest stays until then; one that was on its way out goes at once. */
  async retireOthers(source: string, until: Instant, at: Instant): Promise<void> {
    await this.#run(sql.DROP_OLDER_SQL, source, at);
    await this.#run(sql.EXPIRE_SQL, source, until);
  }

  async used(keyId: string, at: Instant): Promise<void> {
    await this.#run(sql.USED_SQL, keyId, at);
  }

  /** When it was claimed. Undefined: the key, later than `after`, or the signature has been here before. */
  async claim(claim: {
    readonly source: string;
    readonly key: string;
    readonly body: Buffer;
    readonly signature: Buffer;
    readonly at: Instant;
    readonly after: Instant;
  }): Promise<Instant | undefined> {
    const { source, key, body, signature, at, after } = claim;
    await this.#run(sql.EXPIRED_SQL, source, key, after);
    const values = [source, key, body, signature, at];
    return (await this.#all<{ receivedAt: Instant }>(sql.CLAIM_SQL, ...values))[0]?.receivedAt;
  }

  async request(source: string, key: string): Promise<KnownRequest | undefined> {
    return (await this.#all<KnownRequest>(sql.REQUEST_SQL, source, key))[0];
  }

  /** What is answered from now on. */
  async answer(source: string, key: string, answer: object, isFirst: boolean): Promise<unknown> {
    const values = [source, key, JSON.stringify(answer), isFirst];
    return (await this.#all<{ answer: unknown }>(sql.ANSWER_SQL, ...values))[0]?.answer;
  }

  async unclaim(source: string, key: string): Promise<void> {
    await this.#run(sql.UNCLAIM_SQL, source, key);
  }

  async forget(source: string, before: Instant): Promise<void> {
    await this.#run(sql.FORGET_SQL, source, before);
  }
}
