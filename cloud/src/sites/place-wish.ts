import { placeFault } from './domain/place-rules.ts';
import type { Place } from './sites.types.ts';
import { idOf, invalid, nameOf, optionalId, optionalName } from './text-rules.ts';

/** `null` or left out: not known, or none. */
export interface AddPlace {
  readonly building: string;
  readonly name: string;
  readonly kind: string;
  readonly parent?: string | null | undefined;
  readonly otherName?: string | null | undefined;
  readonly level?: number | null | undefined;
  readonly areaM2?: string | null | undefined;
  readonly capacity?: number | null | undefined;
}

/** What is left out stays; `null` takes it away. */
export interface ChangePlace extends Omit<AddPlace, 'building' | 'kind' | 'name'> {
  readonly name?: string | undefined;
  readonly version?: number | undefined;
}

export const OPTIONAL = ['parent', 'otherName', 'level', 'areaM2', 'capacity'] as const;

/** Before anything is said of it. */
export const NO_PLACE: Place = {
  id: '',
  building: '',
  parent: null,
  name: '',
  otherName: null,
  kind: 'room',
  level: null,
  areaM2: null,
  capacity: null,
  state: 'in-use',
  version: 1,
};

type Wanted = ChangePlace & {
  readonly id?: string;
  readonly building?: string;
  readonly kind?: Place['kind'];
};

/** The place as it is wanted, or what is wrong with it. */
export function wantedPlace(before: Place, given: Wanted): Place {
  const { name, otherName, parent, level, areaM2, capacity } = given;
  const place: Place = {
    ...before,
    ...(given.id !== undefined && { id: given.id }),
    ...(given.kind !== undefined && { kind: given.kind }),
    ...(given.building !== undefined && { building: idOf(given.building, 'a building') }),
    ...(name !== undefined && { name: nameOf(name, 'the name of a place') }),
    ...(otherName !== undefined && {
      otherName: optionalName(otherName, 'the other name of a place', 120),
    }),
    ...(parent !== undefined && { parent: optionalId(parent, 'a floor') }),
    ...(level !== undefined && { level }),
    ...(areaM2 !== undefined && { areaM2: squareMetres(areaM2) }),
    ...(capacity !== undefined && { capacity }),
  };
  const fault = placeFault(place);
  if (fault !== undefined) throw invalid(fault);
  return place;
}

/** As the database writes it, so that the same area is no change. */
const squareMetres = (text: string | null): string | null =>
  text !== null && /^\d{1,8}(\.\d{1,2})?$/.test(text) ? Number(text).toFixed(2) : text;
