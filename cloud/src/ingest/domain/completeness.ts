import { localDay } from '../../kernel/period.ts';

export interface BilledPoint {
  readonly no: number;
  readonly meter: string;
  readonly label: string;
  readonly zone: string;
  /** UTC in ms: from when to when it is read. */
  readonly since: number;
  readonly until: number | null;
  /** Read by a system: then it should have every quarter hour. What people read has no rhythm that the hub knows. */
  readonly automatic: boolean;
}

export interface DayOfMeter {
  readonly meter: string;
  readonly label: string;
  readonly day: string;
  readonly rhythm: 'quarters' | 'by-hand';
  /** Quarter hours that its points should have, and have. */
  readonly expected: number;
  readonly present: number;
  /** In ten thousandths; null when none was expected, as of a meter that is read by hand. */
  readonly share: number | null;
}

const QUARTER_MS = 900_000;

/** Quarter hours in [from, to): instants that are a multiple of 15 minutes. */
function quartersIn(from: number, to: number): number {
  return Math.max(0, Math.ceil(to / QUARTER_MS) - Math.ceil(from / QUARTER_MS));
}

/**
 * A day of a meter against the quarter hours that its points should have, those that a system reads: from when they were installed (or first
 * seen) to when they were taken out, and not beyond `now`.
 */
export function completenessOf(
  points: readonly BilledPoint[],
  present: ReadonlyMap<string, number>,
  /** ISO 8601. */
  days: readonly string[],
  now: number,
): DayOfMeter[] {
  const rows = new Map<string, Omit<DayOfMeter, 'share'>>();
  const systems = new Set(points.flatMap(({ automatic, meter }) => (automatic ? [meter] : [])));
  for (const { no, meter, label, zone, since, until, automatic } of points) {
    const rhythm = systems.has(meter) ? 'quarters' : 'by-hand';
    // A register that people read beside those of the system: it is missing nothing.
    if (rhythm === 'quarters' && !automatic) continue;
    for (const day of days) {
      const { start, end } = localDay(day, zone);
      const from = Math.max(start.epochMilliseconds, since);
      const to = Math.min(end.epochMilliseconds, until ?? now, now);
      const key = `${meter} ${day}`;
      const row = rows.get(key) ?? { meter, label, day, rhythm, expected: 0, present: 0 };
      rows.set(key, {
        ...row,
        expected: row.expected + (automatic ? quartersIn(from, to) : 0),
        present: row.present + (present.get(presentKey(no, day)) ?? 0),
      });
    }
  }
  return [...rows.values()].map((row) => ({ ...row, share: shareOf(row) }));
}

export const presentKey = (point: number, day: string): string => `${point} ${day}`;

/** Rounded down: only what is whole is called so. What came before a point was known does not make up for a hole. */
const shareOf = ({ expected, present }: { expected: number; present: number }): number | null =>
  expected === 0 ? null : Math.floor((Math.min(present, expected) * 10_000) / expected);
