import { describe, expect, it } from 'vitest';
import { formatDuration, formatInstant } from './format-time.ts';

const AT = Date.parse('2026-11-20T04:05:09Z');

describe('an instant', () => {
  it.each([
    ['th', 'Asia/Bangkok', '20 พ.ย. 2569 11:05:09'],
    ['en', 'Asia/Bangkok', '20 Nov 2026, 11:05:09'],
    ['id', 'Asia/Jakarta', '20 Nov 2026, 11.05.09'],
  ] as const)('in %s at %s is %s', (language, zone, text) => {
    expect(formatInstant(AT, language, zone)).toBe(text);
  });

  it('changes its Buddhist year at midnight of the place', () => {
    const newYear = Date.parse('2026-12-31T17:00:00Z');
    expect(formatInstant(newYear, 'th', 'Asia/Bangkok')).toBe('1 ม.ค. 2570 00:00:00');
    expect(formatInstant(newYear - 1000, 'th', 'Asia/Bangkok')).toBe('31 ธ.ค. 2569 23:59:59');
  });
});

it.each([
  [0, 'en', '0 seconds'],
  [1_000, 'en', '1 second'],
  [59_400, 'en', '59 seconds'],
  [60_000, 'en', '1 minute'],
  [7_300_000, 'en', '2 hours'],
  [200_000_000, 'en', '2 days'],
  [12_000, 'th', '12 วินาที'],
  [120_000, 'th', '2 นาที'],
  [12_000, 'id', '12 detik'],
  [-5_000, 'en', '0 seconds'],
] as const)('%d ms in %s is %s', (milliseconds, language, text) => {
  expect(formatDuration(milliseconds, language)).toBe(text.replace(' ', '\u00a0'));
});
