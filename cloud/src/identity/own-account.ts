import { hashToken, makeToken } from './domain/secret-token.ts';
import { identityError } from './identity.errors.ts';
import type { By, IdentityParts, SessionView } from './identity.types.ts';
import { type IdentityTx, ofPerson } from './identity-change.ts';
import { Limiter } from './limiter.ts';
import type { PasswordHasher } from './password-hash.ts';
import { type PersonsStore, personsStore } from './persons.store.ts';
import { sessionsStore } from './sessions.store.ts';

export type OwnWork<T> = (tx: IdentityTx, store: PersonsStore) => Promise<T>;

/** A session after it became worth more or less, or its password changed: a browser has another token from now on. */
export interface Renewed {
  readonly token: string;
}

export const subjectOf = (person: string) => ({ type: 'person', id: person });

export function writeOwn<T>(parts: IdentityParts, person: string, by: By, work: OwnWork<T>): Promise<T> {
  return parts.db.transaction(ofPerson(person, by), (tx) => work(tx, tx.bind(personsStore)));
}

/** Who left a browser open has not left the account open. */
export async function demandPassword(
  parts: IdentityParts,
  hasher: PasswordHasher,
  person: string,
  password: string,
): Promise<void> {
  const limiter = new Limiter(parts);
  const tries = [{ name: 'device', of: `again ${person}` } as const];
  await limiter.take(tries);
  const credential = await parts.db.transaction({ ...ofPerson(person), readOnly: true }, (tx) =>
    tx.bind(personsStore).credential(person),
  );
  if (!(await hasher.fits(password, credential?.password ?? undefined)))
    throw identityError('sign_in_refused');
  await limiter.giveBack(tries);
}

export async function renewSession(
  parts: IdentityParts,
  tx: IdentityTx,
  session: SessionView,
  level: 1 | 2,
): Promise<Renewed> {
  const token = makeToken('session', parts.random);
  const store = tx.bind(sessionsStore);
  if (session.kind === 'browser') await store.renew(session.id, hashToken(token), parts.clock.now(), level);
  else await store.setLevel(session.id, level);
  return { token };
}
