import {
  GAUGE_UNITS,
  type MeterProfile,
  nearest,
  type ProfileRegister,
  type QuantityUnit,
} from '@meterline/contracts';

type PointClass = 'billing' | 'counter' | 'gauge';

/** By `id@version`. */
export type KnownProfiles = ReadonlyMap<string, MeterProfile>;

const MOST_NAMED = 4;
/** Of what a point without a register may be said to count whole ones. */
const BARE_UNITS = ['Wh', 'varh', 'VAh', 'mL'] as const satisfies readonly QuantityUnit[];

/** What is wrong with the name of a profile, in one line; undefined when the hub knows it. */
export function profileFault(reference: string, profiles: KnownProfiles): string | undefined {
  if (profiles.has(reference)) return undefined;
  const [id = '', version] = reference.split('@');
  const versions = [...profiles.values()]
    .filter((each) => each.id === id)
    .map((each) => `${id}@${each.version}`);
  const unknown = `no profile "${shown(reference)}" is known`;
  if (versions.length > 0)
    return `${version === undefined ? `"${shown(reference)}" lacks its version` : unknown}; there is ${versions.join(', ')}`;
  return `${unknown}; ${
    meant(
      id,
      [...profiles.values()].map((each) => each.id),
      (near) => newest(near, profiles),
    ) ?? 'docs/meters.md lists them'
  }`;
}

/** The same of `profile@version/register`, for a point of a class. */
export function registerFault(
  reference: string,
  type: PointClass,
  profiles: KnownProfiles,
): string | undefined {
  const [model = '', name = '', ...more] = reference.split('/');
  if (name === '' || more.length > 0)
    return `"${shown(reference)}" is not a register, as eastron-sdm120m@1/energy_import_total`;
  const profile = profiles.get(model);
  if (profile === undefined) return profileFault(model, profiles);
  const role = type === 'gauge' ? 'gauge' : 'counter';
  const register = profile.registers.find((each) => each.name === name);
  const fitting = profile.registers.filter((each) => each.role === role).sort(billedFirst);
  const names = fitting.map((each) => each.name);
  if (register === undefined) {
    const near = meant(name, names, (each) => each) ?? `its ${role}s: ${listed(names)}`;
    return `${model} has no register "${shown(name)}"; ${near}`;
  }
  if (register.role === role) return undefined;
  return `${reference} is a ${register.role}, no ${role}, as a point of class ${type} must be; its ${role}s: ${listed(names)}`;
}

/** Does the unit fit what is counted? A register says its own. */
export function unitFault(
  point: { readonly class: PointClass; readonly register: string | null; readonly unit: string | null },
  profiles: KnownProfiles,
): string | undefined {
  const { class: type, register, unit } = point;
  if (unit === null) return undefined;
  const own = register === null ? undefined : unitOf(register, profiles);
  if (own !== undefined)
    return own === unit ? undefined : `${register} counts ${own}, not "${shown(unit)}"; leave the unit out`;
  const units: readonly string[] = type === 'gauge' ? Object.keys(GAUGE_UNITS) : BARE_UNITS;
  if (units.includes(unit)) return undefined;
  return `the unit of such a point must be ${units.join(', ')}; "${shown(unit)}" is not`;
}

function unitOf(reference: string, profiles: KnownProfiles): string | undefined {
  const [model = '', name] = reference.split('/');
  const register = profiles.get(model)?.registers.find((each) => each.name === name);
  return register?.role === 'counter' || register?.role === 'gauge' ? register.unit : undefined;
}

/** `did you mean …?`: what contains the word, or is a slip of the finger away. */
function meant(
  word: string,
  known: readonly string[],
  written: (name: string) => string,
): string | undefined {
  const wanted = word.toLowerCase();
  const slip = nearest(wanted, known);
  const holding = wanted.length < 3 ? [] : known.filter((each) => each.includes(wanted));
  const names = [...new Set([...(slip === undefined ? [] : [slip]), ...holding])].slice(0, MOST_NAMED);
  return names.length === 0 ? undefined : `did you mean ${names.map(written).join(', ')}?`;
}

const newest = (id: string, profiles: KnownProfiles): string => {
  const versions = [...profiles.values()].filter((each) => each.id === id).map((each) => each.version);
  return `${id}@${Math.max(...versions)}`;
};

const billedFirst = (a: ProfileRegister, b: ProfileRegister): number =>
  Number(isBilled(b)) - Number(isBilled(a));
const isBilled = (register: ProfileRegister): boolean =>
  register.role === 'counter' && register.billing === true;

const listed = (names: readonly string[]): string =>
  names.length > MOST_NAMED ? `${names.slice(0, MOST_NAMED).join(', ')} …` : names.join(', ') || 'none';

const shown = (text: string): string => text.slice(0, 60);
