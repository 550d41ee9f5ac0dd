import { Temporal } from 'temporal-polyfill';
import { isUuid } from '../kernel/ids.ts';
import { type Access, beyondKeys } from './domain/access.ts';
import type { Permission } from './domain/permissions.ts';
import { hashToken, isToken, makeToken } from './domain/secret-token.ts';
import { identityError } from './identity.errors.ts';
import type { ApiKey, By, IdentityParts } from './identity.types.ts';
import { tell } from './identity-change.ts';
import { membersStore } from './members.store.ts';
import { invalid, nameOf, scopesOf } from './text-rules.ts';

export interface NewApiKey {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly endsAt?: string | undefined;
}

/** A key as a request shows it. */
export interface KeyView {
  readonly id: string;
  readonly organisation: string;
  readonly scopes: readonly Permission[];
}

const SYSTEM = { kind: 'system', id: 'api keys' } as const;
const TOUCH_MS = 60_000;

/** Keys of an organisation for other programs. */
export class ApiKeysService {
  readonly #parts: IdentityParts;

  constructor(parts: IdentityParts) {
    this.#parts = parts;
  }

  list(organisation: string, by: By): Promise<readonly ApiKey[]> {
    return this.#parts.db.transaction({ organisation, ...by }, (tx) => tx.bind(membersStore).apiKeys());
  }

  /** The key is shown once; what is kept is its hash. */
  async make(organisation: string, given: NewApiKey, access: Access | 'all', by: By) {
    const { ids, clock, random, db } = this.#parts;
    const scopes = scopesOf(given.scopes);
    const beyond = beyondKeys(access, scopes);
    if (beyond !== undefined) throw invalid(`a key that you make cannot have ${beyond}`);
    const createdAt = clock.now();
    const endsAt = given.endsAt === undefined ? null : Temporal.Instant.from(given.endsAt);
    if (endsAt && Temporal.Instant.compare(endsAt, createdAt) <= 0)
      throw invalid('the key would have run out already');
    const token = makeToken('key', random);
    const key = {
      id: ids.next(),
      name: nameOf(given.name, 'the name'),
      scopes,
      hint: token.slice(0, 8),
      createdAt,
      endsAt,
    };
    await db.transaction({ organisation, ...by }, async (tx) => {
      await tx.bind(membersStore).addApiKey(key, hashToken(token), by.actor.person ?? null);
      await tell(tx, {
        action: 'api_key.made',
        subject: { type: 'api_key', id: key.id },
        fields: ['name', 'scopes'],
        payload: { scopes },
      });
    });
    return { id: key.id, key: token };
  }

  async revoke(organisation: string, id: string, by: By): Promise<void> {
    const { db, clock } = this.#parts;
    await db.transaction({ organisation, ...by }, async (tx) => {
      if (!isUuid(id) || !(await tx.bind(membersStore).revokeApiKey(id, clock.now())))
        throw identityError('api_key_not_found');
      await tell(tx, { action: 'api_key.revoked', subject: { type: 'api_key', id } });
    });
  }

  async see(token: string): Promise<KeyView | undefined> {
    if (!isToken('key', token)) return undefined;
    const { db, clock } = this.#parts;
    const found = await db.transaction({ organisation: null, actor: SYSTEM, readOnly: true }, (tx) =>
      tx.bind(membersStore).apiKeyByHash(hashToken(token)),
    );
    const now = clock.now();
    if (!found || found.revokedAt !== null) return undefined;
    if (found.endsAt && Temporal.Instant.compare(found.endsAt, now) <= 0) return undefined;
    const { id, organisation, seenAt } = found;
    if (!seenAt || now.epochMilliseconds - seenAt.epochMilliseconds >= TOUCH_MS)
      await db.transaction({ organisation, actor: SYSTEM }, (tx) =>
        tx.bind(membersStore).touchApiKey(id, now),
      );
    // What was a permission once may be none any more.
    return { id, organisation, scopes: scopesOf(found.scopes) };
  }
}
