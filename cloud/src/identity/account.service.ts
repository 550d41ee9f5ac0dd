import type { TrailingWork } from '../kernel/trailing-work.ts';
import { type Contact, homeOf } from './domain/contact.ts';
import { LINK_LIFE_MS, type LinkPurpose, linkAddress, linkAllows } from './domain/one-time.ts';
import { hashToken, isToken, makeToken } from './domain/secret-token.ts';
import { identityError } from './identity.errors.ts';
import type { By, IdentityParts, Person, SessionView, Visitor } from './identity.types.ts';
import { after, byVisitor, type IdentityTx, ofNobody, ofPerson, tell } from './identity-change.ts';
import { Limiter } from './limiter.ts';
import {
  demandPassword,
  type OwnWork,
  type Renewed,
  renewSession,
  subjectOf,
  writeOwn,
} from './own-account.ts';
import type { PasswordHasher } from './password-hash.ts';
import { type PersonsStore, personsStore, type StoredLink } from './persons.store.ts';
import { printedQr } from './printed-qr.ts';
import { sessionsStore } from './sessions.store.ts';
import { accountOf, contactOf, passwordOf } from './text-rules.ts';

export interface LinkToSend {
  readonly purpose: LinkPurpose;
  readonly to: readonly Contact[];
  readonly locales: readonly Person['locale'][];
  readonly address: string;
}

export interface HandedLink {
  readonly address: string;
  readonly qr: string | null;
  readonly endsAt: string;
}

/** What people do with their own account: password and contacts. */
export class AccountService {
  readonly #parts: IdentityParts;
  readonly #hasher: PasswordHasher;
  readonly #limiter: Limiter;
  readonly #trailing: TrailingWork;

  constructor(parts: IdentityParts, hasher: PasswordHasher, trailing: TrailingWork) {
    this.#parts = parts;
    this.#hasher = hasher;
    this.#limiter = new Limiter(parts);
    this.#trailing = trailing;
  }

