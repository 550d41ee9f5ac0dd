import { generateKeyPairSync } from 'node:crypto';
import { signerOfKey } from '@meterline/contracts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parsePublicKey } from './public-key.ts';

const pair = generateKeyPairSync('ed25519');
const { publicKey: raw, keyId } = signerOfKey(pair.privateKey);
const hex = raw.toString('hex');
const pem = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();

describe('one key, however it is written', () => {
  test.each([
    ['hex', hex],
    ['upper case', hex.toUpperCase()],
    ['0x', `0x${hex}`],
    ['with colons', hex.replace(/(..)(?=.)/g, '$1:')],
    ['with a line end', `${hex}\n`],
    ['PEM', pem],
    ['PEM with line ends of another system', pem.replaceAll('\n', '\r\n')],
  ])('%s', (_name, text) => {
    expect(parsePublicKey(text)).toEqual({ ok: true, value: { keyId, bytes: raw } });
  });
});

describe('is refused, and told what to do:', () => {
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
  test.each([
    ['nothing', '', /^has 0 hex digits; an Ed25519 public key is 64 hex digits, or PEM/],
    ['a digit too few', hex.slice(1), /^has 63 hex digits/],
    ['a signature', hex + hex, /^has 128 hex digits/],
    ['words', 'the key', /^is neither hex nor PEM/],
    ['SSH', 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA', /^is an SSH key/],
    [
      'a private key',
      pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      /^is a private key: it must never leave the gateway/,
    ],
    ['another kind', other.export({ type: 'spki', format: 'pem' }).toString(), /^is of type ec; .* Ed25519$/],
    ['a certificate', '-----BEGIN CERTIFICATE-----\nAA==', /^holds a certificate; give the public key alone/],
    ['half of it', pem.slice(0, 60), /^is damaged PEM/],
    // The neutral element, and a point of order eight: one signature would fit many messages.
    ['a key of order one', `01${'00'.repeat(31)}`, /small order/],
    [
      'a key of order eight',
      '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
      /small order/,
    ],
    ['the same under the other sign', `01${'00'.repeat(30)}80`, /small order/],
  ])('%s', (_name, text, message) => {
    const read = parsePublicKey(text);
    expect(read).toEqual({ ok: false, error: expect.stringMatching(message) });
  });

  test('property: no text makes it throw, and none of another length passes', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'0123456789abcdef:- \n') })),
        (text) => {
          const read = parsePublicKey(text);
          if (read.ok) expect(read.value.bytes).toHaveLength(32);
        },
      ),
    );
  });
});
