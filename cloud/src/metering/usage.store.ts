import type { Extent } from '../identity/index.ts';
import type { Transaction } from '../platform/db/index.ts';
import { localDays } from './domain/days.ts';
import { HOUR_MS, type Hour, hourFloor } from './domain/hours.ts';
import { QUARTER_MS } from './domain/quarters.ts';
import type { Amount, Stretch } from './domain/series.ts';
import { timeText } from './times.ts';
import * as sql from './usage.sql.ts';
import type { SelectedPoint, Subject, SummedPoint } from './usage.types.ts';

type Row<T> = T & Record<string, unknown>;
type Ranged = Pick<SelectedPoint, 'no' | 'from' | 'to'>;

const OF_ALL = {
  select: { point: sql.POINT_SQL, meter: sql.METER_SQL, place: sql.PLACE_SQL },
  hours: sql.HOURS_SQL,
} as const;
const OF_OWN = {
  select: { point: sql.OWN_POINT_SQL, meter: sql.OWN_METER_SQL, place: sql.OWN_PLACE_SQL },
  hours: sql.OWN_HOURS_SQL,
} as const;
type Statements = typeof OF_ALL | typeof OF_OWN;

const allUsage = (tx: Transaction): UsageStore => new UsageStore(tx, OF_ALL);
const ownUsage = (tx: Transaction): UsageStore => new UsageStore(tx, OF_OWN);

/** To be bound: `tx.bind(usageStore(extent))`. Of one's own it gives each point for the windows of one's leases. */
export const usageStore = (extent: Extent = 'all') => (extent === 'own' ? ownUsage : allUsage);

/** What was used, as it stands: never worked out while somebody waits for a chart. */
export class UsageStore {
  readonly #tx: Transaction;
  readonly #statements: Statements;

  constructor(tx: Transaction, statements: Statements) {
    this.#tx = tx;
    this.#statements = statements;
  }

  async select({ kind, id }: Subject): Promise<readonly SelectedPoint[]> {
    const { rows } = await this.#tx.query<Row<SelectedPoint>>(this.#statements.select[kind], [
      this.#tx.organisation,
      id,
    ]);
    return rows;
  }

  /** A main meter and those that it measures as well. */
  async withSubMeters(meter: string): Promise<readonly SummedPoint[]> {
    return (await this.#tx.query<Row<SummedPoint>>(sql.SUBMETERS_SQL, [this.#tx.organisation, meter])).rows;
  }

  async hours(points: readonly Ranged[]): Promise<readonly (Hour & { readonly point: number })[]> {
    const asked = apart(points);
    const { rows } = await this.#tx.query<Row<Hour & { readonly point: number }>>(this.#statements.hours, [
      asked.map(({ no }) => no),
      asked.map(({ from }) => timeText(from)),
      asked.map(({ to }) => timeText(to)),
    ]);
    return rows;
  }

  /** Quarter by quarter, each point only while it counts. */
  async quarters(points: readonly Ranged[]): Promise<readonly Amount[]> {
    const rangesOf = Map.groupBy(points, ({ no }) => no);
    const hours = await this.hours(points.filter(({ from, to }) => from < to));
    return hours.flatMap((hour) => quartersOf(hour, rangesOf.get(hour.point) ?? []));
  }

  /** Day by day; those in which a point began or ended to count are made of quarters. */
  async days(points: readonly Ranged[], zone: string): Promise<readonly Amount[]> {
    const whole: { no: number; from: string; to: string }[] = [];
    const parts: Ranged[] = [];
    const begins = new Map<string, Stretch>();
    for (const { no, from, to } of points) {
      const days = localDays(from, to, zone);
      for (const day of days) begins.set(day.date, day);
      const full = days.filter((day) => day.from >= from && day.to <= to);
      const [first, last] = [full[0], full.at(-1)];
      if (first && last) whole.push({ no, from: first.date, to: last.date });
      parts.push(
        ...days.filter((day) => day.from < from || day.to > to).map((day) => cut(day, { no, from, to })),
      );
    }
    const { rows } = await this.#tx.query<
      Row<{ date: string; quantity: string; estimated: string; complete: number }>
    >(sql.DAYS_SQL, [
      whole.map(({ no }) => no),
      whole.map(({ from }) => from),
      whole.map(({ to }) => nextDate(to)),
    ]);
    const amounts = rows.flatMap(({ date, quantity, estimated, complete }): Amount[] => {
      const day = begins.get(date);
      return day
        ? [{ ...day, quantity: BigInt(quantity), estimated: BigInt(estimated), complete, known: true }]
        : [];
    });
    if (parts.length === 0) return amounts;
    return [...amounts, ...(await this.quarters(parts))].sort((a, b) => a.from - b.from);
  }
}

/** Whole hours, none of them twice: two ranges of a point may begin and end within one hour. */
function apart(points: readonly Ranged[]): readonly Ranged[] {
  const ranges: { no: number; from: number; to: number }[] = [];
  const ascending = points.toSorted((a, b) => a.no - b.no || a.from - b.from);
  for (const { no, from, to } of ascending) {
    const last = ranges.at(-1);
    const [begin, end] = [hourFloor(from), hourCeiling(to)];
    if (last?.no === no && begin <= last.to) last.to = Math.max(last.to, end);
    else ranges.push({ no, from: begin, to: end });
  }
  return ranges;
}

const hourCeiling = (at: number): number => Math.ceil(at / HOUR_MS) * HOUR_MS;

const cut = (day: Stretch, { no, from, to }: Ranged): Ranged => ({
  no,
  from: Math.max(day.from, from),
  to: Math.min(day.to, to),
});

const nextDate = (date: string): string =>
  new Date(Date.parse(`${date}T00:00:00Z`) + 24 * HOUR_MS).toISOString().slice(0, 10);

function quartersOf(hour: Hour, ranges: readonly Stretch[]): readonly Amount[] {
  const amounts: Amount[] = [];
  for (let place = 0; place < 4; place += 1) {
    const quantity = hour.quantity[place];
    const at = hour.at + place * QUARTER_MS;
    if (quantity === null || quantity === undefined) continue;
    if (!ranges.some(({ from, to }) => at >= from && at < to)) continue;
    amounts.push({
      from: at,
      to: at + QUARTER_MS,
      quantity,
      estimated: hour.estimated[place] ?? 0n,
      complete: (hour.complete >> place) & 1,
      known: true,
    });
  }
  return amounts;
}
