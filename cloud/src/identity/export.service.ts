import type { AuditReader, ShownEntry } from '../audit/index.ts';
import { PLATFORM, type TransactionOptions } from '../platform/db/index.ts';
import { consentStore } from './consent.store.ts';
import { identityError } from './identity.errors.ts';
import type { By, IdentityParts } from './identity.types.ts';
import { type IdentityTx, ofPerson, tell } from './identity-change.ts';
import * as sql from './own-records.sql.ts';
import { shown } from './shown.ts';

interface Membership {
  readonly organisation: string;
}

/** Everything that the hub has about one person, for that person: written while it is read. */
export class ExportService {
  readonly #parts: IdentityParts;
  readonly #audit: AuditReader;

  constructor(parts: IdentityParts, audit: AuditReader) {
    this.#parts = parts;
    this.#audit = audit;
  }

  /** Of all organisations, for the person themselves, who is who asks; or for the operator, on their behalf. */
  async whole(person: string, by: By): Promise<AsyncGenerator<string>> {
    const account = await this.#account(person, by);
    const organisations = account.memberships.map(({ organisation }) => organisation);
    const places = [...new Set([...organisations, PLATFORM])];
    return this.#write(person, { account }, places);
  }

  /** What one organisation has of a member of its own, and nothing of what the person is elsewhere. */
  async within(organisation: string, person: string, by: By): Promise<AsyncGenerator<string>> {
    const member = await this.#parts.db.transaction({ organisation, ...by }, async (tx) => {
      const { rows } = await tx.query(
        `select p.name, m.roles, m.state, m.since, m.ended_at as "endedAt" from membership m join person p on p.id = m.person_id
          where m.organisation_id = $1 and m.person_id = $2`,
        [organisation, person],
      );
      if (rows.length === 0) throw identityError('member_not_found');
      await noted(tx, person);
      return rows[0];
    });
    return this.#write(person, { member: shown(member) }, [organisation]);
  }

  async #account(person: string, by: By) {
    return this.#parts.db.transaction(ofPerson(person, by), async (tx) => {
      const all = async (text: string) => shown((await tx.query(text, [person])).rows);
      const [account] = await all(sql.OWN_PERSON_SQL);
      if (!account) throw identityError('member_not_found');
      await noted(tx, person);
      return {
        ...account,
        contacts: await all(sql.OWN_CONTACTS_SQL),
        sessions: await all(sql.OWN_SESSIONS_SQL),
        links: await all(sql.OWN_LINKS_SQL),
        consents: shown(await tx.bind(consentStore).own(person)),
        memberships: (await all(sql.OWN_MEMBERSHIPS_SQL)) as unknown as readonly Membership[],
      };
    });
  }

  async *#write(person: string, head: object, organisations: readonly string[]): AsyncGenerator<string> {
    const exportedAt = this.#parts.clock.now().toString({ smallestUnit: 'millisecond' });
    const opening = JSON.stringify({ format: 'meterline person 1', person, exportedAt, ...head }, textual, 1);
    yield `${opening.slice(0, opening.lastIndexOf('\n}'))},\n "organisations": [`;
    for (const [i, organisation] of organisations.entries()) {
      yield `${i === 0 ? '' : ','}\n  {"organisation": "${organisation}"`;
      for (const [name, records] of Object.entries(await this.#records(organisation, person)))
        yield `,\n   ${JSON.stringify(name)}: ${JSON.stringify(records, textual)}`;
      yield ',\n   "audit": [';
      yield* this.#entries(organisation, person);
      yield ']}';
    }
    yield '\n ]\n}\n';
  }

  async #records(organisation: string, person: string): Promise<Readonly<Record<string, unknown>>> {
    const { db, records } = this.#parts;
    return db.transaction(asHub(organisation, person), async (tx) => {
      const { rows } = await tx.query(sql.OWN_INVITATIONS_SQL, [organisation, person]);
      const found: Record<string, unknown> = { invitations: shown(rows) };
      if (organisation === PLATFORM) return found;
      for (const each of records) found[each.name] = shown(await each.collect(tx, person));
      return found;
    });
  }

  /** What others are told in an entry about several persons is theirs: only the person's own values come along. */
  async *#entries(organisation: string, person: string): AsyncGenerator<string> {
    let first = true;
    for await (const entries of this.#audit.all(asHub(organisation, person), { about: person })) {
      const lines = entries.map((entry) => JSON.stringify(ownPart(entry, person)));
      yield `${first ? '' : ','}\n    ${lines.join(',\n    ')}`;
      first = false;
    }
  }
}

/** The hub itself, in one organisation, with the person's own rows in sight. */
export const asHub = (organisation: string, person: string): TransactionOptions => ({
  organisation,
  person,
  actor: { kind: 'system', id: 'persons' },
  may: '*',
});

const noted = (tx: IdentityTx, person: string) =>
  tell(tx, { action: 'person.exported', subject: { type: 'person', id: person } });

function ownPart({ actor, values, ...entry }: ShownEntry, person: string): object {
  const own = actor.id === person;
  return {
    ...entry,
    // From where a colleague did something is nobody else's business.
    actor: own ? actor : { kind: actor.kind, id: actor.id },
    values: values.filter((value) => value.person === person),
  };
}

const textual = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? value.toString() : value;
