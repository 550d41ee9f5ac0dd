import { hashRecoveryCode, makeRecoveryCodes } from './domain/recovery-codes.ts';
import { acceptCode, base32, otpauthAddress, TOTP } from './domain/totp.ts';
import { identityError } from './identity.errors.ts';
import { openTotp, sealTotp } from './identity.keys.ts';
import type { By, Credential, IdentityParts, SessionView } from './identity.types.ts';
import { tell } from './identity-change.ts';
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
import type { PersonsStore } from './persons.store.ts';
import { printedQr } from './printed-qr.ts';
import { useSecondFactor } from './second-factor.ts';
import { sessionsStore } from './sessions.store.ts';

/** Setting a second factor up, and doing without. */
export class SecondFactorService {
  readonly #parts: IdentityParts;
  readonly #hasher: PasswordHasher;
  readonly #limiter: Limiter;

  constructor(parts: IdentityParts, hasher: PasswordHasher) {
    this.#parts = parts;
    this.#hasher = hasher;
    this.#limiter = new Limiter(parts);
  }

  /** Nothing counts until a code of it was shown: whoever scans it wrongly is not locked out. */
  async begin(person: string, password: string, by: By) {
    const { random, keys, publicUrl } = this.#parts;
    await demandPassword(this.#parts, this.#hasher, person, password);
    const secret = Buffer.from(random(TOTP.secretBytes));
    return writeOwn(this.#parts, person, by, async (_tx, store) => {
      if (!(await store.beginTotp(person, sealTotp(keys, person, secret))))
        throw identityError('second_factor_exists');
      const [contact] = await store.contacts(person);
      const issuer = publicUrl === undefined ? 'Meterline' : `Meterline ${new URL(publicUrl).hostname}`;
      const address = otpauthAddress(issuer, contact?.value ?? person, secret);
      return { secret: base32(secret), address, qr: printedQr(address) };
    });
  }

  async confirm(session: SessionView, code: string, by: By) {
    const { person } = session;
    await this.#limiter.take([{ name: 'code', of: person }]);
    const codes = makeRecoveryCodes(this.#parts.random);
    const done = await writeOwn(this.#parts, person, by, async (tx, store) => {
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
      return { recoveryCodes: codes, ...(await renewSession(this.#parts, tx, session, 2)) };
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

  /** From then on a session is worth what a password is: what a role demands beyond that is demanded again. */
  async remove(session: SessionView, password: string, code: string, by: By): Promise<Renewed> {
    const { person } = session;
    await demandPassword(this.#parts, this.#hasher, person, password);
    return this.#withSecondFactor(person, code, by, async (tx, store) => {
      await store.removeTotp(person);
      await tx.bind(sessionsStore).revokeOthers(person, session.id, this.#now(), 'by_person');
      await tell(tx, {
        action: 'person.second_factor_removed',
        subject: subjectOf(person),
        fields: ['totp'],
      });
      return renewSession(this.#parts, tx, session, 1);
    });
  }

  #now() {
    return this.#parts.clock.now();
  }

  async #locked(store: PersonsStore, person: string): Promise<Credential> {
    const credential = await store.lockCredential(person);
    if (!credential) throw identityError('second_factor_missing');
    return credential;
  }

  async #withSecondFactor<T>(person: string, code: string, by: By, work: OwnWork<T>): Promise<T> {
    await this.#limiter.take([{ name: 'code', of: person }]);
    const done = await writeOwn(this.#parts, person, by, async (tx, store) => {
      const credential = await this.#locked(store, person);
      const now = this.#now().epochMilliseconds;
      if (!(await useSecondFactor(store, this.#parts.keys, person, credential, code, now))) return undefined;
      return { worked: await work(tx, store) };
    });
    if (!done) throw identityError('second_factor_refused');
    await this.#limiter.giveBack([{ name: 'code', of: person }]);
    return done.worked;
  }

  #hashed(person: string, codes: readonly string[]): readonly Buffer[] {
    return codes.map((code) => hashRecoveryCode(this.#parts.keys.recovery, person, code));
  }
}
