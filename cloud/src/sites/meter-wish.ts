import { MEASURES, METER_ROLES, type Meter } from './sites.types.ts';
import { id7Of, idOf, invalid, nameOf, oneOf, optionalId, optionalName } from './text-rules.ts';

/** `null` or left out: not known, or none. */
type Maybe = string | null | undefined;

export interface AddMeter {
  readonly id?: string | undefined;
  readonly building: string;
  readonly label: string;
  readonly role: string;
  readonly profile?: Maybe;
  readonly serial?: Maybe;
  readonly parent?: Maybe;
  /** Left out: as its main meter does. */
  readonly measures?: Maybe;
}

/** What is left out stays; `null` takes it away. */
export interface ChangeMeter extends Pick<AddMeter, 'profile' | 'serial' | 'parent' | 'measures'> {
  readonly label?: string | undefined;
  readonly role?: string | undefined;
  readonly version?: number | undefined;
}

export function addedMeter(given: AddMeter, nextId: () => string): Meter {
  return {
    id: given.id === undefined ? nextId() : id7Of(given.id, 'meters'),
    building: idOf(given.building, 'a building'),
    profile: profileOf(given.profile),
    serial: serialOf(given.serial),
    role: roleOf(given.role),
    label: labelOf(given.label),
    parent: optionalId(given.parent, 'a meter'),
    measures: measuresOf(given.measures),
    version: 1,
  };
}

export function changedMeter(before: Meter, given: ChangeMeter): Meter {
  return {
    ...before,
    ...(given.profile !== undefined && { profile: profileOf(given.profile) }),
    ...(given.serial !== undefined && { serial: serialOf(given.serial) }),
    ...(given.role !== undefined && { role: roleOf(given.role) }),
    ...(given.label !== undefined && { label: labelOf(given.label) }),
    ...(given.parent !== undefined && { parent: optionalId(given.parent, 'a meter') }),
    ...(given.measures !== undefined && { measures: measuresOf(given.measures) }),
  };
}

const labelOf = (text: string) => nameOf(text, 'the label of a meter', 80);
const roleOf = (text: string) => oneOf(METER_ROLES, text, 'the role of a meter');
const serialOf = (text: Maybe) => optionalName(text, 'the serial number of a meter', 64);
const measuresOf = (text: Maybe) => (text == null ? null : oneOf(MEASURES, text, 'what a meter measures'));

const PROFILE = /^[a-z0-9]+(-[a-z0-9]+)*@[1-9][0-9]{0,5}$/;

function profileOf(text: Maybe): string | null {
  if (text == null || PROFILE.test(text)) return text ?? null;
  throw invalid(`"${text.slice(0, 60)}" is not the name of a profile with its version, as eastron-sdm120m@1`);
}
