import { isUuid } from '../kernel/ids.ts';
import { PLATFORM } from '../platform/db/index.ts';
import type { AccountService, LinkToSend } from './account.service.ts';
import { mayGrant, mayReset } from './domain/access.ts';
import { LOCALES } from './domain/consent-document.ts';
import type { CallingCode } from './domain/contact.ts';
import { LINK_LIFE_MS, linkAddress, linkAllows } from './domain/one-time.ts';
import { ROLES, type Role } from './domain/permissions.ts';
import { hashToken, makeToken } from './domain/secret-token.ts';
import { identityError } from './identity.errors.ts';
import type { By, IdentityParts, Invitation, Member } from './identity.types.ts';
import { after, type IdentityTx, ofPerson, tell } from './identity-change.ts';
import { type MembersStore, membersStore } from './members.store.ts';
import { personsStore } from './persons.store.ts';
import { printedQr } from './printed-qr.ts';
import { sessionsStore } from './sessions.store.ts';
import { mayTakeBack, type TakenBack, takeBack } from './take-back.ts';
import { contactOf, invalid, nameOf, reasonOf, rolesOf } from './text-rules.ts';

export interface Invite {
  readonly name: string;
  readonly contact?: string | undefined;
  /** Where a phone number that begins with 0 is from. */
  readonly callingCode?: CallingCode | undefined;
  readonly roles: readonly string[];
}

export interface Invited {
  readonly id: string;
  /** Shown once: to be handed over, or printed as a QR code. */
  readonly address: string;
  readonly qr: string | null;
  readonly endsAt: string;
}

export interface InvitedByMail extends Pick<Invited, 'id' | 'endsAt'> {
  readonly address: null;
  readonly qr: null;
}

/** Who acts within an organisation: as what they are there. The hub's operator is above all. */
export interface Acting extends By {
  readonly roles: readonly Role[];
}

/** Who is what in an organisation. */
export class PeopleService {
  readonly #parts: IdentityParts;
  readonly #account: AccountService;

  constructor(parts: IdentityParts, account: AccountService) {
    this.#parts = parts;
    this.#account = account;
  }

  list(organisation: string, by: By): Promise<readonly Member[]> {
    return this.#in(organisation, by, (store) => store.members());
  }

  invitations(organisation: string, by: By): Promise<readonly Invitation[]> {
    return this.#in(organisation, by, (store) => store.invitations());
  }

  /** Nothing tells the inviter whether anybody has that contact: the person is made when the invitation is accepted. */
  async invite(organisation: string, given: Invite, by: Acting): Promise<Invited> {
    const { id, token, endsAt } = await this.#invite(organisation, given, by, false);
    return this.#invited(id, token, endsAt);
  }

