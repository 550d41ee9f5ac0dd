import { plain } from '../../kernel/tables/cell.ts';
import { readNumber } from '../../kernel/tables/number.ts';
import type { Profiles } from '../domain/decode-check.ts';
import { toCount } from '../files/domain/amount.ts';
import { registerFacts } from '../files/known-registers.ts';
import type { RegisterEpoch } from './domain/register-epoch.ts';
import { manualError } from './manual.errors.ts';
import type { PointRow } from './manual.store.ts';

/** As it stands on the display, `1234.5` in `kWh`, or as the register counts it. */
export interface WrittenReading {
  readonly value?: string | undefined;
  readonly unit?: string | undefined;
  readonly count?: string | undefined;
}

const WHAT: Readonly<Record<string, string>> = {
  number_unreadable: 'is no number; write it as 1234.5',
  number_negative: 'is below zero; a counter begins at zero',
  unit_unknown: 'has an unknown unit; use kWh, Wh, m³, L or count',
  unit_mismatch: 'has a unit that does not fit what the register counts',
  finer_than_register: 'is finer than the register counts; give the digits of the display',
  count_too_large: 'is larger than any register',
};

/** The register's own count, exactly. */
export function countOf(
  written: WrittenReading,
  point: PointRow,
  profiles: Profiles,
  epoch?: Pick<RegisterEpoch, 'unit' | 'num' | 'den' | 'register'>,
): bigint {
  if (point.class === 'gauge') {
    throw manualError('reading_invalid', {
      message: 'the point is a gauge; only counters are entered by hand',
    });
  }
  const { value, unit = 'หน่วย', count } = written;
  const isCount = count !== undefined;
  if (isCount === (value !== undefined)) {
    throw manualError('reading_invalid', { message: 'say either count, or value and unit' });
  }
  const text = plain(count ?? value ?? '');
  // A display shows what the model counts; where no model is known, a count is worth what was declared.
  const register = epoch?.register ?? point.register;
  const known = registerFacts({ ...point, register }, profiles).counts;
  const counts = register === null ? (epoch ?? known) : (known ?? epoch);
  if (counts === undefined && !isCount) {
    throw manualError('reading_invalid', {
      message:
        'the hub does not know what this point counts: say its register or unit first, or give its count',
    });
  }
  const amount = readNumber(text, '.');
  const result = amount.ok
    ? toCount(amount.value, isCount ? 'count' : unit, counts ?? { unit: '', num: 1n, den: 1n })
    : amount;
  if (result.ok) return result.value;
  throw manualError('reading_invalid', { message: `"${text.slice(0, 40)}" ${WHAT[result.error]}` });
}

/** Counts that can pass in an hour by the rating of the model, as a fraction. */
export function mostPerHour(point: PointRow, profiles: Profiles): { num: bigint; den: bigint } | undefined {
  const rating = profiles.get(point.register?.split('/')[0] ?? '')?.rating;
  const { counts } = registerFacts(point, profiles);
  if (!rating || !counts) return undefined;
  const most =
    counts.unit === 'Wh'
      ? rating.maxPowerW
      : counts.unit === 'mL'
        ? (rating.maxFlowLitresPerHour ?? 0) * 1_000
        : 0;
  return most ? { num: BigInt(most) * counts.den, den: counts.num } : undefined;
}
