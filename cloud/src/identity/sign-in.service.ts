import type { RefusalLog } from '../audit/index.ts';
import { isAppError } from '../kernel/errors.ts';
import { CALLING_CODES, type Contact } from './domain/contact.ts';
import { DEVICE_COOKIE_SECONDS, makeDeviceCookie, readDeviceCookie } from './domain/cookies.ts';
import { networkOf } from './domain/network.ts';
import { REFRESH } from './domain/refresh.ts';
import { hashToken, makeToken } from './domain/secret-token.ts';
import { SESSION } from './domain/session-life.ts';
import { identityError } from './identity.errors.ts';
import type { Credential, IdentityParts, Person, Visitor } from './identity.types.ts';
import { after, byVisitor, type IdentityTx, ofNobody, ofPerson, tell } from './identity-change.ts';
import { type Bucket, Limiter } from './limiter.ts';
import type { PasswordHasher } from './password-hash.ts';
import { personsStore } from './persons.store.ts';
import { useSecondFactor } from './second-factor.ts';
import { sessionsStore } from './sessions.store.ts';
import { accountOf, deviceOf } from './text-rules.ts';

export interface SignInRequest {
  readonly login: string;
  readonly password: string;
  readonly code?: string | undefined;
  /** As the person calls it; else what the browser says. */
  readonly device?: string | undefined;
}

export interface SignedIn {
  readonly person: string;
  readonly session: string;
  readonly level: 1 | 2;
  /** Of a browser: its cookie. Of a client: its first refresh token. */
  readonly token: string;
  readonly deviceCookie: { readonly value: string; readonly seconds: number };
}

interface Known {
  readonly person: Person;
  readonly credential: Credential;
}

const NO_CONTACTS: readonly Contact[] = CALLING_CODES.map(() => ({ kind: 'email', value: '' }));
/** Stands in for whoever is not there, so that the same is looked up, and as much is computed. */
const NOBODY = '00000000-0000-7000-8000-000000000000';

/** Password, then second factor. Whether an account exists is told by nothing: neither text nor time nor limit. */
export class SignInService {
  readonly #parts: IdentityParts;
  readonly #hasher: PasswordHasher;
  readonly #limiter: Limiter;
  readonly #refusals: RefusalLog;

  constructor(parts: IdentityParts, hasher: PasswordHasher, refusals: RefusalLog) {
    this.#parts = parts;
    this.#hasher = hasher;
    this.#limiter = new Limiter(parts);
    this.#refusals = refusals;
  }

  async signIn(given: SignInRequest, kind: 'browser' | 'client', visitor: Visitor): Promise<SignedIn> {
    const { account, contacts } = accountOf(given.login);
    const device = readDeviceCookie(this.#parts.keys.device, account, visitor.deviceCookie);
    const tries = bucketsOf(account, device, visitor.address);
    await this.#take(tries, account, visitor);
    const known = await this.#known(contacts, visitor);
    const fits = await this.#hasher.fits(given.password, known?.credential.password ?? undefined);
    if (!known || !fits || known.person.state !== 'active') {
      this.#refused('sign_in.refused', known?.person.id, visitor);
      throw identityError('sign_in_refused');
    }
    const level = await this.#secondFactor(known, given.code, device, visitor);
    await this.#limiter.giveBack(tries);
    await this.#renewHash(known, given.password);
    return this.#start(known.person.id, level, kind, given, account, visitor);
  }

  async #known(contacts: readonly Contact[], visitor: Visitor): Promise<Known | undefined> {
    const { db } = this.#parts;
    const found = await db.transaction({ ...ofNobody(visitor), readOnly: true }, (tx) =>
      tx.bind(personsStore).byContacts(contacts.length > 0 ? contacts : NO_CONTACTS),
    );
    return db.transaction({ ...ofPerson(found ?? NOBODY), readOnly: true }, async (tx) => {
      const store = tx.bind(personsStore);
      const person = await store.person(found ?? NOBODY);
      const credential = await store.credential(found ?? NOBODY);
      return person && credential ? { person, credential } : undefined;
    });
  }

