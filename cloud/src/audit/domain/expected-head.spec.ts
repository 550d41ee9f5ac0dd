import { describe, expect, it } from 'vitest';
import { conclusion } from '../audit.command.ts';
import type { Outside } from '../verify-rounds.ts';
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
  const unknown: Outside = { kind: 'unknown', why: 'no store' };
  const at = '2026-11-20T03:58:09.123456Z';
  const compared: Outside = { kind: 'compared', anchors: 3, last: { number: 9n, digest, at }, losses: [] };
  const not = '; not compared with the heads noted with the files: no store';
  const only = `${not}; that no end was cut off shows only with --expect`;
  it.each<[number, number, number, Outside, number, string]>([
    [0, 0, 0, unknown, 0, `0 organisations, nothing to verify${only}`],
    [1, 1, 0, unknown, 0, `1 entry of 1 organisation, signed by KEY: intact${only}`],
    [
      2,
      7,
      0,
      unknown,
      2,
      `7 entries of 2 organisations, signed by KEY: intact, with the 2 expected heads${not}`,
    ],
    [
      1,
      7,
      0,
      compared,
      0,
      `7 entries of 1 organisation, signed by KEY: intact; 3 heads noted with the files agree, the last of ${at}`,
    ],
    [
      0,
      0,
      0,
      { ...compared, anchors: 0, last: null },
      0,
      '0 organisations, nothing to verify; no head is noted with the files yet',
    ],
    [1, 7, 1, compared, 0, '7 entries of 1 organisation, signed by KEY: 1 finding'],
    [0, 0, 2, unknown, 2, '0 entries of 0 organisations, signed by KEY: 2 findings'],
  ])(
    'of %i organisations, %i entries, %i findings',
    (organisations, entries, findings, outside, expected, text) => {
      expect(conclusion({ organisations, entries, findings, outside }, keys, expected)).toBe(text);
    },
  );
});
