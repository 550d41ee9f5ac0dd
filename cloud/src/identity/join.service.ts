import { PLATFORM, type TransactionOptions } from '../platform/db/index.ts';
import { agreeAtJoining } from './consent.service.ts';
import { consentStore } from './consent.store.ts';
import { mayGrant } from './domain/access.ts';
import { homeOf, maskContact } from './domain/contact.ts';
import { linkAllows } from './domain/one-time.ts';
import type { Permission } from './domain/permissions.ts';
import { hashToken, isToken } from './domain/secret-token.ts';
import { identityError } from './identity.errors.ts';
import type { IdentityParts, Invitation, Person, Visitor } from './identity.types.ts';
import { byVisitor, ofNobody, ofPerson, tell } from './identity-change.ts';
import { Limiter } from './limiter.ts';
import { type MembersStore, membersStore } from './members.store.ts';
import type { PasswordHasher } from './password-hash.ts';
import { personsStore } from './persons.store.ts';
import { shown } from './shown.ts';
import { startSession } from './sign-in.service.ts';
import { contactOf, deviceOf, nameOf, passwordOf } from './text-rules.ts';

export interface Joining {
  readonly name?: string | undefined;
  readonly contact?: string | undefined;
  readonly password: string;
  readonly locale?: Person['locale'] | undefined;
  /** Ids of the notices that the person agrees to. */
  readonly consents?: readonly string[] | undefined;
}

/** The invitation allows what the person could not do alone: to become a member. */
const BY_INVITATION: readonly Permission[] = ['people.invite', 'people.manage', 'people.read'];

/** From an invitation to a membership: as a new person, or as the one who is signed in. */
export class JoinService {
  readonly #parts: IdentityParts;
  readonly #hasher: PasswordHasher;
  readonly #limiter: Limiter;

  constructor(parts: IdentityParts, hasher: PasswordHasher) {
    this.#parts = parts;
    this.#hasher = hasher;
    this.#limiter = new Limiter(parts);
  }

  /** What somebody who holds the link is shown before they accept. */
  async look(token: string, visitor: Visitor) {
    const { organisation, id } = await this.#find(token, visitor);
    return this.#within(organisation, { ...ofNobody(visitor) }, async (store, tx) => {
      const invitation = await this.#open(store, id);
      const { contactKind: kind, contactValue: value, name, roles, endsAt } = invitation;
      const contact = kind === null || value === null ? null : maskContact({ kind, value });
      const documents = await tx.bind(consentStore).inForce([PLATFORM, organisation]);
      return { organisation, name, roles, contact, endsAt: endsAt.toString(), documents: shown(documents) };
    });
  }

  /** A new person, signed in on this device. */
  async joinAsNew(token: string, given: Joining, visitor: Visitor) {
    const { organisation, id } = await this.#find(token, visitor);
    const { ids, clock, db } = this.#parts;
    const shown = await this.#within(organisation, ofNobody(visitor), (store) => this.#open(store, id));
    await this.#limiter.take([{ name: 'join', of: id }]);
    const name = nameOf(given.name ?? shown.name, 'the name');
    const contact = contactOf(given.contact ?? shown.contactValue ?? '', homeOf(given.locale));
    const password = await this.#hasher.hash(passwordOf(given.password, [name, contact.value]));
    const person = ids.next();
    const by = ofPerson(person, byVisitor(person, visitor));
    await this.#within(organisation, by, async (store, tx) => {
      const invitation = await this.#open(store, id);
      const persons = tx.bind(personsStore);
      await persons.addPerson(person, name, given.locale ?? 'th', clock.now());
      // The link was read where it was sent: the contact is theirs.
      const proven = invitation.sentAt !== null && contact.value === invitation.contactValue;
      if (!(await persons.addContact(person, contact, clock.now(), proven)))
        throw identityError('contact_taken');
      await persons.setPassword(person, password, clock.now());
      const { locale = 'th', consents } = given;
      await agreeAtJoining(this.#parts, tx, person, { locale, consents });
      await this.#join(store, invitation, person);
      const personal = [
        { person, field: 'name', after: name },
        { person, field: 'contact', after: contact.value },
      ];
      await tell(tx, { ...joined(person, invitation), personal });
    });
    const device = deviceOf(visitor.userAgent);
    return db.transaction(by, async (tx) => {
      const session = await startSession(this.#parts, tx, { person, kind: 'browser', device, level: 1 });
      return { person, organisation, token: session.token };
    });
  }

  async joinAs(person: string, token: string, given: Pick<Joining, 'locale' | 'consents'>, visitor: Visitor) {
    const { organisation, id } = await this.#find(token, visitor);
    await this.#within(organisation, ofPerson(person, byVisitor(person, visitor)), async (store, tx) => {
      const invitation = await this.#open(store, id);
      const { locale = 'th', consents } = given;
      await agreeAtJoining(this.#parts, tx, person, { locale, consents });
      await this.#join(store, invitation, person);
      await tell(tx, joined(person, invitation));
    });
    return { person, organisation };
  }

  async #find(token: string, visitor: Visitor): Promise<{ id: string; organisation: string }> {
    const found = isToken('invitation', token)
      ? await this.#parts.db.transaction({ ...ofNobody(visitor), readOnly: true }, (tx) =>
          tx.bind(membersStore).invitationByHash(hashToken(token)),
        )
      : undefined;
    if (!found) throw identityError('link_refused');
    return found;
  }

  #within<T>(
    organisation: string,
    by: TransactionOptions,
    work: (
      store: MembersStore,
      tx: Parameters<Parameters<IdentityParts['db']['transaction']>[1]>[0],
    ) => Promise<T>,
  ): Promise<T> {
    const options = { ...by, organisation, may: BY_INVITATION.join(' ') };
    return this.#parts.db.transaction(options, (tx) => work(tx.bind(membersStore), tx));
  }

  async #open(store: MembersStore, id: string): Promise<Invitation> {
    const found = await store.lockInvitation(id);
    const times = found && {
      endsAtMs: found.endsAt.epochMilliseconds,
      usedAtMs: found.usedAt?.epochMilliseconds ?? null,
      revokedAtMs: found.revokedAt?.epochMilliseconds ?? null,
    };
    if (!found || !times || !linkAllows(times, 'use', this.#parts.clock.now().epochMilliseconds))
      throw identityError('link_refused');
    // Whoever made it may be nobody here by now, or less than what it gives.
    const { invitedBy, roles } = found;
    if (invitedBy !== null && !mayGrant(await store.rolesHere(invitedBy), roles))
      throw identityError('link_refused');
    return found;
  }

  async #join(store: MembersStore, { id, roles }: Invitation, person: string): Promise<void> {
    const now = this.#parts.clock.now();
    await store.join(person, roles, now);
    await store.useInvitation(id, now, person);
  }
}

const joined = (person: string, { id, roles }: Invitation) =>
  ({
    action: 'person.joined',
    subject: { type: 'person', id: person },
    fields: ['roles'],
    payload: { invitation: id, roles },
  }) as const;
