import { describe, expect, it } from 'vitest';
import { isSignedBy, isTimely, sign, signedHeaders } from './signature.ts';

/** The vector of docs/webhook.md. */
const SECRET = 'whs_dGhpcyBpcyBhIHRlc3QgdmVjdG9yLCBub3QgYSBzZWNyZXQ';
const TIMESTAMP = '1795132800';
const BODY =
  '{"readings":[{"point":"0199a3c8-7c00-7000-8000-000000000001","at":1795132800000,"count":"1234567"}]}';
const SIGNATURE = 'b8b3c0e5f9f2a950795ea436027c95f37d89ce760ad2726436020438cd30fbd4';

const headers = (change: Record<string, string | string[] | undefined> = {}) => ({
  'meterline-key': 'whk_0123456789abcdef',
  'meterline-timestamp': TIMESTAMP,
  'meterline-signature': `v1=${SIGNATURE}`,
  ...change,
});

it('signs as the documentation says', () => {
  expect(sign(SECRET, TIMESTAMP, Buffer.from(BODY)).toString('hex')).toBe(SIGNATURE);
});

describe('headers', () => {
  it('are read', () => {
    const read = signedHeaders(headers());
    if (typeof read === 'string') throw new Error(read);
    expect(isSignedBy(SECRET, read, Buffer.from(BODY))).toBe(true);
    expect(isSignedBy(`${SECRET}x`, read, Buffer.from(BODY))).toBe(false);
    expect(isSignedBy(SECRET, read, Buffer.from(`${BODY} `))).toBe(false);
    expect(isSignedBy(SECRET, { ...read, timestamp: '1795132801' }, Buffer.from(BODY))).toBe(false);
  });

  it.each<[string, Record<string, string | string[] | undefined>, string]>([
    ['no key', { 'meterline-key': undefined }, 'key-missing'],
    ['a key of another form', { 'meterline-key': "whk_'; drop table" }, 'key-missing'],
    ['two keys', { 'meterline-key': ['whk_0123456789abcdef', 'whk_0123456789abcdef'] }, 'key-missing'],
    ['no timestamp', { 'meterline-timestamp': '' }, 'timestamp-missing'],
    ['a timestamp in ms', { 'meterline-timestamp': '1795132800000' }, 'timestamp-missing'],
    ['a timestamp with a sign', { 'meterline-timestamp': '+795132800' }, 'timestamp-missing'],
    ['no signature', { 'meterline-signature': undefined }, 'signature-missing'],
    ['another version', { 'meterline-signature': `v2=${SIGNATURE}` }, 'signature-missing'],
    ['half a signature', { 'meterline-signature': `v1=${SIGNATURE.slice(2)}` }, 'signature-missing'],
  ])('with %s are refused', (_what, change, fault) => expect(signedHeaders(headers(change))).toBe(fault));
});

it.each([
  [0, true],
  [300, true],
  [-300, true],
  [301, false],
  [-301, false],
])('%i s away', (seconds, timely) => {
  const read = signedHeaders(headers());
  if (typeof read === 'string') throw new Error(read);
  expect(isTimely(read, (Number(TIMESTAMP) + seconds) * 1000)).toBe(timely);
});
