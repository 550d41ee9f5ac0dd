import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hashRecoveryCode, makeRecoveryCodes, RECOVERY_CODES, readRecoveryCode } from './recovery-codes.ts';
import { hashToken, isToken, makeToken, TOKEN_KINDS, type TokenKind } from './secret-token.ts';

const KINDS = Object.keys(TOKEN_KINDS) as TokenKind[];

describe('tokens', () => {
  test.each(KINDS)('a %s token is of its kind only', (kind) => {
    const token = makeToken(kind, randomBytes);
    for (const other of KINDS) expect(isToken(other, token)).toBe(other === kind);
    expect(token).toMatch(/^ml[a-z]_[\w-]{43}$/);
  });

  test('carry 256 bits of what they were made from', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        const token = makeToken('session', () => bytes);
        expect(Buffer.from(token.slice(4), 'base64url')).toEqual(Buffer.from(bytes));
      }),
    );
  });

  test.each([
    ['nothing', ''],
    ['its prefix', 'mls_'],
    ['cut short', makeToken('session', randomBytes).slice(0, -1)],
    ['with more behind', `${makeToken('session', randomBytes)}A`],
    ['with a line', `${makeToken('session', randomBytes).slice(0, -1)}\n`],
    ['what is stored', hashToken('x').toString('hex')],
  ])('%s is none', (_what, text) => {
    expect(isToken('session', text)).toBe(false);
  });

  test('what is stored says nothing of the token, and opens nothing', () => {
    const token = makeToken('refresh', randomBytes);
    const hash = hashToken(token);
    expect(hash).toHaveLength(32);
    expect(hashToken(hash.toString('base64url'))).not.toEqual(hash);
    expect(hashToken(token.replace('mlr_', 'mls_'))).not.toEqual(hash);
  });
});

describe('recovery codes', () => {
  test('are ten, all different, readable', () => {
    const codes = makeRecoveryCodes(randomBytes);
    expect(new Set(codes).size).toBe(RECOVERY_CODES);
    for (const code of codes) expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}$/);
  });

  test('are read as people type them', () => {
    expect(readRecoveryCode('abcde-01234')).toBe('ABCDE-01234');
    expect(readRecoveryCode(' abcde o1i34 ')).toBe('ABCDE-01134');
    expect(readRecoveryCode('ABCDE0L234')).toBe('ABCDE-01234');
  });

  test.each(['', 'ABCDE', 'ABCDE-0123U', 'ABCDE-012345', '123456', 'ABCDE-0123\u0e01'])(
    '"%s" is none',
    (text) => {
      expect(readRecoveryCode(text)).toBeUndefined();
    },
  );

  test('whatever is made is read again as itself', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 10, maxLength: 10 }), (bytes) => {
        for (const code of makeRecoveryCodes(() => bytes)) {
          expect(readRecoveryCode(code)).toBe(code);
          expect(readRecoveryCode(code.toLowerCase().replace('-', ''))).toBe(code);
        }
      }),
    );
  });

  test('are kept under a key and a person', () => {
    const [a, b] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
    const hash = hashRecoveryCode(a, 'p', 'ABCDE-01234');
    expect(hashRecoveryCode(a, 'p', 'ABCDE-01234')).toEqual(hash);
    expect(hashRecoveryCode(b, 'p', 'ABCDE-01234')).not.toEqual(hash);
    expect(hashRecoveryCode(a, 'q', 'ABCDE-01234')).not.toEqual(hash);
  });
});
