import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WallClock } from './local-time.ts';

const at = (zone: string, text: string) => {
  const [date = '', time = ''] = text.split(' ');
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number);
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  const result = new WallClock(zone).instant({ year, month, day }, hours * 3600 + minutes * 60);
  return result.ok ? new Date(result.value).toISOString() : result.error;
};

describe('the wall clock of a zone', () => {
  it.each([
    ['Asia/Bangkok', '2026-02-01 08:30', '2026-02-01T01:30:00.000Z'],
    ['Asia/Bangkok', '2026-01-31 24:00', '2026-01-31T17:00:00.000Z'],
    ['Asia/Kathmandu', '2026-02-01 00:00', '2026-01-31T18:15:00.000Z'],
    ['Europe/Berlin', '2026-03-29 01:59', '2026-03-29T00:59:00.000Z'],
    ['Europe/Berlin', '2026-03-29 02:00', 'skipped'],
    ['Europe/Berlin', '2026-03-29 02:59', 'skipped'],
    ['Europe/Berlin', '2026-03-29 03:00', '2026-03-29T01:00:00.000Z'],
    ['Europe/Berlin', '2026-10-25 02:00', 'repeated'],
    ['Europe/Berlin', '2026-10-25 03:00', '2026-10-25T02:00:00.000Z'],
    ['Australia/Lord_Howe', '2026-10-04 02:15', 'skipped'],
    ['Australia/Lord_Howe', '2026-10-04 02:45', '2026-10-03T15:45:00.000Z'],
  ])('%s, %s is %s', (zone, text, instant) => expect(at(zone, text)).toBe(instant));

  it('refuses what is no zone', () => expect(() => new WallClock('Mars/Base')).toThrow('is not a time zone'));

  it('what it says is what the clock shows then', () => {
    const clock = new WallClock('America/New_York');
    const format = new Intl.DateTimeFormat('sv-SE', {
      timeZone: 'America/New_York',
      dateStyle: 'short',
      timeStyle: 'medium',
    });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 365 * 24 * 60 - 1 }), (minute) => {
        const wall = new Date(Date.UTC(2026, 0, 1) + minute * 60_000);
        const date = { year: wall.getUTCFullYear(), month: wall.getUTCMonth() + 1, day: wall.getUTCDate() };
        const result = clock.instant(date, (wall.getTime() % 86_400_000) / 1000);
        if (result.ok)
          expect(format.format(result.value)).toBe(wall.toISOString().slice(0, 19).replace('T', ' '));
      }),
    );
  });
});
