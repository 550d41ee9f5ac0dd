import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { needsNewKey, phaseOf, SIGNING, type SigningKeyTimes, signerOf } from './signing-keys.ts';

const T = 1_800_000_000_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const key = (id: string, createdAtMs = T): SigningKeyTimes => ({ id, createdAtMs });

test.each([
  [0, 'announced'],
  [HOUR - 1, 'announced'],
  [HOUR, 'signing'],
  [30 * DAY + HOUR - 1, 'signing'],
  [30 * DAY + HOUR, 'verifying'],
  [30 * DAY + HOUR + 11 * 60_000 - 1, 'verifying'],
  [30 * DAY + HOUR + 11 * 60_000, 'gone'],
])('%i ms after it was made a key is %s', (age, phase) => {
  expect(phaseOf(key('a'), T + age)).toBe(phase);
});

describe('who signs', () => {
  test('nobody, without a key', () => {
    expect(signerOf([], T)).toBeUndefined();
  });
  test('the first, at once', () => {
    expect(signerOf([key('a')], T)?.id).toBe('a');
  });
  test('the old one, while the new one is announced', () => {
    expect(signerOf([key('a'), key('b', T + DAY)], T + DAY + 1)?.id).toBe('a');
  });
  test('the new one, from then on', () => {
    expect(signerOf([key('a'), key('b', T + DAY)], T + DAY + HOUR)?.id).toBe('b');
  });
  test('of two that were made at once, always the same', () => {
    expect(signerOf([key('a'), key('b')], T + HOUR)?.id).toBe('b');
    expect(signerOf([key('b'), key('a')], T + HOUR)?.id).toBe('b');
  });
  test('none that is past', () => {
    expect(signerOf([key('a')], T + 31 * DAY)).toBeUndefined();
  });
});

test('a key is made in time', () => {
  expect(needsNewKey([], T)).toBe(true);
  expect(needsNewKey([key('a')], T)).toBe(false);
  expect(needsNewKey([key('a')], T + 30 * DAY - 2 * HOUR)).toBe(false);
  expect(needsNewKey([key('a')], T + 30 * DAY - HOUR)).toBe(true);
});

test('looked at within every hour, there is always a signer whose tokens all can check', () => {
  const gaps = fc.array(fc.integer({ min: 1, max: 59 }), { minLength: 20, maxLength: 20 });
  fc.assert(
    fc.property(gaps, (minutes) => {
      let [now, keys] = [T, [] as SigningKeyTimes[]];
      let open: { signer: SigningKeyTimes; until: number }[] = [];
      for (let look = 0; now < T + 65 * DAY; look += 1) {
        if (needsNewKey(keys, now)) keys = [...keys, key(String(keys.length), now)];
        const signer = signerOf(keys, now);
        if (!signer) return false;
        // All but the very first key are known to everybody before they sign.
        if (keys.length > 1 && phaseOf(signer, now) !== 'signing') return false;
        open = [...open.filter(({ until }) => until > now), { signer, until: now + SIGNING.tokenMs }];
        if (open.some(({ signer: used }) => phaseOf(used, now) === 'gone')) return false;
        now += (minutes[look % minutes.length] ?? 1) * 60_000;
      }
      return keys.length === 3;
    }),
    { numRuns: 20 },
  );
});