  /** Whoever invites gets no link: it goes to the e-mail address, and proves it when it comes back. */
  async inviteByMail(organisation: string, given: Invite, by: Acting): Promise<InvitedByMail> {
    if (!this.#parts.sendsMail)
      throw invalid('this hub sends no mail (mail.url): make a link and hand it over');
    if (given.contact === undefined || contactOf(given.contact).kind !== 'email')
      throw invalid('only an invitation with an e-mail address can be sent');
    const { id, endsAt } = await this.#invite(organisation, given, by, true);
    return { id, address: null, qr: null, endsAt };
  }

  async #invite(organisation: string, given: Invite, by: Acting, send: boolean) {
    const name = nameOf(given.name, 'the name');
    const roles = rolesOf(given.roles);
    const contact = given.contact === undefined ? undefined : contactOf(given.contact, given.callingCode);
    if ((organisation === PLATFORM) !== roles.includes('platform_admin'))
      throw invalid('platform_admin is the role of the platform, and the only one there');
    if (!mayGrant(by.roles, roles)) throw identityError('role_not_yours_to_give');
    const id = this.#parts.ids.next();
    const { token, ...times } = this.#newToken();
    await this.#in(organisation, by, async (store, tx) => {
      const { kind: contactKind = null, value: contactValue = null } = contact ?? {};
      const invitedBy = by.actor.person ?? null;
      await store.addInvitation({ id, name, contactKind, contactValue, roles, invitedBy, ...times });
      await tell(tx, {
        action: 'invitation.made',
        subject: { type: 'invitation', id },
        fields: ['name', 'roles', ...(contact ? ['contact'] : [])],
        payload: { roles, organisation, ...(send && { send }) },
      });
    });
    return { id, token, endsAt: times.endsAt.toString() };
  }

  /** Another link for the same invitation: the one that is out opens nothing any more. */
  renew(organisation: string, id: string, by: Acting): Promise<Invited> {
    return this.#in(organisation, by, async (store, tx) => {
      await this.#openInvitation(store, id, 'renew', by);
      const { token, hash, endsAt } = this.#newToken();
      await store.renewInvitation(id, hash, endsAt, null);
      await tell(tx, { action: 'invitation.renewed', subject: { type: 'invitation', id } });
      return this.#invited(id, token, endsAt.toString());
    });
  }

  /** For whoever sends it, told by `invitation.made`: a token made at that moment, so that none lies in an event. */
  async invitationForSending(organisation: string, id: string, by: By): Promise<LinkToSend | undefined> {
    return this.#in(organisation, by, async (store) => {
      const found = await store.lockInvitation(id);
      const now = this.#parts.clock.now();
      if (!found || found.contactKind === null || found.contactValue === null) return undefined;
      if (!linkAllows(timesOf(found), 'renew', now.epochMilliseconds)) return undefined;
      const { token, hash, endsAt } = this.#newToken();
      await store.renewInvitation(id, hash, endsAt, now);
      const address = linkAddress(this.#parts.publicUrl ?? '', 'invitation', token);
      const to = [{ kind: found.contactKind, value: found.contactValue }];
      return { purpose: 'invitation', to, locales: LOCALES, address };
    });
  }

  revoke(organisation: string, id: string, by: Acting): Promise<void> {
    return this.#in(organisation, by, async (store, tx) => {
      await this.#openInvitation(store, id, 'revoke', by);
      await store.revokeInvitation(id, this.#parts.clock.now());
      await tell(tx, { action: 'invitation.revoked', subject: { type: 'invitation', id } });
    });
  }

  async setRoles(
    organisation: string,
    person: string,
    given: readonly string[],
    by: Acting,
  ): Promise<Member & { readonly takenBack: TakenBack }> {
    const roles = rolesOf(given);
    if ((organisation === PLATFORM) !== roles.includes('platform_admin'))
      throw invalid('platform_admin is the role of the platform, and the only one there');
    return this.#in(organisation, mayTakeBack(by), async (store, tx) => {
      const before = await this.#changeable(store, person, roles, by);
      await store.setRoles(person, roles);
      await tell(tx, {
        action: 'membership.changed',
        subject: { type: 'person', id: person },
        fields: ['roles'],
        payload: { before, after: roles },
      });
      const [member] = await store.members(person);
      if (!member) throw identityError('member_not_found');
      return { ...member, takenBack: await takeBack(this.#parts, tx, person, roles) };
    });
  }

  /** They are nobody here any more from their next request on; what they did stays. */
  async end(organisation: string, person: string, reason: string, by: Acting): Promise<TakenBack> {
    const because = reasonOf(reason);
    return this.#in(organisation, mayTakeBack(by), async (store, tx) => {
      await this.#changeable(store, person, [], by);
      await store.end(person, this.#parts.clock.now());
      await tell(tx, {
        action: 'membership.ended',
        subject: { type: 'person', id: person },
        reason: because,
      });
      return takeBack(this.#parts, tx, person, []);
    });
  }

  async resetLink(organisation: string, person: string, by: Acting) {
    await this.#in(organisation, by, async (store) => {
      const [member] = isUuid(person) ? await store.members(person) : [];
      if (!member || member.state === 'ended') throw identityError('member_not_found');
      const elsewhere = await store.isElsewhere(person);
      const operator = by.actor.kind === 'operator';
      if (!operator && !mayReset(by.roles, { roles: member.roles, elsewhere }))
        throw identityError('reset_not_yours');
    });
    const link = await this.#account.resetLink(person, by);
    // The link itself is of the platform, since a person is. Who is responsible here must find it as well: before that
    // is written, nobody has been handed anything.
    await this.#in(organisation, by, (_store, tx) =>
      tx.audit.append({ action: 'person.reset_link_made', subject: { type: 'person', id: person } }),
    );
    return link;
  }

  /** By the operator of the hub only: a person is of no organisation. */
  async setDisabled(person: string, disabled: boolean, by: By): Promise<void> {
    if (!isUuid(person)) throw identityError('member_not_found');
    const { db, clock } = this.#parts;
    await db.transaction(ofPerson(person, by), async (tx) => {
      const store = tx.bind(personsStore);
      const changed = disabled ? await store.disable(person, clock.now()) : await store.enable(person);
      if (!changed && !(await store.person(person))) throw identityError('member_not_found');
      if (!changed) return;
      if (disabled) await tx.bind(sessionsStore).revokeOthers(person, null, clock.now(), 'disabled');
      const action = disabled ? 'person.disabled' : 'person.enabled';
      await tell(tx, { action, subject: { type: 'person', id: person }, fields: ['state'] });
    });
  }

  /** By the operator, for whoever lost phone and recovery codes. */
  async dropSecondFactor(person: string, by: By): Promise<void> {
    if (!isUuid(person)) throw identityError('member_not_found');
    await this.#parts.db.transaction(ofPerson(person, by), async (tx) => {
      await tx.bind(personsStore).removeTotp(person);
      await tx.bind(sessionsStore).revokeOthers(person, null, this.#parts.clock.now(), 'by_operator');
      const subject = { type: 'person', id: person };
      await tell(tx, { action: 'person.second_factor_removed', subject, fields: ['totp'] });
    });
  }

  #in<T>(
    organisation: string,
    by: By,
    work: (store: MembersStore, tx: IdentityTx) => Promise<T>,
  ): Promise<T> {
    const { actor, requestId, may } = by;
    const options = {
      organisation,
      actor,
      ...(requestId !== undefined && { requestId }),
      ...(may !== undefined && { may }),
    };
    return this.#parts.db.transaction(options, (tx) => work(tx.bind(membersStore), tx));
  }

  #newToken() {
    const { random, clock } = this.#parts;
    const token = makeToken('invitation', random);
    return {
      token,
      hash: hashToken(token),
      createdAt: clock.now(),
      endsAt: after(this.#parts, LINK_LIFE_MS.invitation),
    };
  }

  #invited(id: string, token: string, endsAt: string): Invited {
    const address = linkAddress(this.#parts.publicUrl ?? '', 'invitation', token);
    return { id, address, qr: printedQr(address), endsAt };
  }

  async #openInvitation(
    store: MembersStore,
    id: string,
    action: 'renew' | 'revoke',
    by: Acting,
  ): Promise<void> {
    const found = isUuid(id) ? await store.lockInvitation(id) : undefined;
    if (!found) throw identityError('invitation_not_found');
    if (!mayGrant(by.roles, found.roles)) throw identityError('role_not_yours_to_give');
    if (!linkAllows(timesOf(found), action, this.#parts.clock.now().epochMilliseconds))
      throw identityError('link_refused');
  }

  /** The roles from before, if the actor may take what goes and give what comes. */
  async #changeable(
    store: MembersStore,
    person: string,
    next: readonly Role[],
    by: Acting,
  ): Promise<readonly Role[]> {
    const locked = isUuid(person) ? await store.lock(person) : [];
    const member = locked.find((each) => each.person === person && each.state === 'active');
    if (!member) throw identityError('member_not_found');
    const touched = ROLES.filter((role) => member.roles.includes(role) !== next.includes(role));
    if (!mayGrant(by.roles, touched)) throw identityError('role_not_yours_to_give');
    for (const role of ['owner', 'platform_admin'] as const) {
      const others = locked.some(
        (each) => each.person !== person && each.state === 'active' && each.roles.includes(role),
      );
      if (touched.includes(role) && !next.includes(role) && !others) throw identityError('member_last_owner');
    }
    return member.roles;
  }
}

const timesOf = ({ endsAt, usedAt, revokedAt }: Pick<Invitation, 'endsAt' | 'usedAt' | 'revokedAt'>) => ({
  endsAtMs: endsAt.epochMilliseconds,
  usedAtMs: usedAt?.epochMilliseconds ?? null,
  revokedAtMs: revokedAt?.epochMilliseconds ?? null,
});
