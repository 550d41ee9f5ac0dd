import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fixedClock, movableClock } from './clock.ts';
import { createIds, isUuid, type RandomBytes, timeOfId } from './ids.ts';

const ones: RandomBytes = (length) => new Uint8Array(length).fill(0xff);
const zeros: RandomBytes = (length) => new Uint8Array(length);

describe('UUID version 7', () => {
  it('is laid out as RFC 9562 says: time, version, counter, variant, random', () => {
    const ids = createIds(fixedClock('2026-11-05T00:00:00.123Z'), zeros);
    const ms = Date.UTC(2026, 10, 5, 0, 0, 0, 123).toString(16).padStart(12, '0');
    expect(ids.next()).toBe(`${ms.slice(0, 8)}-${ms.slice(8)}-7000-8000-000000000000`);
    expect(ids.next()).toBe(`${ms.slice(0, 8)}-${ms.slice(8)}-7001-8000-000000000000`);
  });

  it('uses every random bit, and starts the counter with its top bit clear', () => {
    const id = createIds(fixedClock('2026-11-05T00:00:00Z'), ones).next();
    expect(id.slice(14)).toBe('77ff-bfff-ffffffffffff');
    expect(isUuid(id)).toBe(true);
  });

  it('tells its time', () => {
    const clock = fixedClock('2026-11-05T00:00:00.123Z');
    expect(timeOfId(createIds(clock).next()).toString()).toBe('2026-11-05T00:00:00.123Z');
  });

  it.each(['', 'x', '0189dcd5-0000-4000-8000-000000000000', '0189DCD5-0000-7000-8000-000000000000'])(
    'has no time to tell in "%s"',
    (text) => {
      expect(() => timeOfId(text)).toThrow('not a UUID of version 7');
    },
  );

  it.each([
    ['0189dcd5-0000-7000-8000-000000000000', true],
    ['0189dcd5-0000-4000-b000-000000000000', true],
    ['0189dcd5-0000-7000-c000-000000000000', false],
    ['0189dcd5-0000-0000-8000-000000000000', false],
    ['0189dcd5-0000-7000-8000-00000000000', false],
    ['0189dcd5-0000-7000-8000-000000000000\n', false],
    ["0189dcd5-0000-7000-8000-000000000000'; drop table", false],
  ])('isUuid(%s) is %s', (text, expected) => {
    expect(isUuid(text)).toBe(expected);
  });

  it('survives a counter that runs over within one millisecond', () => {
    const ids = createIds(fixedClock('2026-11-05T00:00:00Z'), ones);
    const made = Array.from({ length: 10_000 }, () => ids.next());
    expect(new Set(made).size).toBe(made.length);
    expect(made).toEqual(made.toSorted());
    expect(made.every(isUuid)).toBe(true);
  });

  it('property: strictly increasing, however the clock moves, stands or steps back', () => {
    const moves = fc.array(fc.integer({ min: -5000, max: 5000 }), { maxLength: 200 });
    fc.assert(
      fc.property(moves, (steps) => {
        const clock = movableClock('2026-11-05T00:00:00Z');
        const ids = createIds(clock);
        let previous = ids.next();
        for (const step of steps) {
          clock.set(clock.now().add({ milliseconds: step }));
          const id = ids.next();
          expect(id > previous).toBe(true);
          expect(isUuid(id)).toBe(true);
          previous = id;
        }
      }),
    );
  });

  it('two makers at the same instant do not collide', () => {
    const clock = fixedClock('2026-11-05T00:00:00Z');
    const [a, b] = [createIds(clock), createIds(clock)];
    const made = Array.from({ length: 1000 }, () => [a.next(), b.next()]).flat();
    expect(new Set(made).size).toBe(2000);
  });
});
