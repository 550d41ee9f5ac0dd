import { describe, expect, it } from 'vitest';
import { Openings } from './openings.ts';

const said = (point: string, at: number, opening = true) => ({ point, at, opening });

describe('the opening of a meter', () => {
  it('is the earliest of those that are said to be, in whatever order they come', () => {
    const readings = [said('a', 3), said('a', 1), said('b', 2), said('a', 2), said('c', 1, false)];
    const openings = new Openings();
    for (const reading of readings) openings.add(reading);
    expect(readings.map((each) => openings.settled(each).opening)).toEqual([false, true, true, false, false]);
    expect(openings.others).toBe(2);
  });

  it('is one, though it stands on two lines', () => {
    const openings = new Openings();
    for (const reading of [said('a', 1), said('a', 1)]) openings.add(reading);
    expect(openings.others).toBe(0);
  });
});
