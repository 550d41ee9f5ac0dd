import { describe, expect, test } from 'vitest';
import { type PlaceShape, placeFault } from './place-rules.ts';

const room: PlaceShape = { kind: 'room', parent: null, level: null, areaM2: null, capacity: null };
const floor: PlaceShape = { ...room, kind: 'floor' };

test.each<[string, PlaceShape]>([
  ['a room on no floor', room],
  ['a room with everything', { ...room, parent: 'f', areaM2: '24.50', capacity: 2 }],
  ['a common area', { ...room, kind: 'common', areaM2: '0.01' }],
  ['a basement', { ...floor, level: -2 }],
  ['the ground', { ...floor, level: 0 }],
])('%s is right', (_what, place) => expect(placeFault(place)).toBeUndefined());

describe('is refused:', () => {
  test.each<[string, PlaceShape, RegExp]>([
    ['a floor on a floor', { ...floor, parent: 'f' }, /stands on no other floor/],
    ['a floor with an area', { ...floor, areaM2: '10' }, /its rooms have/],
    ['a room with a level', { ...room, level: 1 }, /only a floor has a level/],
    ['half a level', { ...floor, level: 1.5 }, /whole number from -20 to 200.*1\.5 is not/],
    ['too high', { ...floor, level: 201 }, /201 is not/],
    ['nobody may live there', { ...room, capacity: 0 }, /1 to 1000 people/],
    ['a comma', { ...room, areaM2: '24,5' }, /with a point.*"24,5" is not/],
    ['three digits', { ...room, areaM2: '24.505' }, /two digits at most/],
    ['nothing', { ...room, areaM2: '0' }, /"0" is not/],
    ['less than nothing', { ...room, areaM2: '-5' }, /"-5" is not/],
  ])('%s', (_what, place, message) => expect(placeFault(place)).toMatch(message));
});
