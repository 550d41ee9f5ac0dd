import { ppmOfClass } from './domain/accuracy.ts';
import { type KnownProfiles, profileFault } from './domain/known-register.ts';
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
  /** Its class as it stands on it: `1`, `0.5S`, `B`; left out: as its profile says. */
  readonly accuracy?: Maybe;
}

/** What is left out stays; `null` takes it away. */
export interface ChangeMeter
  extends Pick<AddMeter, 'profile' | 'serial' | 'parent' | 'measures' | 'accuracy'> {
  readonly label?: string | undefined;
  readonly role?: string | undefined;
  readonly version?: number | undefined;
}

/** Asked for only when a profile is named. */
type Known = () => KnownProfiles;

export function addedMeter(given: AddMeter, nextId: () => string, known: Known): Meter {
  return {
    id: given.id === undefined ? nextId() : id7Of(given.id, 'meters'),
    building: idOf(given.building, 'a building'),
    profile: profileOf(given.profile, known),
    serial: serialOf(given.serial),
    role: roleOf(given.role),
    label: labelOf(given.label),
    parent: optionalId(given.parent, 'a meter'),
    measures: measuresOf(given.measures),
    accuracyPpm: accuracyOf(given.accuracy),
    version: 1,
  };
}

export function changedMeter(before: Meter, given: ChangeMeter, known: Known): Meter {
  return {
    ...before,
    ...(given.profile !== undefined && { profile: profileOf(given.profile, known) }),
    ...(given.serial !== undefined && { serial: serialOf(given.serial) }),
    ...(given.role !== undefined && { role: roleOf(given.role) }),
    ...(given.label !== undefined && { label: labelOf(given.label) }),
    ...(given.parent !== undefined && { parent: optionalId(given.parent, 'a meter') }),
    ...(given.measures !== undefined && { measures: measuresOf(given.measures) }),
    ...(given.accuracy !== undefined && { accuracyPpm: accuracyOf(given.accuracy) }),
  };
}

const labelOf = (text: string) => nameOf(text, 'the label of a meter', 80);
const roleOf = (text: string) => oneOf(METER_ROLES, text, 'the role of a meter');
const serialOf = (text: Maybe) => optionalName(text, 'the serial number of a meter', 64);
const measuresOf = (text: Maybe) => (text == null ? null : oneOf(MEASURES, text, 'what a meter measures'));

function profileOf(text: Maybe, known: Known): string | null {
  if (text == null) return null;
  const fault = profileFault(text, known());
  if (fault !== undefined) throw invalid(fault);
  return text;
}

function accuracyOf(text: Maybe): number | null {
  if (text == null) return null;
  const ppm = ppmOfClass(text);
  if (ppm !== undefined) return ppm;
  throw invalid(
    `"${text.slice(0, 20)}" is no class of accuracy; write it as on the meter: 0.5S, 1, 2 or A, B, C`,
  );
}
