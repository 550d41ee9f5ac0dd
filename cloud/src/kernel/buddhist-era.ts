import { kernelError } from './errors.ts';

/** Thai documents count years from the Buddha's passing: 2026 is 2569 B.E. */
const OFFSET = 543;

/**
 * Since 1941 both years begin on 1 January. Before, the Thai year began on 1 April, and the year alone does not
 * say which western year is meant: refused rather than guessed.
 */
const FIRST_YEAR = 1941;
const LAST_YEAR = 9999 - OFFSET;

export function toBuddhistYear(year: number): number {
  return checked(year, year) + OFFSET;
}

export function fromBuddhistYear(buddhistYear: number): number {
  return checked(buddhistYear - OFFSET, buddhistYear);
}

function checked(year: number, given: number): number {
  if (!Number.isInteger(year) || year < FIRST_YEAR || year > LAST_YEAR) {
    throw kernelError('year_invalid', { message: `${given} cannot be converted`, details: { year: given } });
  }
  return year;
}
