import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LANES, type Lane, Lanes } from './lanes.ts';

const entry = (lane: Lane, sinceUs: number, untilUs = Number.POSITIVE_INFINITY, unit = 1) => ({
  lane,
  sinceUs,
  untilUs,
  unit,
});
const now = () => 0;

function order(lanes: Lanes<ReturnType<typeof entry>>, allowed: (e: { unit: number }) => number = now) {
  const taken: string[] = [];
  for (;;) {
    const pick = lanes.next(0, allowed);
    if (pick.kind !== 'ready') return taken;
    lanes.remove(pick.entry);
    taken.push(`${pick.entry.lane}@${pick.entry.sinceUs}`);
  }
}

describe('lanes', () => {
  it('let the urgent go first and keep the order of arrival', () => {
    const lanes = new Lanes<ReturnType<typeof entry>>(2000);
    for (const e of [entry('poll', 1), entry('interactive', 2), entry('boundary', 3), entry('boundary', 4)]) {
      lanes.add(e);
    }
    lanes.add(entry('command', 5));
    expect(order(lanes)).toEqual(['boundary@3', 'boundary@4', 'command@5', 'interactive@2', 'poll@1']);
  });

  it('let nobody starve: three steps of waiting make a poll as urgent as a boundary', () => {
    const lanes = new Lanes<ReturnType<typeof entry>>(2000);
    lanes.add(entry('poll', 0));
    lanes.add(entry('boundary', 5999));
    lanes.add(entry('boundary', 6001));
    expect(order(lanes)).toEqual(['boundary@5999', 'poll@0', 'boundary@6001']);
  });

  it('are not held up by somebody who may not be sent yet', () => {
    const lanes = new Lanes<ReturnType<typeof entry>>(2000);
    lanes.add(entry('boundary', 1, undefined, 7));
    lanes.add(entry('boundary', 2));
    lanes.add(entry('poll', 3));
    const fenced = ({ unit }: { unit: number }) => (unit === 7 ? 900 : 0);
    expect(order(lanes, fenced)).toEqual(['boundary@2', 'poll@3']);
    expect(lanes.next(0, fenced)).toEqual({ kind: 'later', atUs: 900 });
    expect(lanes.size).toBe(1);
  });

  it('give up what has expired, oldest first', () => {
    const lanes = new Lanes<ReturnType<typeof entry>>(2000);
    for (const until of [10, 30, 20]) lanes.add(entry('poll', until, until));
    expect(lanes.nextExpiryUs()).toBe(10);
    expect(lanes.expired(20).map(({ untilUs }) => untilUs)).toEqual([10, 20]);
    expect(lanes.drain()).toHaveLength(1);
    expect(lanes.next(0, now)).toEqual({ kind: 'empty' });
  });

  it('hand out every entry exactly once', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...LANES), fc.nat(10_000))), (all) => {
        const lanes = new Lanes<ReturnType<typeof entry>>(2000);
        for (const [lane, since] of all) lanes.add(entry(lane, since));
        expect(order(lanes).sort()).toEqual(all.map(([lane, since]) => `${lane}@${since}`).sort());
      }),
    );
  });
});
