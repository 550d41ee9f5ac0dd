import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { networkOf } from './network.ts';

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:0DB8:0001:0002::1', '2001:db8:1:2'],
  ['2001:db8::1', '2001:db8:0:0'],
  ['2001:db8:1:2::', '2001:db8:1:2'],
  ['::1', '0:0:0:0'],
  ['fe80::1', 'fe80:0:0:0'],
])('%s is of %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});

test('whatever the lower half of an IPv6 address, it is one network', () => {
  const group = fc.integer({ min: 0, max: 0xffff }).map((each) => each.toString(16));
  const groups = fc.array(group, { minLength: 8, maxLength: 8 });
  fc.assert(
    fc.property(groups, groups, (a, b) => {
      const [one, other] = [a.join(':'), [...a.slice(0, 4), ...b.slice(4)].join(':')];
      expect(isIPv6(one)).toBe(true);
      expect(networkOf(one)).toBe(a.slice(0, 4).join(':'));
      expect(networkOf(other)).toBe(networkOf(one));
    }),
  );
});
