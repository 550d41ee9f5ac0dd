import { timingSafeEqual } from 'node:crypto';
import { hashRecoveryCode, readRecoveryCode } from './domain/recovery-codes.ts';
import { acceptCode } from './domain/totp.ts';
import { type IdentityKeys, openTotp } from './identity.keys.ts';
import type { Credential } from './identity.types.ts';
import type { PersonsStore } from './persons.store.ts';

export type Shown = 'code' | 'recovery';

/**
 * Whether what somebody showed is their second factor; if it is, it is used up. Call it with the credential locked in
 * the same transaction, and commit: else one code would count twice.
 */
export async function useSecondFactor(
  store: PersonsStore,
  keys: IdentityKeys,
  person: string,
  credential: Credential,
  shown: string,
  nowMs: number,
): Promise<Shown | undefined> {
  const { totp, totpAt, totpCounter, recovery } = credential;
  if (!totp || !totpAt) return undefined;
  const counter = acceptCode(openTotp(keys, person, totp), shown, nowMs, totpCounter);
  if (counter !== undefined) {
    await store.useCode(person, counter);
    return 'code';
  }
  const code = readRecoveryCode(shown);
  if (code === undefined) return undefined;
  const hash = hashRecoveryCode(keys.recovery, person, code);
  const left = recovery.filter((each) => !timingSafeEqual(each, hash));
  if (left.length === recovery.length) return undefined;
  await store.setRecovery(person, left);
  return 'recovery';
}