  show(person: string) {
    return this.#parts.db.transaction({ ...ofPerson(person), readOnly: true }, async (tx) => {
      const store = tx.bind(personsStore);
      const [found, contacts, credential] = [
        await store.person(person),
        await store.contacts(person),
        await store.credential(person),
      ];
      if (!found) throw identityError('session_not_found');
      const secondFactor = (credential?.totpAt ?? null) !== null;
      return { ...found, contacts, secondFactor, recoveryCodes: credential?.recovery.length ?? 0 };
    });
  }

  /** Once more, before what cannot be taken back. */
  demandPassword(person: string, password: string): Promise<void> {
    return demandPassword(this.#parts, this.#hasher, person, password);
  }

  /** Ends every other session: whoever knew the old password may be in one. */
  async changePassword(session: SessionView, current: string, next: string, by: By): Promise<Renewed> {
    const { person } = session;
    await demandPassword(this.#parts, this.#hasher, person, current);
    const hash = await this.#hash(person, next);
    return this.#write(person, by, async (tx, store) => {
      await store.setPassword(person, hash, this.#now());
      await tx.bind(sessionsStore).revokeOthers(person, session.id, this.#now(), 'password');
      await tell(tx, { action: 'person.password_set', subject: subjectOf(person), fields: ['password'] });
      return renewSession(this.#parts, tx, session, session.level);
    });
  }

  /** The link goes where the contact is; whoever sends asks `renew` for it. So nothing that opens anything is stored. */
  async askContact(person: string, contact: string, by: By): Promise<void> {
    await this.#write(person, by, async (tx, store) => {
      const wanted = contactOf(contact, homeOf((await store.person(person))?.locale));
      const link = await this.#addLink(store, person, { purpose: 'contact', contact: wanted });
      const payload = { person, send: true };
      await tell(tx, { action: 'person.contact_asked', subject: { type: 'link', id: link.id }, payload });
    });
  }

  async confirmContact(token: string, visitor: Visitor): Promise<void> {
    await this.#useLink(
      token,
      'contact',
      visitor,
      async (tx, store, person, { contactKind, contactValue }) => {
        if (contactKind === null || contactValue === null) throw identityError('link_refused');
        const contact = { kind: contactKind, value: contactValue };
        if (!(await store.addContact(person, contact, this.#now(), true)))
          throw identityError('contact_taken');
        const personal = [{ person, field: 'contact', after: contactValue }];
        await tell(tx, { action: 'person.contact_confirmed', subject: subjectOf(person), personal });
      },
    );
  }

  /** The answer is the same whoever asks for whom, and takes as long: whether there is a link is seen to afterwards. */
  async askReset(login: string, visitor: Visitor): Promise<void> {
    const { account, contacts } = accountOf(login);
    await this.#limiter.take([{ name: 'reset', of: account }]);
    if (!this.#trailing.add(() => this.#makeReset(contacts, visitor))) throw identityError('sign_in_busy');
  }

  async #makeReset(contacts: readonly Contact[], visitor: Visitor): Promise<void> {
    if (contacts.length === 0) return;
    const { db } = this.#parts;
    const person = await db.transaction({ ...ofNobody(visitor), readOnly: true }, (tx) =>
      tx.bind(personsStore).byContacts(contacts),
    );
    if (person === undefined) return;
    await this.#write(person, byVisitor(person, visitor), async (tx, store) => {
      const link = await this.#addLink(store, person, { purpose: 'reset' });
      await tell(tx, {
        action: 'person.reset_asked',
        subject: { type: 'link', id: link.id },
        payload: { person, send: true },
      });
    });
  }

  /**
   * For whoever sends it, told by `person.contact_asked` or `person.reset_asked`: a token made at that moment, so that
   * none lies in an event. Each call makes the one before void. A reset goes to contacts that are proven only.
   */
  linkForSending(person: string, id: string, by: By): Promise<LinkToSend | undefined> {
    return this.#write(person, by, async (_tx, store) => {
      const link = await store.lockLink(id);
      if (!link || !linkAllows(timesOf(link), 'renew', this.#now().epochMilliseconds)) return undefined;
      const { purpose, contactKind: kind, contactValue: value, endsAt } = link;
      const proven = (await store.contacts(person)).filter(({ verified }) => verified);
      const to = kind === null || value === null ? proven.map(contactAlone) : [{ kind, value }];
      const token = makeToken('link', this.#parts.random);
      await store.renewLink(id, hashToken(token), endsAt);
      const { locale = 'th' } = (await store.person(person)) ?? {};
      const address = linkAddress(this.#parts.publicUrl ?? '', purpose, token);
      return { purpose, to, locales: [locale], address };
    });
  }

  /** Handed to somebody who may give it on; who that is, the caller has decided. */
  resetLink(person: string, by: By): Promise<HandedLink> {
    return this.#write(person, by, async (tx, store) => {
      const link = await this.#addLink(store, person, { purpose: 'reset' });
      await tell(tx, {
        action: 'person.reset_asked',
        subject: { type: 'link', id: link.id },
        payload: { person },
      });
      const address = linkAddress(this.#parts.publicUrl ?? '', 'reset', link.token);
      return { address, qr: printedQr(address), endsAt: link.endsAt };
    });
  }

  /** Ends every session. The second factor stays: a stolen mailbox alone does not open an account. */
  async reset(token: string, password: string, visitor: Visitor): Promise<void> {
    await this.#useLink(token, 'reset', visitor, async (tx, store, person) => {
      const hash = await this.#hashOf(store, person, password);
      await store.setPassword(person, hash, this.#now());
      await tx.bind(sessionsStore).revokeOthers(person, null, this.#now(), 'password');
      await tell(tx, { action: 'person.password_set', subject: subjectOf(person), fields: ['password'] });
    });
  }

  #now() {
    return this.#parts.clock.now();
  }

  #write<T>(person: string, by: By, work: OwnWork<T>): Promise<T> {
    return writeOwn(this.#parts, person, by, work);
  }

  async #hash(person: string, password: string): Promise<string> {
    const { db } = this.#parts;
    return db.transaction({ ...ofPerson(person), readOnly: true }, (tx) =>
      this.#hashOf(tx.bind(personsStore), person, password),
    );
  }

  async #hashOf(store: PersonsStore, person: string, password: string): Promise<string> {
    const found = await store.person(person);
    const contacts = await store.contacts(person);
    const about = [found?.name ?? '', ...contacts.map(({ value }) => value)];
    return this.#hasher.hash(passwordOf(password, about));
  }

  async #addLink(
    store: PersonsStore,
    person: string,
    link: { readonly purpose: 'contact' | 'reset'; readonly contact?: ReturnType<typeof contactOf> },
  ) {
    const { ids, random } = this.#parts;
    const token = makeToken('link', random);
    const [id, endsAt] = [ids.next(), after(this.#parts, LINK_LIFE_MS[link.purpose])];
    await store.addLink({ ...link, id, person, hash: hashToken(token), createdAt: this.#now(), endsAt });
    return { id, token, endsAt: endsAt.toString() };
  }

  async #useLink(
    token: string,
    purpose: 'contact' | 'reset',
    visitor: Visitor,
    work: (tx: IdentityTx, store: PersonsStore, person: string, link: StoredLink) => Promise<void>,
  ): Promise<void> {
    const { db } = this.#parts;
    const found = isToken('link', token)
      ? await db.transaction({ ...ofNobody(visitor), readOnly: true }, (tx) =>
          tx.bind(personsStore).linkByHash(hashToken(token)),
        )
      : undefined;
    if (!found) throw identityError('link_refused');
    await this.#write(found.person, byVisitor(found.person, visitor), async (tx, store) => {
      const link = await store.lockLink(found.id);
      if (
        !link ||
        link.purpose !== purpose ||
        !linkAllows(timesOf(link), 'use', this.#now().epochMilliseconds)
      )
        throw identityError('link_refused');
      await work(tx, store, found.person, link);
      await store.useLink(link.id, this.#now());
    });
  }
}

const contactAlone = ({ kind, value }: Contact): Contact => ({ kind, value });

const timesOf = ({ endsAt, usedAt, revokedAt }: StoredLink) => ({
  endsAtMs: endsAt.epochMilliseconds,
  usedAtMs: usedAt?.epochMilliseconds ?? null,
  revokedAtMs: revokedAt?.epochMilliseconds ?? null,
});
