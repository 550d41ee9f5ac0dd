import { z } from 'zod';
import { type ReadingsHead, recordCount } from './head.ts';
import { type PointId, pointId } from './ids.ts';
import { LIMITS } from './limits.ts';
import { type QualityMark, qualityMark } from './quality.ts';
import { count, isEpochMs, isMonotonicMs, rawWords } from './scalars.ts';
import { gaugeUnit } from './units.ts';

/** `profile@version/register`: whose decoding gave the count. */
export const registerRef = z
  .string()
  .max(120)
  .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*@[1-9][0-9]{0,5}\/[a-z][a-z0-9_]*$/);

const rows = <T extends z.ZodType>(item: T) => z.array(item).min(1).max(LIMITS.readingsPerBatch);
const perPoint = <T extends z.ZodType>(item: T) => z.array(item).min(1).max(LIMITS.pointsPerBatch);

const columns = {
  points: perPoint(pointId),
  /** Index into `points`, one a row. */
  p: rows(
    z
      .int()
      .min(0)
      .max(LIMITS.pointsPerBatch - 1),
  ),
  /** Row 0: the time; every other row: the difference to the row before. */
  t: rows(z.int()),
  quality: z.array(qualityMark).min(1).max(LIMITS.readingsPerBatch).optional(),
};

/** Fixed-point whole numbers in the unit of the point; null where the meter had no value. */
export const gaugeColumns = z.strictObject({
  ...columns,
  units: perPoint(gaugeUnit),
  v: rows(z.int().nullable()),
});

/** The meter's own integers. */
export const counterColumns = z.strictObject({ ...columns, v: rows(count.nullable()) });

/** Counts with the words they were decoded from. */
export const billingColumns = z.strictObject({
  ...columns,
  registers: perPoint(registerRef),
  v: rows(count.nullable()),
  raw: rows(rawWords),
});

export const COLUMNS = { gauge: gaugeColumns, counter: counterColumns, billing: billingColumns } as const;
export type GaugeColumns = z.infer<typeof gaugeColumns>;
export type CounterColumns = z.infer<typeof counterColumns>;
export type BillingColumns = z.infer<typeof billingColumns>;
export type Columns = GaugeColumns | CounterColumns | BillingColumns;

/**
 * Row times: UTC ms, or ms since the boot began when the clock of the batch is bounded.
 * Undefined when a sum leaves what a time can be.
 */
export function timesOf(
  { clock }: Pick<ReadingsHead, 'clock'>,
  { t }: Pick<Columns, 't'>,
): number[] | undefined {
  const valid = clock.state === 'synced' ? isEpochMs : isMonotonicMs;
  const times = new Array<number>(t.length);
  let time = 0;
  for (let i = 0; i < t.length; i += 1) {
    time += t[i] ?? 0;
    if (!valid(time)) return undefined;
    times[i] = time;
  }
  return times;
}

/** What the shape cannot say: columns of one length, indexes that point somewhere, marks in order. */
export function columnsFault(head: ReadingsHead, body: Columns): string | undefined {
  const expected = recordCount(head);
  const lengths = { p: body.p, t: body.t, v: body.v, ...('raw' in body ? { raw: body.raw } : {}) };
  for (const [name, column] of Object.entries(lengths)) {
    if (column.length !== expected) return `${name} has ${column.length} rows, the head says ${expected}`;
  }
  const { length } = body.points;
  if ('units' in body && body.units.length !== length) return 'units is not as long as points';
  if ('registers' in body && body.registers.length !== length) return 'registers is not as long as points';
  if (new Set(body.points).size !== length) return 'points names a point twice';
  if (body.p.some((index) => index >= length)) return 'p points beyond points';
  return marksFault(body.quality ?? [], body.v);
}

function marksFault(marks: readonly QualityMark[], values: Columns['v']): string | undefined {
  const empty = new Set<number>();
  let previous = -1;
  for (const { row, code } of marks) {
    if (row <= previous) return 'quality does not ascend by row';
    if (row >= values.length) return 'quality marks a row that is not there';
    if ((code === 'no-value') !== (values[row] === null)) return `row ${row}: null and no-value go together`;
    if (code === 'no-value') empty.add(row);
    previous = row;
  }
  const silent = values.findIndex((value, row) => value === null && !empty.has(row));
  return silent < 0 ? undefined : `row ${silent} has no value and no mark that says so`;
}

/** (point, time) is one reading: said twice it is harmless, with another value it is a lie. */
export function repeatFault(columns: Columns, times: readonly number[]): string | undefined {
  const { p, v } = columns;
  if (ascendsByPoint(p, times, columns.points.length)) return undefined;
  const raw = 'raw' in columns ? columns.raw : [];
  const rows = new Map<string, number>();
  for (const [row, point] of p.entries()) {
    const key = `${point} ${times[row]}`;
    const other = rows.get(key) ?? row;
    if (v[other] !== v[row] || raw[other] !== raw[row])
      return `rows ${other} and ${row} give one point two values at one time`;
    rows.set(key, other);
  }
  return undefined;
}

/** The usual case, told without a map. */
function ascendsByPoint(p: readonly number[], times: readonly number[], points: number): boolean {
  const latest = new Array<number>(points).fill(-1);
  for (let row = 0; row < p.length; row += 1) {
    const [point, time] = [p[row] ?? 0, times[row] ?? 0];
    if (time <= (latest[point] ?? -1)) return false;
    latest[point] = time;
  }
  return true;
}

/** One reading, as a sealer takes it. `time` as in `timesOf`. */
export interface ReadingRow {
  readonly point: PointId;
  readonly time: number;
  readonly mark?: Omit<QualityMark, 'row'>;
}

/** The columns every class shares. */
export function packRows(rows: readonly ReadingRow[]): Pick<Columns, 'points' | 'p' | 't' | 'quality'> {
  const index = new Map<PointId, number>();
  const quality: QualityMark[] = [];
  const [p, t]: [number[], number[]] = [[], []];
  let time = 0;
  for (const [row, reading] of rows.entries()) {
    const place = index.get(reading.point) ?? index.size;
    index.set(reading.point, place);
    p.push(place);
    t.push(reading.time - time);
    time = reading.time;
    if (reading.mark) quality.push({ row, ...reading.mark });
  }
  const shared = { points: [...index.keys()], p, t };
  return quality.length > 0 ? { ...shared, quality } : shared;
}
