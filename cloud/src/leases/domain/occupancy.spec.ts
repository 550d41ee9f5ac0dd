import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type LetRoom, occupancyOf } from './occupancy.ts';
import { holdsOn } from './terms.ts';

const at = (text: string) => Date.parse(`${text}+07:00`);
const MARCH = { fromDay: '2026-03-01', toDay: '2026-04-01', zone: 'Asia/Bangkok' } as const;
const stay = (from: string, to: string | null, state: 'draft' | 'active' | 'ended' = 'active') => ({
  ...{ lease: `id of ${from}`, number: from, place: '101', state },
  ...{ from: at(`${from}T11:15`), to: to === null ? null : at(`${to}T11:15`) },
});
const room = (stays: LetRoom['stays'], outages: LetRoom['outages'] = []): LetRoom => ({
  place: '101',
  name: '101',
  stays,
  outages,
});
const only = (one: LetRoom, now = '2026-03-15T12:00') => occupancyOf([one], { ...MARCH, at: at(now) })[0];

describe('a room', () => {
  test('is free, kept, lived in or out of service', () => {
    expect(only(room([]))).toMatchObject({ state: 'free', lease: null, vacantDays: 31 });
    expect(only(room([stay('2026-04-01', null, 'draft')]))).toMatchObject({
      state: 'reserved',
      vacantDays: 31,
    });
    expect(only(room([stay('2026-03-11', null)]))).toMatchObject({ state: 'occupied', number: '2026-03-11' });
    const out = { fromDay: '2026-03-10', toDay: '2026-03-20' };
    expect(only(room([], [out]))).toMatchObject({ state: 'out-of-service', outDays: 10, vacantDays: 21 });
    // Kept for somebody, and under repair until then.
    expect(only(room([stay('2026-04-01', null, 'draft')], [out]))).toMatchObject({
      state: 'out-of-service',
      number: '2026-04-01',
    });
  });

  test('a day that two shared was lived in once', () => {
    const two = [stay('2026-02-01', '2026-03-11', 'ended'), stay('2026-03-11', '2026-03-20', 'ended')];
    // 1 to 20 March, the eleventh by both.
    expect(only(room(two))).toMatchObject({ state: 'occupied', occupiedDays: 20, vacantDays: 11 });
    expect(only(room(two), '2026-03-20T12:00')).toMatchObject({ state: 'free' });
  });

  test('a reservation is no day lived in', () => {
    expect(only(room([stay('2026-03-01', null, 'draft')]))).toMatchObject({ occupiedDays: 0 });
  });

  test('property: every day is one of the three', () => {
    const days = fc.integer({ min: -40, max: 70 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(days, fc.nat(40))),
        fc.array(fc.tuple(days, fc.nat(40))),
        (stays, outs) => {
          const ms = (day: number) => at('2026-03-01T00:00') + day * 86_400_000;
          const day = (n: number) => new Date(ms(n) + 7 * 3_600_000).toISOString().slice(0, 10);
          const found = occupancyOf(
            [
              room(
                stays.map(([from, length]) => ({
                  ...stay('2026-03-01', null),
                  from: ms(from),
                  to: ms(from + length + 1),
                })),
                outs.map(([from, length]) => ({ fromDay: day(from), toDay: day(from + length + 1) })),
              ),
            ],
            { ...MARCH, at: at('2026-03-15T00:00') },
          )[0];
          const { occupiedDays = 0, outDays = 0, vacantDays = -1 } = found ?? {};
          expect(occupiedDays + outDays + vacantDays).toBe(31);
          expect(vacantDays).toBeGreaterThanOrEqual(0);
        },
      ),
    );
  });
});

describe('terms', () => {
  test('what has no days holds always; the last is no longer part', () => {
    expect(holdsOn({ fromDay: null, toDay: null }, '2026-03-01')).toBe(true);
    expect(holdsOn({ fromDay: '2026-03-01', toDay: '2026-03-02' }, '2026-03-01')).toBe(true);
    expect(holdsOn({ fromDay: '2026-03-01', toDay: '2026-03-02' }, '2026-03-02')).toBe(false);
  });
});
