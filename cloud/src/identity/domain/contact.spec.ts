import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contactsMeant, homeOf, maskContact, readContact } from './contact.ts';

describe('is read', () => {
  test.each([
    ['Som@Example.ORG', 'email', 'som@example.org'],
    ['  som+rooms@example.co.th ', 'email', 'som+rooms@example.co.th'],
    ['ｓom@example.org', 'email', 'som@example.org'],
    ['somchai@หอพัก.ไทย', 'email', 'somchai@หอพัก.ไทย'],
    ['081-234-5678', 'phone', '+66812345678'],
    ['๐๘๑ ๒๓๔ ๕๖๗๘', 'phone', '+66812345678'],
    ['+66 (0)81 234 5678', 'phone', '+66812345678'],
    ['0066812345678', 'phone', '+66812345678'],
    ['+62 812-3456-7890', 'phone', '+6281234567890'],
    ['02 123 4567', 'phone', '+6621234567'],
  ])('%s', (text, kind, value) => {
    expect(readContact(text)).toEqual({ ok: true, value: { kind, value } });
  });

  test.each([
    ['+62 0812 3456 7890', '+6281234567890'],
    ['+1 (415) 555-2671', '+14155552671'],
    ['0044 20 7946 0958', '+442079460958'],
    ['+855 12 345 678', '+85512345678'],
    ['+95 9 123 456 789', '+959123456789'],
    // Where the 0 belongs to the number.
    ['+39 06 1234 5678', '+390612345678'],
  ])('a number of any country: %s', (text, value) => {
    expect(readContact(text)).toEqual({ ok: true, value: { kind: 'phone', value } });
    expect(readContact(text, '62')).toEqual({ ok: true, value: { kind: 'phone', value } });
  });

  test('whoever signs in may mean a number of either home', () => {
    const meant = (text: string) => contactsMeant(text).map(({ value }) => value);
    expect(meant('0812 3456 7890')).toEqual(['+6681234567890', '+6281234567890']);
    expect(meant('+62 812 3456 7890')).toEqual(['+6281234567890', '+6281234567890']);
    expect(meant('a@example.org')).toEqual(['a@example.org', 'a@example.org']);
    expect(meant('nothing')).toEqual([]);
  });

  test.each([
    ['th', '66'],
    ['en', '66'],
    ['id', '62'],
    [undefined, '66'],
  ] as const)('whoever reads %s is at home in +%s', (locale, home) => {
    expect(homeOf(locale)).toBe(home);
  });

  test('a number of the country at home', () => {
    expect(readContact('0812 3456 7890', '62')).toEqual({
      ok: true,
      value: { kind: 'phone', value: '+6281234567890' },
    });
  });
});

test.each([
  '',
  'somchai',
  'a@b',
  'a b@example.org',
  '<a@example.org>',
  'a@example..org',
  'a@-example.org',
  `${'a'.repeat(65)}@example.org`,
  `a@${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}.${'e'.repeat(60)}.${'f'.repeat(60)}.org`,
  'a@example.org\r\nbcc: b@example.org',
  '12345',
  '+0812345678',
  '+1234567890123456',
  '0x81234567',
])('"%s" is refused', (text) => {
  expect(readContact(text).ok).toBe(false);
});

test('reading is stable, whatever comes', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.emailAddress(), fc.stringMatching(/^[+0-9 ()-]{5,18}$/)), (text) => {
      const read = readContact(text);
      if (read.ok) expect(readContact(read.value.value)).toEqual(read);
    }),
  );
});

test('others see as much as is needed to know which one', () => {
  expect(maskContact({ kind: 'email', value: 'somchai@example.org' })).toBe('s…@example.org');
  expect(maskContact({ kind: 'phone', value: '+66812345678' })).toBe('+66…78');
});
