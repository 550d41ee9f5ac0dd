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

test('looked at every quarter of an hour, or less often, there is always a signer whose tokens all can check', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 15 }), { minLength: 400, maxLength: 600 }), (minutes) => {
      let [now, keys] = [T, [] as SigningKeyTimes[]];
      const tokens: { key: string; until: number }[] = [];
      for (const gap of minutes) {
        // Ten times as fast as the clock of the test would be, so that keys come and go.
        now += gap * 60_000 * 10;
        if (needsNewKey(keys, now)) keys = [...keys, key(String(keys.length).padStart(4, '0'), now)];
        const signer = signerOf(keys, now);
        expect(signer).toBeDefined();
        tokens.push({ key: signer?.id ?? '', until: now + SIGNING.tokenMs });
        for (const token of tokens.filter(({ until }) => until > now)) {
          const used = keys.find(({ id }) => id === token.key);
          expect(used && phaseOf(used, now)).not.toBe('gone');
        }
        if (keys.length > 1 && signer) expect(phaseOf(signer, now)).toBe('signing');
      }
    }),
    { numRuns: 10 },
  );
});
