import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  LINK_LIFE_MS,
  type LinkAction,
  type LinkState,
  linkAddress,
  linkAllows,
  linkState,
} from './one-time.ts';

const T = 1_800_000_000_000;
const link = { endsAtMs: T + 1_000, usedAtMs: null, revokedAtMs: null };

test.each<[LinkState, object, number, LinkAction[]]>([
  ['open', {}, T, ['use', 'revoke', 'renew']],
  ['open', {}, T + 999, ['use', 'revoke', 'renew']],
  ['over', {}, T + 1_000, ['revoke', 'renew']],
  ['used', { usedAtMs: T }, T, []],
  ['used', { usedAtMs: T }, T + 5_000, []],
  ['revoked', { revokedAtMs: T }, T, []],
  ['used', { usedAtMs: T, revokedAtMs: T }, T, []],
])('%s %j at %i', (state, changes, now, actions) => {
  const one = { ...link, ...changes };
  expect(linkState(one, now)).toBe(state);
  for (const action of ['use', 'revoke', 'renew'] as const)
    expect(linkAllows(one, action, now)).toBe(actions.includes(action));
});

test('however it is used, it is used once', () => {
  const steps = fc.array(
    fc.record({ action: fc.constantFrom<LinkAction>('use', 'revoke', 'renew'), passes: fc.nat(800) }),
  );
  fc.assert(
    fc.property(steps, (list) => {
      let [now, uses] = [T, 0];
      let one: { endsAtMs: number; usedAtMs: number | null; revokedAtMs: number | null } = link;
      for (const { action, passes } of list) {
        now += passes;
        if (!linkAllows(one, action, now)) continue;
        if (action === 'use') uses += 1;
        one = {
          endsAtMs: action === 'renew' ? now + 1_000 : one.endsAtMs,
          usedAtMs: action === 'use' ? now : one.usedAtMs,
          revokedAtMs: action === 'revoke' ? now : one.revokedAtMs,
        };
      }
      expect(uses).toBeLessThanOrEqual(1);
    }),
  );
});

test('a new password has the shortest time, an invitation the longest', () => {
  expect(LINK_LIFE_MS.reset).toBeLessThan(LINK_LIFE_MS.contact);
  expect(LINK_LIFE_MS.contact).toBeLessThan(LINK_LIFE_MS.invitation);
});

test('the token is nowhere that a browser sends it to', () => {
  const url = new URL(linkAddress('https://meters.example.org/', 'invitation', 'mli_x'));
  expect(url.href).toBe('https://meters.example.org/join#mli_x');
  expect(url.pathname + url.search).not.toContain('mli_');
  expect(linkAddress('http://127.0.0.1:8080', 'reset', 't')).toBe('http://127.0.0.1:8080/reset#t');
  expect(linkAddress('http://127.0.0.1:8080', 'contact', 't')).toBe('http://127.0.0.1:8080/confirm#t');
});
