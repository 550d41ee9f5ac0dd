import { expect, test } from 'vitest';
import { gatewayToken, isOneOf, tokenHash } from './token.ts';

const counting = (bytes: number) => Uint8Array.from({ length: bytes }, (_, i) => i);

test('a token says what it is and fits into one line of a configuration', () => {
  expect(gatewayToken(counting)).toBe('mlgw_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8');
});

test('it is known by its hash alone, among any number of them', () => {
  const token = gatewayToken(counting);
  const others = ['a', 'b'].map(tokenHash);
  expect(isOneOf(token, [...others, tokenHash(token)])).toBe(true);
  expect(isOneOf(token, others)).toBe(false);
  expect(isOneOf(token, [])).toBe(false);
  expect(isOneOf('', [tokenHash('').subarray(1)])).toBe(false);
});
