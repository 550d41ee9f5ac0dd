import { isUuid } from '../kernel/ids.ts';
import { PLATFORM } from '../platform/db/index.ts';
import { mayGrant } from './domain/access.ts';
import type { Role } from './domain/permissions.ts';
import { asHub } from './export.service.ts';
import { identityError } from './identity.errors.ts';
import type { By, IdentityParts } from './identity.types.ts';
import { type IdentityTx, ofPerson, tell } from './identity-change.ts';
import { membersStore } from './members.store.ts';
import * as sql from './own-records.sql.ts';
import type { Acting } from './people.service.ts';
import type { Hold } from './person-records.ts';
import { sessionsStore } from './sessions.store.ts';

import { takeBack } from './take-back.ts';
import { reasonOf } from './text-rules.ts';

export interface HeldBy extends Hold {
  readonly organisation: string;
}

interface Membership extends Record<string, unknown> {
  readonly organisation: string;
  readonly state: 'active' | 'ended';
  readonly roles: readonly Role[];
}

/**
 * Forgetting: names, contacts and what signs in go, and with them the keys under which the audit holds their values. Ids
 * stay where entries, documents and accounts point to them, so that what is sealed still verifies. Each organisation is a
 * transaction; what was begun is finished by the nightly job, and a repeat changes nothing.
 */
export class ForgetService {
  readonly #parts: IdentityParts;

  constructor(parts: IdentityParts) {
    this.#parts = parts;
  }

  /** Why the person cannot be forgotten now. */
  async holds(person: string): Promise<readonly HeldBy[]> {
    const held: HeldBy[] = [];
    for (const { organisation, state } of await this.#memberships(person)) {
      const found = await this.#parts.db.transaction(asHub(organisation, person), async (tx) => [
        ...(state === 'active' ? await this.#lastOwner(tx, organisation, person) : []),
        ...(await this.#recordHolds(tx, organisation, person)),
      ]);
      held.push(...found.map((hold) => ({ ...hold, organisation })));
    }
    return held;
  }

  /** Everywhere: asked for by the person, by the operator, or by time itself. */
  async whole(person: string, reason: string, by: By): Promise<void> {
    const because = reasonOf(reason);
    if (!isUuid(person)) throw identityError('member_not_found');
    const held = await this.holds(person);
    if (held.length > 0) throw refused(held);
    await this.#begin(person, by);
    await this.finish(person, because, by);
  }

  /** By an organisation: what it has of the person. Who is nowhere else afterwards is forgotten altogether. */
  async within(
    organisation: string,
    person: string,
    reason: string,
    by: Acting,
  ): Promise<{ readonly whole: boolean }> {
    const because = reasonOf(reason);
    await this.#demandTheirs(organisation, person, by);
    const memberships = await this.#memberships(person);
    const elsewhere = memberships.filter((each) => each.organisation !== organisation);
    const held = await this.#parts.db.transaction(asHub(organisation, person), async (tx) => [
      ...(await this.#lastOwner(tx, organisation, person)),
      ...(await this.#recordHolds(tx, organisation, person)),
    ]);
    if (held.length > 0) throw refused(held.map((hold) => ({ ...hold, organisation })));
    const whole = elsewhere.length === 0;
    if (whole) {
      await this.#begin(person, by);
      await this.finish(person, because, by);
    } else await this.#leave(organisation, person, because, by);
    return { whole };
  }

