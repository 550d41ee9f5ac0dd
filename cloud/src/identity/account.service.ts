import { LINK_LIFE_MS, linkAddress, linkAllows } from './domain/one-time.ts';
import { hashRecoveryCode, makeRecoveryCodes } from './domain/recovery-codes.ts';
import { hashToken, isToken, makeToken } from './domain/secret-token.ts';
import { acceptCode, base32, otpauthAddress, TOTP } from './domain/totp.ts';
import { identityError } from './identity.errors.ts';
import { openTotp, sealTotp } from './identity.keys.ts';
import type { By, Credential, IdentityParts, SessionView, Visitor } from './identity.types.ts';
import { after, byVisitor, type IdentityTx, ofNobody, ofPerson, tell } from './identity-change.ts';
import { Limiter } from './limiter.ts';
import type { PasswordHasher } from './password-hash.ts';
import { type PersonsStore, personsStore, type StoredLink } from './persons.store.ts';
import { useSecondFactor } from './second-factor.ts';
import { sessionsStore } from './sessions.store.ts';
import { accountOf, contactOf, passwordOf } from './text-rules.ts';

/** A session after it became worth more or its password changed: a browser has another token from now on. */
export interface Renewed {
  readonly token: string;
}

/** What people do with their own account: password, second factor, contacts. */
export class AccountService {
  readonly #parts: IdentityParts;
  readonly #hasher: PasswordHasher;
  readonly #limiter: Limiter;

