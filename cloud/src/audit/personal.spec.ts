import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deriveAuditKeys, open, seal, unwrapPersonKey, wrapPersonKey } from './audit.keys.ts';
import { decryptPersonal, encryptPersonal, type PersonalBox } from './personal.ts';

const key = randomBytes(32);
const keyOf = () => key;
const values = fc.array(
  fc.record(
    {
      person: fc.uuid(),
      field: fc.string({ minLength: 1 }),
      before: fc.string({ unit: 'grapheme' }),
      after: fc.string({ unit: 'grapheme' }),
    },
    { requiredKeys: ['person', 'field'] },
  ),
);

test('what goes in comes out; without the key nothing does', () => {
  fc.assert(
    fc.property(values, (list) => {
      const text = encryptPersonal('entry', list, keyOf);
      expect(decryptPersonal('entry', text, keyOf)).toEqual(
        list.map((value) => ({ ...value, forgotten: false })),
      );
      expect(decryptPersonal('entry', text, () => null)).toEqual(
        list.map(({ person, field }) => ({ person, field, forgotten: true })),
      );
    }),
  );
});

test('equal values do not look equal, and a box opens only in its place', () => {
  const value = { person: 'p', field: 'email', before: 'a@b.c', after: 'a@b.c' };
  const [box] = JSON.parse(encryptPersonal('entry', [value], keyOf)) as PersonalBox[];
  expect(box?.before).not.toBe(box?.after);
  for (const [entry, moved] of [
    ['other', box],
    ['entry', { ...box, field: 'phone' }],
    ['entry', { ...box, person: 'q' }],
    ['entry', { ...box, before: box?.after, after: box?.before }],
  ] as const)
    expect(decryptPersonal(entry, JSON.stringify([moved]), keyOf)[0]).toMatchObject({
      before: '(unreadable)',
      after: '(unreadable)',
    });
});

test('any changed byte is noticed', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 60 }),
      fc.nat(1_000),
      fc.integer({ min: 1, max: 255 }),
      (plain, place, flip) => {
        const box = seal(key, Buffer.from(plain), 'context');
        const at = place % box.length;
        box[at] = (box[at] ?? 0) ^ flip;
        expect(open(key, box, 'context')).toBeUndefined();
      },
    ),
  );
  expect(open(key, Buffer.alloc(5), 'context')).toBeUndefined();
});

test('keys are derived by purpose from the master, the same each time', () => {
  const keys = deriveAuditKeys(Buffer.alloc(32, 1));
  expect(deriveAuditKeys(Buffer.alloc(32, 1)).signer.text).toBe(keys.signer.text);
  expect(deriveAuditKeys(Buffer.alloc(32, 2)).signer.text).not.toBe(keys.signer.text);
  // Fixed for ever: another derivation would make every person of a running system unreadable.
  expect([keys.wrapKeyId, keys.signer.id]).toEqual(['6cf10c97c1aec5a8', '9bc5d734ac50ea02']);
  expect(() => deriveAuditKeys(Buffer.alloc(31))).toThrow(/32 bytes/);
});

test('a wrapped key opens only for its person in its organisation', () => {
  const keys = deriveAuditKeys(Buffer.alloc(32, 1));
  const wrapped = wrapPersonKey(keys, 'org', 'person', key);
  expect(wrapped).toHaveLength(60);
  expect(unwrapPersonKey(keys, 'org', 'person', wrapped)).toEqual(key);
  expect(unwrapPersonKey(keys, 'other', 'person', wrapped)).toBeUndefined();
  expect(unwrapPersonKey(keys, 'org', 'other', wrapped)).toBeUndefined();
  expect(unwrapPersonKey(deriveAuditKeys(Buffer.alloc(32, 2)), 'org', 'person', wrapped)).toBeUndefined();
});
