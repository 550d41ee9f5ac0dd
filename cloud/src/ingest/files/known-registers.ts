import { parseRatio } from '@meterline/contracts';
import type { Profiles } from '../domain/decode-check.ts';
import type { Register } from './domain/amount.ts';
import type { KnownPoint } from './domain/directory.ts';
import type { Medium } from './domain/mapping.ts';

/** Base units, of which a point without a register may be said to count whole ones. */
const MEDIUM_OF: Readonly<Record<string, Medium>> = {
  Wh: 'electricity',
  varh: 'electricity',
  VAh: 'electricity',
  mL: 'water',
};

export type RegisterFacts = Pick<KnownPoint, 'counts' | 'register' | 'medium' | 'isBilled'>;

/** What the profile says of `profile@version/register`; of a meter that people read, what its point's unit says. */
export function registerFacts(
  { register, unit }: { readonly register: string | null; readonly unit: string | null },
  profiles: Profiles,
): RegisterFacts {
  if (register === null) {
    const medium = MEDIUM_OF[unit ?? ''];
    return { isBilled: false, ...(unit && medium && { medium, counts: { unit, num: 1n, den: 1n } }) };
  }
  const [reference = '', name = ''] = register.split('/');
  const profile = profiles.get(reference);
  const cell = profile?.registers.find((each) => each.name === name);
  if (!profile || cell?.role !== 'counter') return { isBilled: false, register: name };
  const { num, den } = parseRatio(cell.worth);
  const counts: Register = { unit: cell.unit, num, den };
  const medium = profile.medium === 'pulses' ? MEDIUM_OF[cell.unit] : profile.medium;
  return { counts, register: name, isBilled: cell.billing === true, ...(medium && { medium }) };
}
