/** What a place is made of, as far as its kind lets it have it. */
export interface PlaceShape {
  readonly kind: 'floor' | 'room' | 'common';
  readonly parent: string | null;
  readonly level: number | null;
  readonly areaM2: string | null;
  readonly capacity: number | null;
}

const MAX_AREA = 99_999_999;

/** What is wrong with it, and what to do; undefined when nothing is. */
export function placeFault(place: PlaceShape): string | undefined {
  if (place.kind === 'floor') {
    if (place.parent !== null) return 'a floor belongs to its building and stands on no other floor';
    if (place.areaM2 !== null || place.capacity !== null)
      return 'a floor has no area or capacity of its own; its rooms have';
  }
  if (place.level !== null && place.kind !== 'floor')
    return 'only a floor has a level; a room has that of its floor';
  if (place.level !== null && !(Number.isInteger(place.level) && place.level >= -20 && place.level <= 200))
    return `the level of a floor is a whole number from -20 to 200, 0 is the ground; ${place.level} is not`;
  if (
    place.capacity !== null &&
    !(Number.isInteger(place.capacity) && place.capacity >= 1 && place.capacity <= 1000)
  )
    return `as many as 1 to 1000 people may live in a place; ${place.capacity} is not such a number`;
  return place.areaM2 === null ? undefined : areaFault(place.areaM2);
}

/** Square metres to the hundredth. A comma would be a thousand here and a tenth there, so that it is refused. */
function areaFault(text: string): string | undefined {
  const fits = /^\d{1,8}(\.\d{1,2})?$/.test(text) && Number(text) > 0 && Number(text) <= MAX_AREA;
  return fits
    ? undefined
    : `the area is in square metres with a point and two digits at most, as 24.50; "${text.slice(0, 20)}" is not`;
}
