import { describe, expect, it } from 'vitest';
import { redact, redactText } from './redact.ts';

describe('what operators see of an input', () => {
  it.each<[unknown, unknown]>([
    [
      { invoiceId: 'x', amount: '12.00' },
      { invoiceId: 'x', amount: '12.00' },
    ],
    [{ password: 'p' }, { password: '[redacted]' }],
    [
      { accessToken: 't', API_KEY: 'k', otp: 1 },
      { accessToken: '[redacted]', API_KEY: '[redacted]', otp: '[redacted]' },
    ],
    [{ a: [{ email: 'a@b.c', n: 1 }] }, { a: [{ email: '[redacted]', n: 1 }] }],
    [
      { phoneNumber: '08', cardLast4: '42' },
      { phoneNumber: '[redacted]', cardLast4: '[redacted]' },
    ],
    ['plain', 'plain'],
    [null, null],
    [7, 7],
    [['postgres://u:pw@h/d'], ['postgres://u:[redacted]@h/d']],
  ])('%o is %o', (value, expected) => {
    expect(redact(value)).toEqual(expected);
  });

  it('declared paths go, in lists too', () => {
    const value = { tenant: { name: 'A', room: '1' }, lines: [{ note: 'x', n: 1 }], name: 'kept' };
    expect(redact(value, ['tenant.name', 'lines.note'])).toEqual({
      tenant: { name: '[redacted]', room: '1' },
      lines: [{ note: '[redacted]', n: 1 }],
      name: 'kept',
    });
    expect(redact('the whole input', [''])).toBe('[redacted]');
  });

  it('long texts, long lists and deep trees are cut', () => {
    expect(String(redact('x'.repeat(900)))).toHaveLength(501);
    expect(redact(Array.from({ length: 60 }, () => 1))).toHaveLength(51);
    let deep: object = {};
    for (let i = 0; i < 20; i += 1) deep = { deep };
    expect(JSON.stringify(redact(deep))).toContain('[nested]');
  });

  it.each([
    [
      'connect postgresql://app:s3cret@db:5432/x failed',
      'connect postgresql://app:[redacted]@db:5432/x failed',
    ],
    ['redis://:s3cret@cache:6379', 'redis://:[redacted]@cache:6379'],
    ['https://u:p%40ss@h/?a=1', 'https://u:[redacted]@h/?a=1'],
    ['Authorization: Bearer abcdefgh.ijkl', 'Authorization: Bearer [redacted]'],
    ['client_secret=abc&x=1', 'client_secret=[redacted]&x=1'],
    ['{"password":"abc","n":1}', '{"password":"[redacted]","n":1}'],
    ['the meter at 10.0.0.1:502 is silent', 'the meter at 10.0.0.1:502 is silent'],
    ['room 12 has no tariff', 'room 12 has no tariff'],
  ])('%s', (text, expected) => {
    expect(redactText(text, 1_000)).toBe(expected);
  });

  it('a text of megabytes in one word costs no more than the part that is kept', () => {
    for (const word of ['a', 'a_', 'a.', 'token', 'x://', 'bearer ']) {
      expect(redactText(word.repeat(2_000_000), 1_000).length).toBeLessThanOrEqual(1_001);
    }
    expect(redact({ photo: 'iVBORw0KGgo'.repeat(400_000) })).toEqual({ photo: expect.stringMatching(/…$/) });
  });

  it('a password whose end was cut off with the text goes all the same', () => {
    const text = `connect postgresql://app:${'s3cret'.repeat(1_000)}@db/x`;
    expect(redactText(text, 500)).not.toContain('s3cret');
  });

  it('what no database can store is taken out, and no character is cut in two', () => {
    expect(redactText('a\0b\ud800c', 100)).toBe('ab\ufffdc');
    expect(redactText(`${'x'.repeat(9)}😀tail`, 10).isWellFormed()).toBe(true);
  });
});
