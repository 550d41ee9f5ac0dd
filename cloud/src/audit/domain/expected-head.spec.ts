import { describe, expect, it } from 'vitest';
import { conclusion } from '../audit.command.ts';
import { formatHead, parseHead } from './expected-head.ts';

const organisation = '0190aaaa-0000-7000-8000-00000000000a';
const digest = '5f'.repeat(32);

describe('a head that was noted', () => {
  it.each([1n, 11n, 999_999_999_999_999_999n])('comes back as it was printed: %s', (number) => {
    expect(parseHead(formatHead({ organisation, number, digest }))).toEqual({ organisation, number, digest });
  });

  it.each([
    '',
    'a:b',
    `${organisation}:0:${digest}`,
    `${organisation}:01:${digest}`,
    `${organisation}:1:${digest}0`,
    `${organisation}:1:${digest.toUpperCase()}`,
    `head ${organisation}:1:${digest}`,
  ])('is not %j', (text) => {
    expect(parseHead(text)).toBeUndefined();
  });
});

describe('the conclusion', () => {
  const keys = [{ text: 'KEY' }];
  const only = '; that no end was cut off shows only with --expect';
  it.each([
    [{ organisations: 0, entries: 0, findings: 0 }, 0, `0 organisations, nothing to verify${only}`],
    [
      { organisations: 1, entries: 1, findings: 0 },
      0,
      `1 entry of 1 organisation, signed by KEY: intact${only}`,
    ],
    [
      { organisations: 2, entries: 7, findings: 0 },
      2,
      '7 entries of 2 organisations, signed by KEY: intact, with the 2 expected heads',
    ],
    [
      { organisations: 1, entries: 7, findings: 1 },
      0,
      '7 entries of 1 organisation, signed by KEY: 1 finding',
    ],
    [
      { organisations: 0, entries: 0, findings: 2 },
      2,
      '0 entries of 0 organisations, signed by KEY: 2 findings',
    ],
  ])('of %o with %i expected heads', (summary, expected, text) => {
    expect(conclusion(summary, keys, expected)).toBe(text);
  });
});
