import { readFileSync } from 'node:fs';
import { isUuid } from '../kernel/ids.ts';
import { nameKey } from '../kernel/plain-text.ts';
import type { SitesAtHand } from '../roles/sites.ts';
import type { PlaceKind } from '../sites/index.ts';
import { CommandError, EXIT } from './exit-codes.ts';

interface Named {
  readonly id: string;
  readonly name: string;
  readonly otherName?: string | null;
}

/** As names are compared: a keyboard's kind of digits, and case, are no difference. */
const isCalled = ({ id, name, otherName }: Named, given: string): boolean =>
  id === given ||
  nameKey(name) === nameKey(given) ||
  (otherName != null && nameKey(otherName) === nameKey(given));

/** By id or by its exact name; the only one there is need not be named. */
export async function chooseOrganisation({ sites }: SitesAtHand, given: string | undefined): Promise<string> {
  if (given !== undefined && isUuid(given)) {
    if (await sites.knows(given)) return given;
    throw new CommandError(`there is no organisation ${given}`, EXIT.data);
  }
  return choose(await sites.organisations(), given, 'organisation');
}

export async function chooseBuilding(
  { sites }: SitesAtHand,
  organisation: string,
  given: string | undefined,
  option?: string,
): Promise<string> {
  return choose(await sites.buildings(organisation), given, 'building', option);
}

/** By id or by either of its names; of one building, or of any while the name is there once. */
export async function choosePlace(
  at: SitesAtHand,
  organisation: string,
  given: string,
  only: { readonly building?: string; readonly kind?: PlaceKind; readonly option?: string } = {},
): Promise<string> {
  const building =
    only.building === undefined ? undefined : await chooseBuilding(at, organisation, only.building);
  const places = await at.places.places(organisation, building);
  const fitting = only.kind === undefined ? places : places.filter(({ kind }) => kind === only.kind);
  return choose(fitting, given, only.kind ?? 'place', only.option);
}

/** By id, label or serial number. */
export async function chooseMeter(
  { meters }: SitesAtHand,
  organisation: string,
  given: string,
  option = '--meter',
): Promise<string> {
  const named = (await meters.meters(organisation)).map(({ id, label, serial }) => ({
    id,
    name: label,
    otherName: serial,
  }));
  return choose(named, given, 'meter', option);
}

/** A floor is listed among the places. */
const LISTED: Readonly<Record<string, string>> = { floor: 'place' };

function choose(
  all: readonly Named[],
  given: string | undefined,
  what: string,
  option = `--${what}`,
): string {
  const fitting = given === undefined ? all : all.filter((each) => isCalled(each, given));
  const [first, ...others] = fitting;
  if (first && others.length === 0) return first.id;
  if (given === undefined) {
    const reason = first ? `there are ${all.length}: say which` : `there is none yet: meterline ${what} add`;
    throw new CommandError(`${option} is needed: ${reason}`, EXIT.usage);
  }
  const why = first
    ? `${fitting.length} are called "${given}"; use the id`
    : `there is no ${what} "${given}"`;
  throw new CommandError(`${option}: ${why} (meterline ${LISTED[what] ?? what} list)`, EXIT.data);
}

/** The value itself, or `@file` for what stands in one: PEM has several lines. */
export function valueOrFile(given: string, option: string): string {
  return given.startsWith('@') ? fileOf(given.slice(1), option).toString('utf8') : given;
}

export function fileOf(path: string, option: string, most = 10_000): Buffer {
  try {
    const bytes = readFileSync(path);
    if (bytes.length > most) throw new Error(`it is larger than ${most / 1000} kB`);
    return bytes;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(`${option}: ${path} cannot be read: ${reason}`, EXIT.data);
  }
}
