import type { MeterProfile } from '@meterline/contracts';

interface Register {
  /** `profile@version/register` */
  readonly register: string | null;
  readonly unit: string | null;
}

/** What is measured first where a meter counts several things. */
const UNITS: readonly string[] = ['Wh', 'mL', 'VAh', 'varh', 'pulse'];

/** The unit by which a main meter is compared with what it sums. */
export const comparedUnit = (registers: readonly Register[]): string | null =>
  UNITS.find((unit) => registers.some((each) => each.unit === unit)) ?? null;

/**
 * The registers whose sum a meter has measured: those that its profile bills on. A model that counts by tariff and keeps
 * no total bills on each of them; what flowed back and the parts of a total are not billed on, and are no part of it. Of a
 * meter whose registers no profile knows, all are.
 */
export function summedRegisters<T extends Register>(
  registers: readonly T[],
  unit: string | null,
  profiles: ReadonlyMap<string, MeterProfile>,
): readonly T[] {
  const counting = registers.filter((each) => each.unit === unit);
  const known = counting.filter((each) => isBilled(each, profiles) !== undefined);
  return known.length === 0 ? counting : known.filter((each) => isBilled(each, profiles));
}

function isBilled({ register }: Register, profiles: ReadonlyMap<string, MeterProfile>): boolean | undefined {
  const [model = '', name] = register?.split('/') ?? [];
  const found = profiles.get(model)?.registers.find((each) => each.name === name);
  return found?.role === 'counter' ? found.billing === true : undefined;
}
