import { LIMITS } from '@meterline/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anchorFor, type BootFacts, believed, boundedTiming, boundsOf, syncedTiming } from './times.ts';

const NOON = Date.UTC(2026, 0, 31, 12);
const anchor = (seq: number, mono: number, utc: number, uncertainty = 20) => ({
  seq,
  mono,
  utc,
  uncertainty,
});

describe('the time of a row', () => {
  const anchors = [anchor(2, 10_000, NOON), anchor(90, 3_610_000, NOON + 3_600_100)];

  it('follows from the newest anchor at or before it, else from the first', () => {
    const timing = syncedTiming(3, anchors);
    expect(timing.at(4_000)).toBe(NOON - 6_000);
    expect(timing.at(10_000)).toBe(NOON);
    expect(timing.at(3_609_999)).toBe(NOON + 3_599_999);
    expect(timing.clock(NOON)).toMatchObject({ state: 'synced', boot: 3, anchor: 2 });
    expect(timing.at(3_611_000)).toBe(NOON + 3_601_100);
    expect(timing.clock(NOON)).toMatchObject({ anchor: 90 });
  });

  it('does not change when anchors are added after it', () => {
    fc.assert(
      fc.property(fc.nat(3_609_999), (mono) => {
        expect(anchorFor(anchors, mono)).toEqual(anchorFor(anchors.slice(0, 1), mono));
      }),
    );
  });

  it('says what it may be off: the worst of its rows', () => {
    const timing = syncedTiming(1, [anchor(2, 0, NOON, 30)]);
    timing.at(1_000);
    timing.at(86_400_000);
    expect(timing.clock(NOON)).toMatchObject({ uncertainty: 30 + 1_728 });
  });

  it('looks without counting what it has only looked at', () => {
    const timing = syncedTiming(1, [anchor(2, 0, NOON, 30)]);
    expect([timing.look(86_400_000), timing.doubt(86_400_000)]).toEqual([NOON + 86_400_000, 30 + 1_728]);
    expect(timing.clock(NOON)).toMatchObject({ uncertainty: 0 });
    const worst = syncedTiming(1, [anchor(2, 0, NOON, LIMITS.uncertaintyMs)]);
    expect(worst.doubt(86_400_000)).toBe(LIMITS.uncertaintyMs);
  });

  it('leaves aside an anchor that a later one contradicts: that clock was wrong', () => {
    const wrong = anchor(2, 10_000, NOON + 86_400_000);
    const right = anchor(9, 70_000, NOON + 60_000);
    expect(believed([wrong, right])).toEqual([right]);
    expect(syncedTiming(1, [wrong, right]).at(40_000)).toBe(NOON + 30_000);
    const drifted = anchor(9, 70_000, NOON + 60_015);
    expect(believed([anchor(2, 10_000, NOON), drifted])).toHaveLength(2);
  });
});

describe('a boot that never synchronised', () => {
  const boot = (number: number, last: number, anchors: BootFacts['anchors'] = []): BootFacts => ({
    number,
    last,
    anchors,
  });
  const before = boot(1, 600_000, [anchor(2, 0, NOON)]);
  const after = boot(5, 60_000, [anchor(50, 10_000, NOON + 7_200_000)]);

  it('began after the one before it ended, and early enough for itself', () => {
    const bounds = boundsOf([before, boot(2, 100_000), after], 2);
    expect(bounds).toEqual({ after: NOON + 600_000 - 32, before: NOON + 7_190_000 + 21 - 100_000 });
  });

  it('leaves room for the unknown ones beside it', () => {
    const boots = [before, boot(2, 100_000), boot(3, 200_000), boot(4, 50_000), after];
    const bounds = [2, 3, 4].map((number) => boundsOf(boots, number));
    expect(bounds.map((one) => one?.after)).toEqual([599_968, 699_968, 899_968].map((ms) => NOON + ms));
    expect(bounds.map((one) => one?.before)).toEqual(
      [6_840_021, 6_940_021, 7_140_021].map((ms) => NOON + ms),
    );
  });

  it('began before now and not after its own end of the doubt, also when the boots around it disagree', () => {
    const astray = boot(1, 600_000, [anchor(2, 0, NOON + 30 * 86_400_000)]);
    const bounds = boundsOf([astray, boot(2, 100_000), after], 2);
    if (!bounds) throw new Error('no bounds');
    expect(bounds.before).toBeGreaterThan(NOON + 86_400_000);
    const clock = boundedTiming(2, bounds).clock(NOON + 7_300_000);
    expect(clock).toMatchObject({ state: 'bounded', after: bounds.after, before: NOON + 7_300_000 });
    const early = boundedTiming(2, bounds).clock(bounds.after - 1);
    expect(early).toMatchObject({ after: bounds.after - 1, before: bounds.after - 1 });
  });

  it('waits while no later boot knows the time, and can be the first of all', () => {
    expect(boundsOf([before, boot(2, 1_000)], 2)).toBeUndefined();
    expect(boundsOf([boot(1, 1_000), after], 1)).toMatchObject({ after: Date.UTC(2020, 0, 1) });
  });

  it('always contains the true beginning', () => {
    const gap = fc.nat(1_000_000);
    const length = fc.nat(1_000_000);
    fc.assert(
      fc.property(fc.array(fc.tuple(gap, length), { minLength: 3, maxLength: 8 }), (story) => {
        let now = NOON;
        const begins: number[] = [];
        const boots = story.map(([pause, lasted], i) => {
          now += pause;
          begins.push(now);
          const synced = i === 0 || i === story.length - 1;
          const made = boot(i + 1, lasted, synced ? [anchor(i + 2, 0, now)] : []);
          now += lasted;
          return made;
        });
        for (let i = 1; i < story.length - 1; i += 1) {
          const bounds = boundsOf(boots, i + 1);
          expect(bounds && bounds.after <= (begins[i] ?? 0) && (begins[i] ?? 0) <= bounds.before).toBe(true);
        }
      }),
    );
  });
});
