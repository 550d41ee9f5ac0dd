import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dayAfter, dayBefore, endDayOf, midnight } from './days.ts';
import { LEASE_STATES, MOVES } from './lease.ts';
import { ending, explainRefusal, type Move, type Moved, moved, reserved, type Tenancy } from './moves.ts';

const BANGKOK = 'Asia/Bangkok';
const at = (text: string) => Date.parse(`${text}+07:00`);
const NOW = at('2026-06-30T12:00');
const draft: Tenancy = reserved(
  { state: 'draft', startDay: '2026-03-01', endDay: null, stays: [], zone: BANGKOK },
  '101',
);
const done = (tenancy: Tenancy, move: Move): Moved => {
  const result = moved(tenancy, move, NOW);
  if (!result.ok) throw new Error(result.error);
  return result.value;
};
const livesIn = done(draft, { kind: 'move-in', at: at('2026-03-11T11:15') }).tenancy;

describe('a lease', () => {
  test('keeps its room from the midnight of its first day', () => {
    expect(draft.stays).toEqual([{ place: '101', from: at('2026-03-01T00:00'), to: null }]);
    const short = reserved({ ...draft, endDay: '2026-06-01' }, '101');
    expect(short.stays[0]?.to).toBe(at('2026-06-01T00:00'));
  });

  test('begins with the keys, in the middle of a month and of an hour', () => {
    expect(livesIn).toMatchObject({
      state: 'active',
      stays: [{ place: '101', from: at('2026-03-11T11:15') }],
    });
  });

  test('begins some days before its first at the earliest', () => {
    expect(done(draft, { kind: 'move-in', at: at('2026-02-22T00:00') }).tenancy.state).toBe('active');
  });

  test('goes through a room change and ends with the keys', () => {
    const changed = done(livesIn, { kind: 'room-change', at: at('2026-04-20T16:45'), place: '102' });
    expect(changed).toMatchObject({ fromPlace: '101', toPlace: '102' });
    const left = done(changed.tenancy, { kind: 'move-out', at: at('2026-05-30T09:00') });
    expect(left).toMatchObject({ fromPlace: '102', toPlace: null });
    expect(left.tenancy).toEqual({
      ...{ state: 'ended', startDay: '2026-03-01', zone: BANGKOK },
      // The thirtieth was lived in.
      endDay: '2026-05-31',
      stays: [
        { place: '101', from: at('2026-03-11T11:15'), to: at('2026-04-20T16:45') },
        { place: '102', from: at('2026-04-20T16:45'), to: at('2026-05-30T09:00') },
      ],
    });
  });

  test('who leaves early leaves the contract as it was agreed; who stays longer moves its end', () => {
    const agreed = { ...livesIn, endDay: '2026-06-01' };
    expect(done(agreed, { kind: 'move-out', at: at('2026-05-10T09:00') }).tenancy.endDay).toBe('2026-06-01');
    expect(done(agreed, { kind: 'move-out', at: at('2026-06-03T09:00') }).tenancy.endDay).toBe('2026-06-04');
  });

  test.each<[Partial<Move>, Tenancy, string]>([
    [{ kind: 'move-in' }, livesIn, 'the lease is active; a move-in needs one that is draft'],
    [{ kind: 'move-out' }, draft, 'the lease is draft; a move-out needs one that is active'],
    [{ at: at('2026-04-01T11:17') }, livesIn, 'quarter hour, as 11:15'],
    [{ at: at('2026-07-01T00:00') }, livesIn, 'in the future'],
    [{ place: '101' }, livesIn, 'in that room already'],
    [{ at: at('2026-03-11T11:15') }, livesIn, 'before they moved in'],
    [{ kind: 'move-out', at: at('2026-03-11T11:00') }, livesIn, 'before they moved in'],
    [{ kind: 'move-in', at: at('2026-03-01T10:00') }, { ...draft, stays: [] }, 'say which room'],
    [
      { kind: 'move-in', at: at('2026-02-21T23:45') },
      draft,
      'the lease begins on 2026-03-01; keys are handed over 7 days',
    ],
    [{ kind: 'move-in', at: Date.UTC(1026, 2, 1) }, draft, 'move its first day first'],
    [
      { kind: 'move-in', at: at('2026-06-01T00:00') },
      reserved({ ...draft, endDay: '2026-06-01' }, '101'),
      'the last day of the lease is 2026-05-31; move its end first',
    ],
  ])('%o is refused in one line', (given, tenancy, line) => {
    const move: Move = { kind: 'room-change', at: at('2026-04-01T00:00'), place: '102', ...given };
    const asked = move.kind === 'room-change' ? move : { ...move, place: undefined };
    const result = moved(tenancy, asked, NOW);
    expect(result.ok).toBe(false);
    if (!result.ok) expect(explainRefusal(result.error, move.kind, tenancy)).toContain(line);
  });

  test('notice frees the room from that midnight on, and can be taken back', () => {
    const given = ending(livesIn, '2026-06-01');
    expect(given).toMatchObject({
      ok: true,
      value: { endDay: '2026-06-01', stays: [{ to: at('2026-06-01T00:00') }] },
    });
    if (given.ok) expect(ending(given.value, null)).toEqual({ ok: true, value: livesIn });
    expect(ending(livesIn, '2026-03-05')).toEqual({ ok: false, error: 'before_moving_in' });
    expect(ending({ ...livesIn, state: 'ended' }, null)).toEqual({ ok: false, error: 'state_wrong' });
  });

  test('property: whatever moves are tried, stays ascend, touch and never overlap', () => {
    const moves = fc.array(
      fc.record({
        kind: fc.constantFrom(...MOVES),
        quarters: fc.nat({ max: 96 * 100 }),
        place: fc.constantFrom('101', '102', '103'),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(moves, (list) => {
        let tenancy = draft;
        for (const { kind, quarters, place } of list) {
          const move = { kind, at: at('2026-03-01T00:00') + quarters * 900_000, place };
          const result = moved(tenancy, move, NOW);
          if (result.ok) tenancy = result.value.tenancy;
        }
        expect(LEASE_STATES).toContain(tenancy.state);
        for (const [i, stay] of tenancy.stays.entries()) {
          expect(stay.to === null || stay.from < stay.to).toBe(true);
          const next = tenancy.stays[i + 1];
          if (next) expect(stay.to).toBe(next.from);
        }
        if (tenancy.state === 'ended') expect(tenancy.stays.at(-1)?.to).not.toBeNull();
      }),
    );
  });
});

describe('days', () => {
  test('the last and the first that is no longer part', () => {
    expect([dayAfter('2026-02-28'), dayBefore('2026-03-01'), dayAfter('2028-02-28')]).toEqual([
      '2026-03-01',
      '2026-02-28',
      '2028-02-29',
    ]);
  });

  test.each([
    ['2026-03-11T00:00', '2026-03-11'],
    ['2026-03-11T00:15', '2026-03-12'],
    ['2026-03-11T23:45', '2026-03-12'],
  ])('who leaves at %s lives there until before %s', (text, day) => {
    expect(endDayOf(at(text), BANGKOK)).toBe(day);
  });

  test('midnight is that of the building', () => {
    expect(new Date(midnight('2026-03-01', 'Asia/Jakarta')).toISOString()).toBe('2026-02-28T17:00:00.000Z');
    expect(new Date(midnight('2026-03-01', 'Asia/Makassar')).toISOString()).toBe('2026-02-28T16:00:00.000Z');
  });
});