  constructor(parts: IdentityParts, hasher: PasswordHasher) {
    this.#parts = parts;
    this.#hasher = hasher;
    this.#limiter = new Limiter(parts);
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

  /** Ends every other session: whoever knew the old password may be in one. */
  async changePassword(session: SessionView, current: string, next: string, by: By): Promise<Renewed> {
    const { person } = session;
    await this.#demandPassword(person, current);
    const hash = await this.#hash(person, next);
    return this.#write(person, by, async (tx, store) => {
      await store.setPassword(person, hash, this.#now());
      await tx.bind(sessionsStore).revokeOthers(person, session.id, this.#now(), 'password');
      await tell(tx, { action: 'person.password_set', subject: subjectOf(person), fields: ['password'] });
      return this.#renew(tx, session, session.level);
    });
  }

  /** Nothing counts until a code of it was shown: whoever scans it wrongly is not locked out. */
  async beginSecondFactor(person: string, password: string, by: By) {
    const { random, keys, publicUrl } = this.#parts;
    await this.#demandPassword(person, password);
    const secret = Buffer.from(random(TOTP.secretBytes));
    return this.#write(person, by, async (_tx, store) => {
      if (!(await store.beginTotp(person, sealTotp(keys, person, secret))))
        throw identityError('second_factor_exists');
      const [contact] = await store.contacts(person);
      const issuer = publicUrl === undefined ? 'Meterline' : `Meterline ${new URL(publicUrl).hostname}`;
      return { secret: base32(secret), address: otpauthAddress(issuer, contact?.value ?? person, secret) };
    });
  }

  async confirmSecondFactor(session: SessionView, code: string, by: By) {
    const { person } = session;
    await this.#limiter.take([{ name: 'code', of: person }]);
    const codes = makeRecoveryCodes(this.#parts.random);
    const done = await this.#write(person, by, async (tx, store) => {
      const { totp, totpAt } = await this.#locked(store, person);
      if (totpAt !== null) throw identityError('second_factor_exists');
      if (totp === null) throw identityError('second_factor_missing');
      const now = this.#now();
      const counter = acceptCode(openTotp(this.#parts.keys, person, totp), code, now.epochMilliseconds, null);
      if (counter === undefined) return undefined;
      await store.confirmTotp(person, now, counter, this.#hashed(person, codes));
      // Sessions from before have shown a password only, and may not be this person's.
      await tx.bind(sessionsStore).revokeOthers(person, session.id, now, 'by_person');
      await tell(tx, { action: 'person.second_factor_set', subject: subjectOf(person), fields: ['totp'] });
      return { recoveryCodes: codes, ...(await this.#renew(tx, session, 2)) };
    });
    if (!done) throw identityError('second_factor_refused');
    await this.#limiter.giveBack([{ name: 'code', of: person }]);
    return done;
  }

  async newRecoveryCodes(person: string, code: string, by: By): Promise<readonly string[]> {
    const codes = makeRecoveryCodes(this.#parts.random);
    await this.#withSecondFactor(person, code, by, async (_tx, store) => {
      await store.setRecovery(person, this.#hashed(person, codes));
    });
    return codes;
  }

  async removeSecondFactor(person: string, password: string, code: string, by: By): Promise<void> {
    await this.#demandPassword(person, password);
    await this.#withSecondFactor(person, code, by, async (tx, store) => {
      await store.removeTotp(person);
      await tell(tx, {
        action: 'person.second_factor_removed',
        subject: subjectOf(person),
        fields: ['totp'],
      });
    });
  }

  /** The link goes where the contact is; whoever sends asks `renew` for it. So nothing that opens anything is stored. */
  async askContact(person: string, contact: string, by: By): Promise<void> {
    const wanted = contactOf(contact);
    await this.#write(person, by, async (tx, store) => {
      const link = await this.#addLink(store, person, { purpose: 'contact', contact: wanted });
      const payload = { person, kind: wanted.kind };
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

  /** The answer is the same whoever asks for whom: the link is made, or not, afterwards. */
  async askReset(login: string, visitor: Visitor): Promise<void> {
    const read = accountOf(login);
    await this.#limiter.take([{ name: 'reset', of: read.account }]);
    if (!read.ok) return;
    const { db } = this.#parts;
    const person = await db.transaction({ ...ofNobody(visitor), readOnly: true }, (tx) =>
      tx.bind(personsStore).byContact(read.value),
    );
    if (person === undefined) return;
    await this.#write(person, byVisitor(person, visitor), async (tx, store) => {
      const link = await this.#addLink(store, person, { purpose: 'reset' });
      await tell(tx, {
        action: 'person.reset_asked',
        subject: { type: 'link', id: link.id },
        payload: { person },
      });
    });
  }

  /** Handed to somebody who may give it on; who that is, the caller has decided. */
  resetLink(person: string, by: By): Promise<{ readonly address: string; readonly endsAt: string }> {
    return this.#write(person, by, async (tx, store) => {
      const link = await this.#addLink(store, person, { purpose: 'reset' });
      await tell(tx, {
        action: 'person.reset_asked',
        subject: { type: 'link', id: link.id },
        payload: { person },
      });
      const address = linkAddress(this.#parts.publicUrl ?? '', 'reset', link.token);
      return { address, endsAt: link.endsAt };
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

  #write<T>(person: string, by: By, work: (tx: IdentityTx, store: PersonsStore) => Promise<T>): Promise<T> {
    return this.#parts.db.transaction(ofPerson(person, by), (tx) => work(tx, tx.bind(personsStore)));
  }

  async #locked(store: PersonsStore, person: string): Promise<Credential> {
    const credential = await store.lockCredential(person);
    if (!credential) throw identityError('second_factor_missing');
    return credential;
  }

  /** Who left a browser open has not left the account open. */
  async #demandPassword(person: string, password: string): Promise<void> {
    const tries = [{ name: 'device', of: `again ${person}` } as const];
    await this.#limiter.take(tries);
    const { db } = this.#parts;
    const credential = await db.transaction({ ...ofPerson(person), readOnly: true }, (tx) =>
      tx.bind(personsStore).credential(person),
    );
    if (!(await this.#hasher.fits(password, credential?.password ?? undefined)))
      throw identityError('sign_in_refused');
    await this.#limiter.giveBack(tries);
  }

  async #withSecondFactor(
    person: string,
    code: string,
    by: By,
    work: (tx: IdentityTx, store: PersonsStore) => Promise<void>,
  ): Promise<void> {
    await this.#limiter.take([{ name: 'code', of: person }]);
    const done = await this.#write(person, by, async (tx, store) => {
      const credential = await this.#locked(store, person);
      const { keys } = this.#parts;
      const now = this.#now().epochMilliseconds;
      if (!(await useSecondFactor(store, keys, person, credential, code, now))) return false;
      await work(tx, store);
      return true;
    });
    if (!done) throw identityError('second_factor_refused');
    await this.#limiter.giveBack([{ name: 'code', of: person }]);
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

  #hashed(person: string, codes: readonly string[]): readonly Buffer[] {
    return codes.map((code) => hashRecoveryCode(this.#parts.keys.recovery, person, code));
  }

  async #renew(tx: IdentityTx, session: SessionView, level: 1 | 2): Promise<Renewed> {
    const token = makeToken('session', this.#parts.random);
    const store = tx.bind(sessionsStore);
    if (session.kind === 'browser') await store.renew(session.id, hashToken(token), this.#now(), level);
    else await store.raise(session.id, level);
    return { token };
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

const subjectOf = (person: string) => ({ type: 'person', id: person });

const timesOf = ({ endsAt, usedAt, revokedAt }: StoredLink) => ({
  endsAtMs: endsAt.epochMilliseconds,
  usedAtMs: usedAt?.epochMilliseconds ?? null,
  revokedAtMs: revokedAt?.epochMilliseconds ?? null,
});
