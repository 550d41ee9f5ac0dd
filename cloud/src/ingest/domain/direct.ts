import { isEpochMs, type PointId, type ReadingClass } from '@meterline/contracts';
import { qualityCode, type Rows } from './rows.ts';
import type { DirectSource } from './source.ts';

export const DIRECT_REFUSALS = [
  'unknown-point',
  'no-value',
  'wrong-class',
  'value-not-whole',
  'time-out-of-range',
  'twice-with-other-value',
  'too-many-held',
] as const;
/** Why one reading of a direct source was not taken. */
export type DirectRefusal = (typeof DIRECT_REFUSALS)[number];

interface Reading {
  readonly point: PointId;
  readonly at: number;
  readonly class: ReadingClass;
  readonly count?: bigint;
  readonly value?: number;
  readonly quality?: Parameters<typeof qualityCode>[0];
}

interface Judged {
  /** One set a class; `sequence` is the place among the readings, from 1. */
  readonly rows: readonly Rows[];
  readonly refused: readonly { readonly index: number; readonly reason: DirectRefusal }[];
}

const INT64 = 1n << 63n;
/** Histories of old systems reach back further than any gateway. */
const EARLIEST = Date.UTC(1990, 0, 1);
/** A meter that is read by eye is not read next week. */
const FURTHEST_AHEAD_MS = 24 * 3_600_000;

/** Judges readings that no gateway sealed; points are those of the organisation. */
export function judgeDirect(
  readings: readonly Reading[],
  points: ReadonlyMap<string, { readonly class: ReadingClass }>,
  source: DirectSource,
  now: number,
): Judged {
  const refused: { index: number; reason: DirectRefusal }[] = [];
  const said = new Map<string, string>();
  const classes = new Map<ReadingClass, number[]>();
  for (const [index, reading] of readings.entries()) {
    const reason = faultOf(reading, points, now) ?? repeatFault(reading, said);
    if (reason === 'again') continue;
    if (reason) {
      refused.push({ index, reason });
      continue;
    }
    const list = classes.get(reading.class);
    if (list) list.push(index);
    else classes.set(reading.class, [index]);
  }
  return { refused, rows: [...classes].map(([name, list]) => rowsFrom(readings, name, list, source)) };
}

function faultOf(
  reading: Reading,
  points: ReadonlyMap<string, { readonly class: ReadingClass }>,
  now: number,
): DirectRefusal | undefined {
  const point = points.get(reading.point);
  if (!point) return 'unknown-point';
  const isGauge = reading.class === 'gauge';
  if (isGauge !== (point.class === 'gauge')) return 'wrong-class';
  if (isGauge ? reading.count !== undefined : reading.value !== undefined) return 'wrong-class';
  const value = isGauge ? reading.value : reading.count;
  if (value === undefined) return 'no-value';
  if (typeof value === 'bigint' ? value >= INT64 || value < -INT64 : !Number.isSafeInteger(value))
    return 'value-not-whole';
  const isTime = Number.isSafeInteger(reading.at) && (isEpochMs(reading.at) || reading.at >= EARLIEST);
  return isTime && reading.at <= now + FURTHEST_AHEAD_MS ? undefined : 'time-out-of-range';
}

/** One point at one time has one value; the same again is one reading. */
function repeatFault(reading: Reading, said: Map<string, string>): DirectRefusal | 'again' | undefined {
  const key = `${reading.class} ${reading.point} ${reading.at}`;
  const text = String(reading.count ?? reading.value);
  const before = said.get(key);
  said.set(key, before ?? text);
  if (before === undefined) return undefined;
  return before === text ? 'again' : 'twice-with-other-value';
}

function rowsFrom(
  readings: readonly Reading[],
  name: ReadingClass,
  list: readonly number[],
  source: DirectSource,
): Rows {
  const place = new Map<PointId, number>();
  const chosen = list.map((index) => readings[index] as Reading);
  const p = chosen.map(({ point }) => {
    const known = place.get(point) ?? place.size;
    place.set(point, known);
    return known;
  });
  return {
    class: name,
    source,
    points: [...place.keys()],
    p,
    at: chosen.map(({ at }) => at),
    value: chosen.map(({ count, value }) => String(count ?? value)),
    quality: chosen.map(({ quality }) => qualityCode(quality ?? 'good')),
    sequence: list.map((index) => index + 1),
  };
}
