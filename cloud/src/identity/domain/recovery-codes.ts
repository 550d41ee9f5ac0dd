import { createHmac } from 'node:crypto';

/** For whoever lost the phone: ten, each good once, 50 bits each. */
export const RECOVERY_CODES = 10;
const LENGTH = 10;
/** Crockford's: without I, L, O and U, which people misread. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

export function makeRecoveryCodes(random: (bytes: number) => Uint8Array): readonly string[] {
  return Array.from({ length: RECOVERY_CODES }, () => {
    const text = [...random(LENGTH)].map((byte) => ALPHABET.charAt(byte % ALPHABET.length)).join('');
    return `${text.slice(0, 5)}-${text.slice(5)}`;
  });
}

/** As a person may type it: in small letters, with spaces, O for 0. */
export function readRecoveryCode(text: string): string | undefined {
  const plain = text.toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1');
  if (plain.length !== LENGTH || [...plain].some((character) => !ALPHABET.includes(character)))
    return undefined;
  return `${plain.slice(0, 5)}-${plain.slice(5)}`;
}

/** 50 bits could be searched through, so the hash needs a key that is not in the database. */
export function hashRecoveryCode(key: Uint8Array, person: string, code: string): Buffer {
  return createHmac('sha256', key).update(`recovery 1 ${person} ${code}`).digest();
}
