import { readFileSync } from 'node:fs';
import { isUuid } from '../kernel/ids.ts';
import type { SitesAtHand } from '../roles/sites.ts';
import { CommandError, EXIT } from './exit-codes.ts';

interface Named {
  readonly id: string;
  readonly name: string;
}

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
): Promise<string> {
  return choose(await sites.buildings(organisation), given, 'building');
}

function choose(all: readonly Named[], given: string | undefined, what: string): string {
  const fitting = given === undefined ? all : all.filter(({ id, name }) => id === given || name === given);
  const [first, ...others] = fitting;
  if (first && others.length === 0) return first.id;
  if (given === undefined) {
    const reason = first ? `there are ${all.length}: say which` : `there is none yet: meterline ${what} add`;
    throw new CommandError(`--${what} is needed: ${reason}`, EXIT.usage);
  }
  const why = first
    ? `${fitting.length} are called "${given}"; use the id`
    : `there is no ${what} "${given}"`;
  throw new CommandError(`--${what}: ${why} (meterline ${what} list)`, EXIT.data);
}

/** The value itself, or `@file` for what stands in one: PEM has several lines. */
export function valueOrFile(given: string, option: string): string {
  return given.startsWith('@') ? fileOf(given.slice(1), option).toString('utf8') : given;
}

export function fileOf(path: string, option: string): Buffer {
  try {
    const bytes = readFileSync(path);
    if (bytes.length > 10_000) throw new Error('it is larger than 10 kB');
    return bytes;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(`${option}: ${path} cannot be read: ${reason}`, EXIT.data);
  }
}
