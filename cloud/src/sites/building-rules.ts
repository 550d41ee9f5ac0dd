import type { Temporal } from 'temporal-polyfill';
import { CURRENCY_EXPONENTS, type Currency, isCurrency } from '../kernel/money.ts';
import type { Building } from './sites.types.ts';
import { invalid, nameOf, optionalName, zoneOf } from './text-rules.ts';

export interface AddBuilding {
  readonly name: string;
  readonly zone: string;
  readonly otherName?: string | null | undefined;
  readonly address?: string | null | undefined;
  readonly currency?: string | undefined;
  readonly cycleDay?: number | undefined;
}

/** What is left out stays; `null` takes it away. */
export interface ChangeBuilding {
  readonly name?: string | undefined;
  readonly otherName?: string | null | undefined;
  readonly address?: string | null | undefined;
  readonly currency?: string | undefined;
  readonly cycleDay?: number | undefined;
  readonly version?: number | undefined;
}

/** Bills are cut at the first of the month unless somebody says otherwise. */
const FIRST = 1;

export function addedBuilding(
  given: AddBuilding,
  id: string,
  createdAt: Temporal.Instant,
): Omit<Building, 'version'> {
  return {
    id,
    name: buildingName(given.name),
    otherName: otherName(given.otherName),
    zone: zoneOf(given.zone),
    address: addressOf(given.address),
    currency: currencyOf(given.currency ?? 'THB'),
    cycleDay: cycleDayOf(given.cycleDay ?? FIRST),
    createdAt,
  };
}

export function changedBuilding(before: Building, given: ChangeBuilding): Building {
  return {
    ...before,
    ...(given.name !== undefined && { name: buildingName(given.name) }),
    ...(given.otherName !== undefined && { otherName: otherName(given.otherName) }),
    ...(given.address !== undefined && { address: addressOf(given.address) }),
    ...(given.currency !== undefined && { currency: currencyOf(given.currency) }),
    ...(given.cycleDay !== undefined && { cycleDay: cycleDayOf(given.cycleDay) }),
  };
}

const buildingName = (text: string): string => nameOf(text, 'the name of a building');
const otherName = (text: string | null | undefined) =>
  optionalName(text, 'the other name of a building', 120);
const addressOf = (text: string | null | undefined) => optionalName(text, 'the address of a building', 500);

function currencyOf(text: string): Currency {
  if (isCurrency(text)) return text;
  const known = Object.keys(CURRENCY_EXPONENTS).join(', ');
  throw invalid(`the currency of a building must be ${known}; "${text.slice(0, 10)}" is not`);
}

function cycleDayOf(day: number): number {
  if (Number.isInteger(day) && day >= 1 && day <= 31) return day;
  throw invalid(`a billing cycle begins on a day from 1 to 31; ${day} is not one`);
}
