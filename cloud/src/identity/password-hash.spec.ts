import { argon2Sync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { PasswordHasher } from './password-hash.ts';

const hasher = new PasswordHasher();

test('RFC 9106, 5.3: the vector of argon2id', () => {
  const tag = argon2Sync('argon2id', {
    message: Buffer.alloc(32, 1),
    nonce: Buffer.alloc(16, 2),
    secret: Buffer.alloc(8, 3),
    associatedData: Buffer.alloc(12, 4),
    memory: 32,
    passes: 3,
    parallelism: 4,
    tagLength: 32,
  });
  expect(tag.toString('hex')).toBe('0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659');
});

test('a hash fits its password, in either spelling, and no other', async () => {
  const hash = await hasher.hash('caf\u00e9 au lait');
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[^$]{22}\$[^$]{43}$/);
  expect(await hasher.fits('cafe\u0301 au lait', hash)).toBe(true);
  expect(await hasher.fits('cafe au lait', hash)).toBe(false);
  expect(await hasher.hash('caf\u00e9 au lait')).not.toBe(hash);
});

test('without a hash nothing fits', async () => {
  expect(await hasher.fits('anything at all', undefined)).toBe(false);
});

test('a hash of less is known as old, and still fits', async () => {
  const nonce = Buffer.alloc(16, 7);
  const tag = argon2Sync('argon2id', {
    message: Buffer.from('an old password'),
    nonce,
    memory: 8192,
    passes: 1,
    parallelism: 1,
    tagLength: 32,
  });
  const base64 = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');
  const old = `$argon2id$v=19$m=8192,t=1,p=1$${base64(nonce)}$${base64(tag)}`;
  expect(hasher.isOld(old)).toBe(true);
  expect(await hasher.fits('an old password', old)).toBe(true);
  expect(hasher.isOld(await hasher.hash('a new password'))).toBe(false);
});

describe('what is no hash', () => {
  test.each(['', 'plain', '$2b$10$abc', '$argon2i$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$x'])(
    '"%s"',
    async (hash) => {
      await expect(hasher.fits('x', hash)).rejects.toMatchObject({ code: 'identity_invalid' });
    },
  );
});

test('too many at once are refused, and the others answered', async () => {
  const few = new PasswordHasher({ mostWaiting: 2 });
  const all = await Promise.allSettled(Array.from({ length: 5 }, () => few.hash('many at once')));
  const refused = all.filter(({ status }) => status === 'rejected');
  expect(refused).toHaveLength(3);
  for (const one of refused) expect(one).toMatchObject({ reason: { code: 'sign_in_busy' } });
  await expect(few.hash('later')).resolves.toBeDefined();
});