  /** Goes on where it broke off; in the name of the hub where it does so by itself. */
  async finish(person: string, reason: string, by?: By): Promise<void> {
    for (const { organisation } of await this.#memberships(person))
      if (organisation !== PLATFORM) await this.#leave(organisation, person, reason, by);
    const { db, clock } = this.#parts;
    await db.transaction(forgetting(PLATFORM, person, by), async (tx) => {
      await tx.query(sql.LEAVE_SQL, [PLATFORM, person, clock.now()]);
      await tx.query(sql.BLANK_INVITATIONS_SQL, [PLATFORM, person]);
      for (const text of [
        sql.FORGET_CONTACTS_SQL,
        sql.FORGET_CREDENTIAL_SQL,
        sql.FORGET_LINKS_SQL,
        sql.FORGET_SESSIONS_SQL,
      ])
        await tx.query(text, [person]);
      await tx.query(sql.FORGET_PERSON_SQL, [person, clock.now()]);
      if (await tx.audit.forget(person, reason)) await told(tx, person);
    });
  }

  /** Signed out everywhere and let in no more, from now on, whatever becomes of the rest. */
  #begin(person: string, by: By): Promise<void> {
    const { db, clock } = this.#parts;
    return db.transaction(ofPerson(person, by), async (tx) => {
      const { rowCount } = await tx.query(sql.ASK_FORGET_SQL, [person, clock.now()]);
      if (rowCount === 0) throw identityError('member_not_found');
      await tx.bind(sessionsStore).revokeOthers(person, null, clock.now(), 'disabled');
      await tell(tx, { action: 'person.forget_asked', subject: { type: 'person', id: person } });
    });
  }

  async #leave(organisation: string, person: string, reason: string, by?: By): Promise<void> {
    const { db, clock, records } = this.#parts;
    await db.transaction(forgetting(organisation, person, by), async (tx) => {
      // While their contacts are there: by them it is known which invitations are for them.
      await takeBack(this.#parts, tx, person, []);
      for (const each of records) await each.forget(tx, person);
      await tx.query(sql.LEAVE_SQL, [organisation, person, clock.now()]);
      await tx.query(sql.BLANK_INVITATIONS_SQL, [organisation, person]);
      if (await tx.audit.forget(person, reason)) await told(tx, person);
    });
  }

  async #demandTheirs(organisation: string, person: string, by: Acting): Promise<void> {
    const { actor, requestId, may } = by;
    const who = {
      organisation,
      actor,
      ...(requestId !== undefined && { requestId }),
      ...(may !== undefined && { may }),
    };
    const [member] = isUuid(person)
      ? await this.#parts.db.transaction({ ...who, readOnly: true }, (tx) =>
          tx.bind(membersStore).members(person),
        )
      : [];
    if (!member) throw identityError('member_not_found');
    if (!mayGrant(by.roles, member.roles)) throw identityError('role_not_yours_to_give');
  }

  async #memberships(person: string): Promise<readonly Membership[]> {
    return this.#parts.db.transaction({ ...ofPerson(person), readOnly: true }, async (tx) => {
      const { rows } = await tx.query<Membership>(sql.OWN_MEMBERSHIPS_SQL, [person]);
      return rows;
    });
  }

  async #recordHolds(tx: IdentityTx, organisation: string, person: string): Promise<readonly Hold[]> {
    if (organisation === PLATFORM) return [];
    const held: Hold[] = [];
    for (const each of this.#parts.records) held.push(...(await each.holds(tx, person)));
    return held;
  }

  async #lastOwner(tx: IdentityTx, organisation: string, person: string): Promise<readonly Hold[]> {
    const [member] = await tx.bind(membersStore).members(person);
    const rules = member?.state === 'active' && member.roles.some((role) => RULES.includes(role));
    if (!rules) return [];
    const { rows } = await tx.query(sql.OTHER_OWNERS_SQL, [organisation, person]);
    return rows.length > 0 ? [] : [{ reason: 'is the only owner: make somebody else owner first' }];
  }
}

const RULES: readonly Role[] = ['owner', 'platform_admin'];

/** Whoever had it done stands in the audit; the person themselves by their id, since the rest goes with them. */
function forgetting(organisation: string, person: string, by: By | undefined) {
  const { actor, requestId } = by ?? {};
  const who = actor?.id === person ? { kind: actor.kind, id: person } : actor;
  return {
    ...asHub(organisation, person),
    ...(who && { actor: who }),
    ...(requestId !== undefined && { requestId }),
  };
}

const told = (tx: IdentityTx, person: string) =>
  tx.outbox.add({ topic: 'person.forgotten', key: person, payload: { person } });

function refused(held: readonly HeldBy[]) {
  const reasons = held.map(({ reason, until }) =>
    until === undefined ? reason : `${reason}, until ${until}`,
  );
  const message = `cannot be forgotten yet: ${[...new Set(reasons)].join('; ')}`;
  return identityError('forget_held', { message, details: { holds: held } });
}
