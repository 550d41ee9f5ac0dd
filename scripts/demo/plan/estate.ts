import { planBangkok } from './bangkok.ts';
import { addMonths, type Day } from './days.ts';
import type { EstatePlan } from './estate.types.ts';
import { planJakarta } from './jakarta.ts';

/** A year and the month that it began in. */
const MONTHS = 12;

/** An organisation with a dormitory and a housing block, as it stands on a day. */
export function planEstate(seed: string, today: Day): EstatePlan {
  const since = `${addMonths(today, -MONTHS).slice(0, 7)}-01`;
  const given = { seed, today, since };
  return {
    ...given,
    organisation: 'Baan Suan Living',
    buildings: [planBangkok(given), planJakarta(given)],
  };
}