  /** 1 without a second factor, 2 with; whoever has one must show it. */
  async #secondFactor(
    { person, credential }: Known,
    code: string | undefined,
    device: string | undefined,
    visitor: Visitor,
  ): Promise<1 | 2> {
    if (credential.totpAt === null) return 1;
    if (code === undefined) throw identityError('second_factor_needed');
    const { db, keys, clock } = this.#parts;
    const tries: Bucket[] = [
      device === undefined
        ? { name: 'code', of: person.id }
        : { name: 'codeOfDevice', of: `${person.id} ${device}` },
    ];
    await this.#take(tries, person.id, visitor);
    const shown = await db.transaction(ofPerson(person.id, byVisitor(person.id, visitor)), async (tx) => {
      const store = tx.bind(personsStore);
      const locked = await store.lockCredential(person.id);
      const now = clock.now().epochMilliseconds;
      const used = locked && (await useSecondFactor(store, keys, person.id, locked, code, now));
      if (used === 'recovery')
        await tell(tx, { action: 'person.recovery_used', subject: { type: 'person', id: person.id } });
      return used;
    });
    if (shown !== undefined) {
      await this.#limiter.giveBack(tries);
      return 2;
    }
    this.#refused('sign_in.second_factor_refused', person.id, visitor);
    throw identityError('second_factor_refused');
  }

  async #take(tries: readonly Bucket[], account: string, visitor: Visitor): Promise<void> {
    try {
      await this.#limiter.take(tries);
    } catch (error) {
      // Whose account it is was not looked up: it is the same for one that there is not.
      if (isAppError(error, 'sign_in_limited'))
        this.#refusals.noteLater(ofNobody(visitor), {
          action: 'sign_in.limited',
          subject: { type: 'person', id: 'unknown' },
          reason: 'too many tries',
          like: account,
        });
      throw error;
    }
  }

  /**
   * From where somebody's account was tried is theirs to be forgotten with: it stands under their key. After the answer,
   * since what is only counted of strangers may be written of somebody, and the time would tell them apart.
   */
  #refused(action: string, person: string | undefined, visitor: Visitor): void {
    const { address } = visitor;
    const subject = { type: 'person', id: person ?? 'unknown' };
    const theirs = person !== undefined && address !== undefined;
    const from = theirs ? ofNobody({ ...visitor, address: undefined }) : ofNobody(visitor);
    const personal = theirs ? [{ person, field: 'address', after: address }] : [];
    const like = person ?? networkOf(address ?? '');
    this.#refusals.noteLater(from, { action, subject, personal, like });
  }

  /** What was hashed with less than is asked for today is hashed anew, now that the password is at hand. */
  async #renewHash({ person, credential }: Known, password: string): Promise<void> {
    if (credential.password === null || !this.#hasher.isOld(credential.password)) return;
    const hash = await this.#hasher.hash(password);
    const at = this.#parts.clock.now();
    await this.#parts.db.transaction(ofPerson(person.id), (tx) =>
      tx.bind(personsStore).setPassword(person.id, hash, at),
    );
  }

  #start(
    person: string,
    level: 1 | 2,
    kind: 'browser' | 'client',
    given: SignInRequest,
    account: string,
    visitor: Visitor,
  ): Promise<SignedIn> {
    const { db, keys, random } = this.#parts;
    const device = deviceOf(given.device ?? visitor.userAgent);
    return db.transaction(ofPerson(person, byVisitor(person, visitor)), async (tx) => {
      const { id, token } = await startSession(this.#parts, tx, { person, kind, device, level });
      const value = makeDeviceCookie(keys.device, account, random(16));
      return { person, session: id, level, token, deviceCookie: { value, seconds: DEVICE_COOKIE_SECONDS } };
    });
  }
}

/** Within a transaction of the person. */
export async function startSession(
  parts: IdentityParts,
  tx: IdentityTx,
  session: {
    readonly person: string;
    readonly kind: 'browser' | 'client';
    readonly device: string;
    readonly level: 1 | 2;
  },
): Promise<{ readonly id: string; readonly token: string }> {
  const { ids, random, clock } = parts;
  const [id, at] = [ids.next(), clock.now()];
  const { person, kind } = session;
  const token = makeToken(kind === 'browser' ? 'session' : 'refresh', random);
  const endsAt = after(parts, kind === 'browser' ? SESSION.longestMs : REFRESH.longestMs);
  const store = tx.bind(sessionsStore);
  await store.add({ ...session, id, hash: kind === 'browser' ? hashToken(token) : null, at, endsAt });
  if (kind === 'client') await store.addRefresh(hashToken(token), id, person, at);
  await tell(tx, {
    action: 'session.started',
    subject: { type: 'session', id },
    payload: { person, kind, level: session.level },
  });
  return { id, token };
}

/** A device that is known is counted by itself; strangers share what the account and their address have. */
function bucketsOf(account: string, device: string | undefined, address: string | undefined): Bucket[] {
  if (device !== undefined) return [{ name: 'device', of: `${account} ${device}` }];
  return [
    { name: 'account', of: account },
    ...(address === undefined ? [] : [{ name: 'address', of: networkOf(address) } as const]),
  ];
}
